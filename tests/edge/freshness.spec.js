// How long an answer is served: fresh, stale while it is refreshed, and no longer.

import { beforeEach, describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";

const here = edge("freshness");

const verdict = ({ headers }) => headers["x-cache-status"];
const version = (answer) => answer.json().version;
const change = (id) =>
  here.database.sql("update things set version = version + 1 where id = $1", [id]);

// Each test has things of its own, so that none depends on what another stored.
let thing = 100;
beforeEach(() => {
  thing += 1;
});

describe("freshness", () => {
  test("fresh, then stale with a refresh behind it, then fresh with the new data", async () => {
    expect(version(await here.worker.ask(`/things/${thing}`))).toBe(1);
    await change(thing);
    await here.worker.pass(89);
    const fresh = await here.worker.ask(`/things/${thing}`);
    expect([verdict(fresh), version(fresh), fresh.headers.age]).toEqual(["HIT", 1, "89"]);
    await here.worker.pass(12);
    const stale = await here.worker.ask(`/things/${thing}`);
    expect([verdict(stale), version(stale), stale.headers.age]).toEqual(["STALE", 1, "101"]);
    expect(stale.headers["cache-status"]).toMatch(/forebay-memory; hit; ttl=-\d+/);
    await here.worker.idle();
    const refreshed = await here.worker.ask(`/things/${thing}`);
    expect([verdict(refreshed), version(refreshed), refreshed.headers.age]).toEqual(["HIT", 2, "0"]);
  });

  test("many requests for a stale answer refresh it once", async () => {
    await here.worker.ask(`/things/${thing}`);
    await here.worker.idle();
    await here.worker.pass(110);
    const before = await here.database.calls();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => here.worker.ask(`/things/${thing}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(200));
    await here.worker.idle();
    expect((await here.database.calls()) - before).toBe(1);
  });

  test("past the stale window the source is asked first", async () => {
    await here.worker.ask(`/things/${thing}`);
    await change(thing);
    await here.worker.pass(151);
    const answer = await here.worker.ask(`/things/${thing}`);
    expect([verdict(answer), version(answer), answer.headers.age]).toEqual(["EXPIRED", 2, "0"]);
    expect(answer.headers["cache-status"]).toMatch(/forebay-memory; fwd=stale; stored/);
  });

  test("without a stale window an answer is fresh for its whole TTL and not longer", async () => {
    await here.worker.ask(`/plain/${thing}`);
    await change(thing);
    await here.worker.pass(99);
    const fresh = await here.worker.ask(`/plain/${thing}`);
    expect([verdict(fresh), version(fresh)]).toEqual(["HIT", 1]);
    await here.worker.pass(1);
    const expired = await here.worker.ask(`/plain/${thing}`);
    expect([verdict(expired), version(expired)]).toEqual(["EXPIRED", 2]);
  });

  test("a 404 is remembered for its own short TTL", async () => {
    const absent = `/things/${9000 + thing}`;
    const miss = await here.worker.ask(absent);
    expect([miss.status, verdict(miss)]).toEqual([404, "MISS"]);
    await here.database.sql("insert into things (id, note) values ($1, 'born late')", [
      9000 + thing,
    ]);
    await here.worker.pass(9);
    const before = await here.database.calls();
    const hit = await here.worker.ask(absent);
    expect([hit.status, verdict(hit)]).toEqual([404, "HIT"]);
    expect(hit.headers["content-type"]).toBe("application/problem+json");
    expect(hit.json().request_id).toBe(hit.headers["x-request-id"]);
    expect(await here.database.calls()).toBe(before);
    await here.worker.pass(1);
    const born = await here.worker.ask(absent);
    expect([born.status, born.json().note]).toEqual([200, "born late"]);
  });

  test("a clock that runs behind the one that stored makes no answer older", async () => {
    await here.worker.ask(`/things/${thing}`);
    await here.worker.pass(-30);
    const answer = await here.worker.ask(`/things/${thing}`);
    expect([verdict(answer), answer.headers.age]).toEqual(["HIT", "0"]);
    await here.worker.pass(30);
  });
});
