// One fill for each key, however many ask, and whoever of them leaves.

import { describe, expect, test } from "vitest";
import { abandon } from "./support/client.js";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";
import { until } from "./support/until.js";

const here = edge("shield", { names: ["first", "second"] });

const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

const verdict = ({ headers }) => headers["x-cache-status"];
const member = ({ headers }) => headers["cache-status"].split(", ")[0];

/** How many requests the asynchronous lanes of all Workers have taken. */
async function taken() {
  const each = await Promise.all(here.workers.map((worker) => worker.asynchronous()));
  return each.reduce((sum, count) => sum + count, 0);
}

/** Resolves once so many requests more have come in. */
async function arrived(before, count) {
  await until(`${count} requests are in`, async () => (await taken()) - before === count);
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
    const before = await taken();
    const asked = times(200, (index) => here.workers[index % 2].ask("/gated/21"));
    await arrived(before, 200);
    await gate.reached(1);
    await gate.open();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.text())).size).toBe(1);
    // Some may have come just after the fill ended; none asked anew.
    const members = new Set(answers.map(member));
    expect(members).toContain("forebay-shield; fwd=miss; collapsed");
    expect(answers.filter((answer) => member(answer) === "forebay-shield; fwd=miss").length).toBe(1);
  });

  test("a first client that leaves cancels nobody's answer", async () => {
    const gate = await closeGate(here.database, 22);
    const before = await taken();
    const first = abandon(here.worker.url, "/gated/22");
    await gate.reached(1);
    const asked = times(20, () => here.worker.ask("/gated/22"));
    await arrived(before, 21);
    first.leave();
    const [pid] = await gate.waiting();
    await gate.open();
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(pid).toBeGreaterThan(0);
    expect(verdict(await here.worker.ask("/gated/22"))).toBe("HIT");
  });

  test("when all clients leave, the fill still ends and is there for the next", async () => {
    const gate = await closeGate(here.database, 23);
    const before = await taken();
    const clients = times(5, () => abandon(here.worker.url, "/gated/23"));
    await gate.reached(1);
    await arrived(before, 5);
    for (const client of clients) client.leave();
    const asked = here.worker.ask("/gated/23");
    await arrived(before, 6);
    expect(await gate.waiting()).toHaveLength(1);
    await gate.open();
    expect((await asked).json().id).toBe(23);
  });

  test("a key that waits holds up no other key", async () => {
    const gate = await closeGate(here.database, 24);
    const slow = here.worker.ask("/gated/24");
    await gate.reached(1);
    const others = await Promise.all(times(40, (index) => here.worker.ask(`/things/${200 + index}`)));
    expect(others.map((answer) => answer.json().id)).toEqual(times(40, (index) => 200 + index));
    await gate.open();
    expect((await slow).json().id).toBe(24);
  });

  test("different values are different keys, and equal ones in another notation are one", async () => {
    const before = await here.database.calls();
    const [a, b] = await Promise.all([
      here.worker.ask("/typed?words=a&small=1"),
      here.worker.ask("/typed?words=b&small=1"),
    ]);
    expect([a.json().words, b.json().words]).toEqual(["a", "b"]);
    const same = await here.worker.ask("/typed?unknown=9&small=%2B01&words=%61");
    expect([verdict(same), same.json().words]).toEqual(["HIT", "a"]);
    expect((await here.database.calls()) - before).toBe(2);
  });

  test("a refused fill is refused to all that share it, and the next request tries anew", async () => {
    const gate = await closeGate(here.database, 25);
    const before = await taken();
    const asked = times(10, () => here.worker.ask("/hasty/25"));
    await arrived(before, 10);
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([504]));
    await gate.open();
    expect((await here.worker.ask("/hasty/25")).status).toBe(200);
  });

  test("few connections serve many keys at once", async () => {
    const peak = await here.database.sql(
      "select count(*)::int from pg_stat_activity where datname = current_database()",
    );
    const answers = await Promise.all(times(60, (index) => here.worker.ask(`/plain/${300 + index}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const [{ count }] = await here.database.sql(
      `select count(*)::int from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    // Two shards, each with two connections to `main`, and those of the other databases' pools.
    expect(count).toBeLessThanOrEqual(Math.max(peak[0].count + 4, 8));
  });
});
