// What is lost when a part dies at the worst moment: nothing that was committed.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makeDatabase } from "./support/database.js";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";
import { serverUrl } from "./support/server.js";
import { until } from "./support/until.js";
import { SITES, startWorkers } from "./support/workers.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const verdict = ({ headers }) => headers["x-cache-status"];
const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

describe("the runtime is killed between a commit and its purge", () => {
  let database;
  let keep;
  let running;

  const begin = async () => {
    running = await startWorkers({ databaseUrl: database.url, config: SITES.told, keep });
    return running.workers[0];
  };
  beforeAll(async () => {
    database = await makeDatabase(await serverUrl(), "crash");
    keep = await mkdtemp(join(tmpdir(), "forebay-edge-crash-"));
  });
  afterAll(async () => {
    await running?.stop();
    await database?.drop();
    await rm(keep, { recursive: true, force: true });
  });

  test("what was stored before is not served afterwards, nor is the purge made twice", async () => {
    const before = await begin();
    await before.ask("/stories/1");
    await before.idle();
    await before.control({ logHangs: true });
    const write = before.ask("/stories/1", { method: "PATCH", json: { note: "committed" } });
    const lost = write.then(
      () => "answered",
      () => "lost",
    );
    await until("the write is committed", async () => {
      const [story] = await database.sql("select note from stories where id = 1");
      return story.note === "committed";
    });
    await running.stop();
    expect(await lost).toBe("lost");
    expect(await database.sql("select from forebay_outbox")).not.toHaveLength(0);

    const after = await begin();
    // What the colo's cache still tells of the log is as old as that.
    await after.pass(3);
    const read = await after.ask("/stories/1");
    expect([verdict(read), read.json().note]).toEqual(["MISS", "committed"]);
    expect(read.headers["cache-status"]).toContain("detail=purged");
    expect(await database.sql("select from forebay_outbox")).toEqual([]);
    await after.idle();
    // Past the view's age the log is asked again, and tells nothing new.
    await after.pass(3);
    expect(verdict(await after.ask("/stories/1"))).toBe("HIT");
  });
});

describe("crowds", () => {
  const here = edge("crowds", { names: ["first", "second"] });

  test("1,000 clients at once on a cold key make one query, and all are answered", async () => {
    const before = await here.database.calls();
    const asked = times(1000, (index) => here.workers[index % 2].ask("/things/30"));
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.text())).size).toBe(1);
    expect((await here.database.calls()) - before).toBe(1);
  });

  test("a database that dies in a stampede fails nobody for long, and is asked once more", async () => {
    const gate = await closeGate(here.database, 31);
    const asked = times(200, (index) => here.workers[index % 2].ask("/gated/31"));
    await gate.reached(1);
    const [pid] = await gate.waiting();
    await here.database.outside(`select pg_terminate_backend(${pid}, 10000)`);
    await gate.open();
    const answers = await Promise.all(asked);
    // The fill may have been asked anew on another connection, or have failed for all of them.
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => [200, 503].includes(status))).toBe(true);
    const next = await here.worker.ask("/gated/31");
    expect([next.status, next.json().id]).toEqual([200, 31]);
  });
});
