// What clients get while a part is down, and after it is back.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { makeDatabase } from "./support/database.js";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";
import { startOwnServer } from "./support/own_server.js";
import { until } from "./support/until.js";
import { SITES, startWorkers } from "./support/workers.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 120_000 });

const verdict = ({ headers }) => headers["x-cache-status"];
const CONNECT_TIMEOUT_MS = 2_000;

describe("PostgreSQL stops and starts again", () => {
  let server;
  let database;
  let workers;
  let worker;

  beforeAll(async () => {
    server = await startOwnServer();
    database = await makeDatabase(server.url, "bad_days");
    workers = await startWorkers({ databaseUrl: database.url, config: SITES.edge });
    [worker] = workers.workers;
  });
  afterAll(async () => {
    await workers?.stop();
    await server?.remove();
  });

  /** Does something while the server is down. */
  async function whileDown(work) {
    await server.stop();
    try {
      return await work();
    } finally {
      await server.start();
    }
  }

  test("what is fresh or stale is served on, the rest is 503 until it is back", async () => {
    for (const target of ["/things/1", "/things/2", "/brief/3", "/things/90001"]) {
      await worker.ask(target);
    }
    await worker.idle();
    await whileDown(async () => {
      const fresh = await worker.ask("/things/1");
      expect([fresh.status, verdict(fresh)]).toEqual([200, "HIT"]);

      const began = performance.now();
      const cold = await worker.ask("/things/3");
      expect(performance.now() - began).toBeLessThan(CONNECT_TIMEOUT_MS + 1_000);
      expect([cold.status, cold.headers["retry-after"]]).toEqual([503, "2"]);
      expect(cold.headers["content-type"]).toBe("application/problem+json");
      expect(cold.headers["cache-control"]).toBe("no-store");
      expect(cold.json().type).toBe("urn:forebay:problem:unavailable");
      expect(cold.text()).not.toMatch(/database|connect|postgres|127\.0\.0\.1/i);

      // In the window of stale-while-revalidate: served, and the refresh behind it fails unseen.
      await worker.pass(120);
      const stale = await worker.ask("/things/1");
      expect([stale.status, verdict(stale)]).toEqual([200, "STALE"]);
      await worker.idle();

      // Past it, in the window of stale-if-error.
      await worker.pass(500);
      const failed = await worker.ask("/things/1");
      expect([failed.status, verdict(failed), failed.headers.age]).toEqual([200, "STALE", "620"]);
      expect(failed.headers["cache-status"]).toMatch(/detail=stale-if-error$/);
      expect(failed.json()).toEqual({ id: 1, note: "thing 1", version: 1 });
      const conditional = await worker.ask("/things/1", {
        headers: { "if-none-match": failed.headers.etag },
      });
      expect(conditional.status).toBe(304);

      // A tier without that window, and an absence, whose time is over.
      for (const target of ["/brief/3", "/things/90001"]) {
        expect([target, (await worker.ask(target)).status]).toEqual([target, 503]);
      }

      await worker.pass(600);
      const dead = await worker.ask("/things/1");
      expect([dead.status, dead.headers["retry-after"]]).toEqual([503, "2"]);

      const write = await worker.ask("/things", { method: "POST", json: { id: 800, note: "n" } });
      expect([write.status, write.headers["retry-after"]]).toEqual([503, "2"]);
      const stream = await worker.ask("/stream/rows?count=1");
      expect([stream.status, stream.headers["retry-after"]]).toEqual([503, "2"]);
      expect((await worker.ask("/api/health")).status).toBe(503);
    });
    for (const target of ["/things/1", "/things/3", "/brief/3"]) {
      const answer = await worker.ask(target);
      expect([target, answer.status]).toEqual([target, 200]);
    }
    expect((await worker.ask("/things/90001")).status).toBe(404);
    await worker.pass(2);
    expect((await worker.ask("/api/health")).status).toBe(200);
  });

  test("many at once during an outage are all told so, soon", async () => {
    await whileDown(async () => {
      const began = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, index) => worker.ask(`/things/${400 + (index % 20)}`)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
      expect(performance.now() - began).toBeLessThan(10_000);
    });
    expect((await worker.ask("/things/400")).status).toBe(200);
  });

  test("a restart between two requests is not noticed", async () => {
    await Promise.all([worker.ask("/plain/100"), worker.ask("/plain/101"), worker.ask("/plain/102")]);
    await whileDown(async () => {});
    for (const thing of [103, 104, 105, 106]) {
      expect((await worker.ask(`/plain/${thing}`)).status).toBe(200);
    }
  });
});

