// One fill for each key, however many ask, and whoever of them leaves.

import { describe, expect, test } from "vitest";
import { abandon } from "./support/client.js";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";
import { until } from "./support/until.js";

const here = edge("shield", { names: ["first", "second"] });

const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/** The queries of this file's database that run now. */
async function running(id) {
  const rows = await here.database.sql(
    `select pid from pg_locks where locktype = 'advisory' and not granted and objid = $1
       and database = (select oid from pg_database where datname = current_database())`,
    [id],
  );
  return rows.length;
}

describe("shield", () => {
  test("200 requests at once on a cold key make one query", async () => {
    const before = await here.database.calls();
    const answers = await Promise.all(times(200, () => here.worker.ask("/things/20")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.text())).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers["x-request-id"])).size).toBe(200);
    expect((await here.database.calls()) - before).toBe(1);
  });

  test("200 requests in two isolates, all during the one query, share it", async () => {
    const gate = await closeGate(here.database, 21);
    const asked = times(200, (index) => here.workers[index % 2].ask("/gated/21"));
    await gate.reached(1);
    const taken = async (worker) => (await worker.control({})).asynchronous;
    const [first, second] = here.workers;
    const start = 200; // what the test before this one sent
    await until("all requests are in", async () => {
      return (await taken(first)) + (await taken(second)) >= start / 2 + 100;
    });
    expect(await running(21)).toBe(1);
    await gate.open();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.text())).size).toBe(1);
    const collapsed = answers.filter(({ headers }) =>
      headers["cache-status"].startsWith("forebay-shield; fwd=miss; collapsed"),
    );
    expect(collapsed.length).toBe(199);
  });
});
