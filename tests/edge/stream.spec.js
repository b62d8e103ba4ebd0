// Streams: rows leave while the query still runs, and a client that leaves ends it.

import { describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";
import { until } from "./support/until.js";

/** Reads until so many bytes are there, or the end. */
async function take(iterator, bytes) {
  let text = "";
  while (text.length < bytes) {
    const { value, done } = await iterator.next();
    if (done) break;
    text += value;
  }
  return text;
}

describe("streams of the tests' site", () => {
  const here = edge("stream");

  const active = () =>
    here.database.sql(
      `select pid from pg_stat_activity
       where datname = current_database() and state = 'active' and query like '%row_number()%'
         and pid <> pg_backend_pid()`,
    );

  test("the first rows arrive while the query waits, and the rest once it goes on", async () => {
    const gate = await closeGate(here.database, 7001);
    const { response } = await here.worker.open("/stream/rows?count=3000&gate=7001");
    expect(response.statusCode).toBe(200);
    expect(response.headers["content-type"]).toBe("application/json");
    expect(response.headers["cache-control"]).toBe("no-store");
    response.setEncoding("utf8");
    const chunks = response[Symbol.asyncIterator]();
    const early = await take(chunks, 32 * 1024);
    expect(early).toMatch(/^\[\{"n":1,/);
    await gate.reached(1);
    await gate.open();
    const whole = early + (await take(chunks, Infinity));
    expect(JSON.parse(whole).map(({ n }) => n)).toEqual(
      Array.from({ length: 3000 }, (_, index) => index + 1),
    );
  });

  test("no rows are an empty array", async () => {
    const answer = await here.worker.ask("/stream/rows?count=0");
    expect([answer.status, answer.text()]).toEqual([200, "[]"]);
  });

  test("one row is an array of one", async () => {
    const answer = await here.worker.ask("/stream/rows?count=1");
    expect(answer.json()).toHaveLength(1);
  });

  test("a bad parameter is a problem, and no broken stream", async () => {
    const before = await here.database.calls();
    const answer = await here.worker.ask("/stream/rows?count=many");
    expect([answer.status, answer.json().parameters[0].name]).toEqual([400, "count"]);
    expect(await here.database.calls()).toBe(before);
  });

  test("a client that leaves ends the query, and its connection can be had again", async () => {
    // Many more leave than the shield has connections: each must come back. A database that sends faster
    // than it is read once kept the runtime from ever hearing of the end, in one of some thirty turns.
    for (let turn = 0; turn < 60; turn += 1) {
      const { response, leave } = await here.worker.open("/stream/rows?count=100000000");
      await response[Symbol.asyncIterator]().next();
      expect(await active()).toHaveLength(1);
      leave();
      await until("the query has ended", async () => (await active()).length === 0);
    }
    expect((await here.worker.ask("/stream/rows?count=10")).json()).toHaveLength(10);
  });

  test("a client that leaves while the query waits for a lock ends it too", async () => {
    const gate = await closeGate(here.database, 7002);
    const { response, leave } = await here.worker.open("/stream/rows?count=3000&gate=7002");
    await response[Symbol.asyncIterator]().next();
    await gate.reached(1);
    leave();
    await gate.reached(0);
    await gate.open();
  });

  test("HEAD runs no query", async () => {
    const before = await here.database.calls();
    const answer = await here.worker.ask("/stream/rows?count=5", { method: "HEAD" });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
    expect(await here.database.calls()).toBe(before);
  });

  test("a query that fails on its way breaks the answer off rather than closing the array", async () => {
    const gate = await closeGate(here.database, 7003);
    const { response } = await here.worker.open("/stream/rows?count=3000&gate=7003");
    await gate.reached(1);
    const [pid] = await gate.waiting();
    await here.database.sql("select pg_terminate_backend($1)", [pid]);
    let text = "";
    const read = (async () => {
      for await (const chunk of response) text += chunk;
    })();
    await expect(read).rejects.toThrow();
    expect(() => JSON.parse(text)).toThrow();
    await gate.open();
    expect((await here.worker.ask("/stream/rows?count=10")).json()).toHaveLength(10);
  });
});

describe("the demo's export", () => {
  const here = edge("stream_demo", { site: "demo" });

  test("holds every pitch, in order, as one JSON array", async () => {
    const answer = await here.worker.ask("/api/export/pitches");
    expect(answer.status).toBe(200);
    const rows = await here.database.sql("select id::int, title from pitches order by id");
    expect(answer.json().map(({ id, title }) => ({ id, title }))).toEqual(rows);
  });

  test("is never stored", async () => {
    for (const _ of [1, 2]) {
      const { headers } = await here.worker.ask("/api/export/pitches");
      expect(headers["x-cache-status"]).toBe("BYPASS");
    }
  });
});
