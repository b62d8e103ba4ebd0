// What operators are told of the databases, against a real server.

import { beforeAll, describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";
import { until } from "./support/until.js";
import { ADMIN_TOKEN } from "./support/workers.js";

const here = edge("debug_db", { site: "operated" });

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

const report = async () => {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const answer = await here.worker.ask("/debug/db", { headers });
  expect(answer.status).toBe(200);
  return answer.json();
};
const main = async () => (await report()).databases.find(({ name }) => name === "main");

beforeAll(async () => {
  await here.database.sql(`
    create extension if not exists pg_stat_statements;
    create table wide (id integer primary key, kind text, price numeric);
    insert into wide select n, 'kind ' || n % 7, n from generate_series(1, 20000) n;
    create index wide_price on wide (price);
    create unique index wide_kept on wide (id, kind);
    analyze wide`);
  for (let n = 0; n < 12; n++) {
    await here.database.sql("select count(*) from wide where kind = 'kind 3'");
  }
  // Servers tell of a session's counts when it has nothing to do.
  await here.database.sql("select pg_stat_force_next_flush()");
});

describe("GET /debug/db", () => {
  test("tells statements as the server counts them, without their traces", async () => {
    await here.worker.ask("/things/1");
    const { pg_stat_statements: statements, error } = await main();
    expect(error).toBeNull();
    const own = statements.find(({ query }) => query.includes("from wide where kind"));
    expect(own).toMatchObject({ calls: 12, rows: 12 });
    expect(own.total_ms).toBeGreaterThan(0);
    expect(own.mean_ms).toBeCloseTo(own.total_ms / 12, 5);
    expect(statements.length).toBeLessThanOrEqual(20);
    for (const { query } of statements) {
      expect(query.length).toBeLessThanOrEqual(500);
      expect(query).not.toContain("traceparent");
    }
    const totals = statements.map(({ total_ms }) => total_ms);
    expect(totals).toEqual([...totals].sort((a, b) => b - a));
  });

  test("keeps to itself what the server keeps as it was written, such as passwords", async () => {
    const work = "perform count(*) from generate_series(1, 2000000)";
    await here.database.sql(`do $$ begin ${work}; raise debug 'password hunter2'; end $$`);
    await here.database.sql("select pg_stat_force_next_flush()");
    // Of all statements it is among those with the most time.
    const [{ query }] = await here.database.sql(
      `select query from (
         select query from pg_stat_statements
         where dbid = (select oid from pg_database where datname = current_database())
         order by total_exec_time desc limit 10
       ) q where query like 'do %'`,
    );
    expect(query).toContain("hunter2");
    const { pg_stat_statements: statements } = await main();
    expect(statements.length).toBeGreaterThan(0);
    expect(JSON.stringify(statements)).not.toContain("hunter2");
  });

  test("requests of different traces are one statement to the server", async () => {
    const calls = async () => {
      const rows = await here.database.sql(
        `select calls::int from pg_stat_statements
         where dbid = (select oid from pg_database where datname = current_database())
           and query like '%/*traceparent=%'`,
      );
      return rows.map((row) => row.calls);
    };
    const before = await calls();
    for (const [id, span] of [[21, "b7ad6b7169203331"], [22, "b7ad6b7169203332"], [23, undefined]]) {
      const headers = span ? { traceparent: `00-${TRACE}-${span}-01` } : {};
      expect((await here.worker.ask(`/things/${id}`, { headers })).status).toBeLessThan(500);
    }
    const after = await calls();
    const sum = (counts) => counts.reduce((total, count) => total + count, 0);
    expect(sum(after) - sum(before)).toBe(3);
    expect(after.length).toBe(Math.max(before.length, 1));
  });

  test("tells indexes that nobody searches, and tables that are read whole", async () => {
    const { unused_indexes, sequential_scans, notes } = await main();
    const named = unused_indexes.map(({ index }) => index);
    expect(named).toContain("wide_price");
    // They keep rows apart.
    expect(named).not.toContain("wide_pkey");
    expect(named).not.toContain("wide_kept");
    expect(unused_indexes.every(({ bytes }) => bytes > 0)).toBe(true);
    const wide = sequential_scans.find(({ table }) => table === "public.wide");
    expect(wide.scans).toBeGreaterThanOrEqual(12);
    expect(wide.rows_live).toBe(20_000);
    expect(wide.suggestion).toContain("public.wide (20000 rows) was read whole");
    expect(notes.join("\n")).toContain("replica");
  });

  test("a server without the extension is told of, with how to mend it", async () => {
    await here.database.sql("drop extension pg_stat_statements");
    const { pg_stat_statements, notes, error } = await main();
    await here.database.sql("create extension pg_stat_statements");
    expect([pg_stat_statements, error]).toEqual([null, null]);
    expect(notes.join("\n")).toContain("CREATE EXTENSION");
  });

  test("a server that takes nobody is an error without internals", async () => {
    await here.database.refuse();
    const { error, unused_indexes } = await main();
    await here.database.accept();
    expect(error).toMatch(/cannot be reached|could not be examined/);
    expect(unused_indexes).toEqual([]);
    const { hostname, port, password, username } = new URL(here.database.url);
    for (const part of [password, `${hostname}:${port}`, username].filter(Boolean)) {
      expect(error).not.toContain(part);
    }
  });
});

describe("a trace", () => {
  test("reaches the database under a span of our own, and the log line", async () => {
    const gate = await closeGate(here.database, 3);
    const answer = here.worker.ask("/gated/3", { headers: { traceparent: PARENT } });
    await gate.reached(1);
    const [pid] = await gate.waiting();
    const [{ query }] = await here.database.sql(
      "select query from pg_stat_activity where pid = $1",
      [pid],
    );
    await gate.open();
    expect((await answer).status).toBeLessThan(500);
    const [, trace, span] = /\/\*traceparent='00-([0-9a-f]{32})-([0-9a-f]{16})-01'\*\/$/.exec(query);
    expect(trace).toBe(TRACE);
    expect(span).not.toBe("b7ad6b7169203331");
    const line = await until("the request is logged", () =>
      here.lines.findLast((each) => each.includes('"path":"/gated/3"')),
    );
    expect(JSON.parse(line.slice(line.indexOf("{")))).toMatchObject({ trace_id: TRACE, span_id: span });
  });
});
