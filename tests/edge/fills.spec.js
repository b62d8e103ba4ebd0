// What goes on behind responses, what stands in for a source, and what is too large to be stored.

import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";

const here = edge("fills", { names: ["first", "second"] });

const verdict = ({ headers }) => headers["x-cache-status"];
const detail = ({ headers }) => /; detail=([a-z-]+)$/.exec(headers["cache-status"])?.[1];
const change = (id) =>
  here.database.sql("update things set version = version + 1 where id = $1", [id]);
const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

let thing = 300;
beforeEach(() => {
  thing += 1;
});

describe("eager refresh", () => {
  test("an aging hit is a hit, and the next one has the new data, still within the ttl", async () => {
    await here.worker.ask(`/keen/${thing}`);
    await change(thing);
    await here.worker.pass(70);
    const young = await here.worker.ask(`/keen/${thing}`);
    await here.worker.idle();
    expect([verdict(young), young.json().version]).toEqual(["HIT", 1]);
    await here.worker.pass(11);
    const before = await here.database.calls();
    const aging = await Promise.all(times(20, () => here.worker.ask(`/keen/${thing}`)));
    expect(new Set(aging.map(verdict))).toEqual(new Set(["HIT"]));
    await here.worker.idle();
    expect((await here.database.calls()) - before).toBe(1);
    const renewed = await here.worker.ask(`/keen/${thing}`);
    expect([verdict(renewed), renewed.json().version, renewed.headers.age]).toEqual(["HIT", 2, "0"]);
  });
});

describe("soft timeout", () => {
  test("a stale answer is served in time, and the slow one is there for the next", async () => {
    const target = `/soft/${thing}`;
    await here.worker.ask(target);
    await change(thing);
    await here.worker.pass(150);
    const gate = await closeGate(here.database, thing);
    const stale = await here.worker.ask(target);
    expect([verdict(stale), detail(stale), stale.json().version]).toEqual([
      "STALE",
      "soft-timeout",
      1,
    ]);
    await gate.reached(1);
    // Whoever comes while the first question goes on neither asks nor waits.
    await here.worker.pass(1);
    const others = await Promise.all(times(10, () => here.worker.ask(target)));
    expect(new Set(others.map(detail))).toEqual(new Set(["soft-timeout"]));
    expect(new Set(others.map(({ headers }) => headers["cache-status"].includes("shield")))).toEqual(
      new Set([false]),
    );
    expect(await gate.waiting()).toHaveLength(1);
    await gate.open();
    await here.worker.idle();
    const fresh = await here.worker.ask(target);
    expect([verdict(fresh), fresh.json().version]).toEqual(["HIT", 2]);
  });

  test("with nothing stale the source is waited for", async () => {
    const gate = await closeGate(here.database, thing);
    const asked = here.worker.ask(`/soft/${thing}`);
    await gate.reached(1);
    await gate.open();
    expect([verdict(await asked), (await asked).status]).toEqual(["MISS", 200]);
  });
});

describe("fallback", () => {
  test("stands in when nothing stale can, says so, and is gone with the trouble", async () => {
    const gate = await closeGate(here.database, thing);
    const backed = await here.worker.ask(`/backed/${thing}`);
    expect([backed.status, verdict(backed), detail(backed)]).toEqual([200, "MISS", "fallback"]);
    expect(backed.headers["content-type"]).toBe("application/json");
    expect(backed.headers["cache-control"]).toBe("no-store");
    expect(backed.json()).toEqual({ things: [] });
    const head = await here.worker.ask(`/backed/${thing}`, { method: "HEAD" });
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "13", 0]);
    const uncached = await here.worker.ask(`/backed-uncached/${thing}`);
    expect([uncached.status, verdict(uncached), uncached.text()]).toEqual([203, "BYPASS", "later"]);
    expect(uncached.headers["content-type"]).toBe("text/plain");
    await gate.open();
    const answer = await here.worker.ask(`/backed/${thing}`);
    expect([answer.status, verdict(answer), answer.json().id]).toEqual([200, "MISS", thing]);
  });

  test("what is stale goes before it", async () => {
    await here.worker.ask(`/backed/${thing}`);
    await here.worker.idle();
    await here.worker.pass(200);
    const gate = await closeGate(here.database, thing);
    const stale = await here.worker.ask(`/backed/${thing}`);
    expect([verdict(stale), detail(stale), stale.json().id]).toEqual([
      "STALE",
      "stale-if-error",
      thing,
    ]);
    await gate.open();
  });
});

// Thing 11 is a quarter of a mebibyte, four times what the tests' site stores.
describe("a body over the limit", () => {
  const whole = async () => {
    const [{ note }] = await here.database.sql("select note from things where id = 11");
    return note;
  };

  test("passes through whole, with its tag, and is never stored", async () => {
    const first = await here.worker.ask("/things/11", { headers: { "accept-encoding": "gzip" } });
    expect([first.status, verdict(first)]).toEqual([200, "MISS"]);
    expect(first.headers["cache-status"]).toMatch(/detail=too-large$/);
    expect(first.headers["content-type"]).toBe("application/json");
    expect(first.headers["cache-control"]).toMatch(/^public, max-age=100/);
    expect(first.json().note).toBe(await whole());
    const etag = first.headers.etag;
    expect(etag).toBe(`"${createHash("sha256").update(first.text()).digest("hex").slice(0, 32)}"`);
    await here.worker.idle();

    const head = await here.worker.ask("/things/11", { method: "HEAD" });
    expect([head.status, head.headers.etag, head.body.length]).toEqual([200, etag, 0]);
    expect(head.headers["content-length"]).toBe(`${Buffer.byteLength(first.text())}`);
    const same = await here.worker.ask("/things/11", { headers: { "if-none-match": etag } });
    expect([same.status, same.headers.etag, same.body.length]).toEqual([304, etag, 0]);
    expect(verdict(await here.worker.ask("/things/11"))).toBe("MISS");
    await here.worker.idle();
  });

  test("is given to all that wait for one fill, and after that nobody waits for another's", async () => {
    const gate = await closeGate(here.database, 11);
    const asked = times(30, (index) => here.workers[index % 2].ask("/gated/11"));
    await gate.reached(1);
    await gate.open();
    const notes = new Set((await Promise.all(asked)).map((answer) => answer.json().note));
    expect(notes).toEqual(new Set([await whole()]));
    const closed = await closeGate(here.database, 11);
    const alone = times(2, () => here.worker.ask("/gated/11"));
    await closed.reached(2);
    await closed.open();
    for (const answer of await Promise.all(alone)) expect(answer.json().id).toBe(11);
  });

  test("a client that leaves in the middle harms nobody", async () => {
    const { response, leave } = await here.worker.open("/things/11");
    expect(response.statusCode).toBe(200);
    leave();
    const answer = await here.worker.ask("/things/11");
    expect(answer.json().note).toBe(await whole());
  });

  test("passes through without a tier too, and what is smaller comes compressed", async () => {
    const large = await here.worker.ask("/uncached/11");
    expect([large.headers["cache-control"], large.headers.etag]).toEqual(["no-store", undefined]);
    expect(large.json().note).toBe(await whole());
    const zipped = await here.worker.ask("/uncached/10", { headers: { "accept-encoding": "gzip" } });
    expect(zipped.headers["content-encoding"]).toBe("gzip");
    const plain = await here.worker.ask("/uncached/10");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.text()).toBe(zipped.text());
    for (const { headers } of [zipped, plain]) expect(headers.vary).toMatch(/Accept-Encoding/);
  });
});