describe("the database, its connections and its slowness", () => {
  const here = edge("bad_connections");

  test("when all pooled connections are ended, the next reads open new ones", async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => here.worker.ask(`/things/${100 + index}`)),
    );
    await here.database.endOthers();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => here.worker.ask(`/things/${150 + index}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  test("a read whose connection ends under it is asked again", async () => {
    const gate = await closeGate(here.database, 41);
    const asked = here.worker.ask("/gated/41");
    await gate.reached(1);
    const [pid] = await gate.waiting();
    await here.database.sql("select pg_terminate_backend($1)", [pid]);
    await gate.open();
    expect((await asked).status).toBe(200);
  });

  test("idle connections that have grown old are closed, not used", async () => {
    await here.worker.ask("/things/190");
    const pids = async () => {
      const rows = await here.database.sql(
        `select pid from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
      return rows.map(({ pid }) => pid);
    };
    const old = await pids();
    await here.worker.pass(61);
    for (let thing = 191; thing < 199; thing += 1) await here.worker.ask(`/things/${thing}`);
    await until("the old ones are gone", async () => {
      const now = await pids();
      return old.some((pid) => !now.includes(pid));
    });
    await here.worker.pass(-61);
  });

  test("a query over its time limit is 504, and ended in PostgreSQL", async () => {
    const gate = await closeGate(here.database, 42);
    const answer = await here.worker.ask("/hasty/42");
    expect([answer.status, answer.headers["retry-after"]]).toEqual([504, "2"]);
    expect(answer.json().type).toBe("urn:forebay:problem:timeout");
    await gate.reached(0);
    await gate.open();
    const again = await here.worker.ask("/hasty/42");
    expect([again.status, verdict(again)]).toEqual([200, "MISS"]);
  });

  test("a stale answer stands in for a query over its time limit", async () => {
    expect((await here.worker.ask("/hasty/43")).status).toBe(200);
    await here.worker.pass(200);
    const gate = await closeGate(here.database, 43);
    const answer = await here.worker.ask("/hasty/43");
    expect([answer.status, verdict(answer)]).toEqual([200, "STALE"]);
    await gate.open();
  });

  test("when no connection is free in time the answer is 503, and other pools go on", async () => {
    // The shield's two objects have one connection each for these, so of four some must wait.
    const things = [44, 45, 46, 47];
    const gates = await Promise.all(things.map((thing) => closeGate(here.database, thing)));
    const asked = things.map((thing) => here.worker.ask(`/narrow/${thing}`));
    const first = await Promise.race(asked);
    expect([first.status, first.headers["retry-after"]]).toEqual([503, "2"]);
    expect((await here.worker.ask("/things/48")).status).toBe(200);
    await Promise.all(gates.map((gate) => gate.open()));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    for (const thing of things) {
      expect((await here.worker.ask(`/narrow/${thing}`)).status).toBe(200);
    }
  });
});

describe("layers that fail", () => {
  const here = edge("bad_layers", { names: ["first", "second"] });

  afterEach(async () => {
    for (const worker of here.workers) await worker.control({ kvFails: false, cacheFails: false });
  });

  test.each([
    ["KV", { kvFails: true }, "forebay-global; fwd=miss; detail=layer-failed"],
    ["the Cache API", { cacheFails: true }, "forebay-colo; fwd=miss; detail=layer-failed"],
  ])("without %s the answer is right, and kept where it can be", async (name, broken, member) => {
    const thing = name === "KV" ? 50 : 51;
    await here.worker.control(broken);
    const miss = await here.worker.ask(`/things/${thing}`);
    expect([miss.status, miss.json().id, verdict(miss)]).toEqual([200, thing, "MISS"]);
    expect(miss.headers["cache-status"]).toContain(member);
    expect(verdict(await here.worker.ask(`/things/${thing}`))).toBe("HIT");
    await here.worker.idle();
    const [, second] = here.workers;
    const other = await second.ask(`/things/${thing}`);
    expect([other.status, verdict(other)]).toEqual([200, "HIT"]);
  });

  test("without both, memory and the shield still do", async () => {
    await here.worker.control({ kvFails: true, cacheFails: true });
    const miss = await here.worker.ask("/things/52");
    expect([miss.status, miss.json().id]).toEqual([200, 52]);
    expect(verdict(await here.worker.ask("/things/52"))).toBe("HIT");
    await here.worker.idle();
    expect((await here.worker.ask("/things/52", { method: "HEAD" })).status).toBe(200);
  });

  /**
   * Stores an answer in KV by the first Worker; gives its name there and its bytes. The shield, which
   * runs in the first one's isolate, forgets the answer: for it, its time is over.
   */
  async function stored(target) {
    const [first] = here.workers;
    const kv = await first.kv();
    const names = async () => (await kv.list()).keys.map(({ name }) => name);
    const before = await names();
    await first.control({ cacheFails: true });
    await first.ask(target);
    await first.idle();
    await first.pass(200);
    const [name] = (await names()).filter((each) => !before.includes(each));
    return { kv, name, bytes: Buffer.from(await kv.get(name, "arrayBuffer")) };
  }

  const flipped = (at) => (bytes) => {
    const changed = Buffer.from(bytes);
    changed[at < 0 ? bytes.length + at : at] ^= 0xff;
    return changed;
  };

  test.each([
    ["nothing", () => Buffer.alloc(0)],
    ["a foreign text", () => Buffer.from("<html>Somebody else's</html>")],
    ["half of it", (bytes) => bytes.subarray(0, bytes.length / 2)],
    ["its head alone", (bytes) => bytes.subarray(0, 12)],
    ["a changed first byte", flipped(0)],
    ["a changed byte within", flipped(40)],
    ["a changed last byte", flipped(-1)],
    ["a byte more", (bytes) => Buffer.concat([bytes, Buffer.from([0])])],
  ].map(([what, spoil], index) => [what, spoil, 60 + index]))(
    "%s in place of a record in KV is a miss that says why",
    async (_, spoil, thing) => {
      const target = `/things/${thing}`;
      const { kv, name, bytes } = await stored(target);
      await kv.put(name, spoil(bytes));
      const [, second] = here.workers;
      await second.control({ cacheFails: true });
      const answer = await second.ask(target);
      expect([answer.status, answer.json().id, verdict(answer)]).toEqual([200, thing, "MISS"]);
      expect(answer.headers["cache-status"]).toMatch(
        /forebay-global; fwd=miss; detail=[a-z-]+; stored/,
      );
      // And it is written anew.
      await second.idle();
      expect(Buffer.from(await kv.get(name, "arrayBuffer")).length).toBe(bytes.length);
    },
  );

  test("another key's record in its place is a miss, and not that key's answer", async () => {
    const mine = await stored("/things/70");
    const other = await stored("/things/71");
    await mine.kv.put(mine.name, other.bytes);
    const [, second] = here.workers;
    await second.control({ cacheFails: true });
    const answer = await second.ask("/things/70");
    expect([answer.json().id, verdict(answer)]).toEqual([70, "MISS"]);
    expect(answer.headers["cache-status"]).toMatch(/forebay-global; fwd=miss; detail=/);
  });
});
