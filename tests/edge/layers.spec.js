// In which layers answers are kept, and from which they come.

import { describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { bearer } from "./support/workers.js";

const here = edge("layers", { names: ["first", "neighbour", "abroad", "abroad_too", "late"] });

const cacheStatus = ({ headers }) => headers["cache-status"].split(", ");
const verdict = ({ headers }) => headers["x-cache-status"];

async function kvNames(worker) {
  const { keys } = await (await worker.kv()).list();
  return keys.map(({ name }) => name);
}

describe("layers", () => {
  test("the first request is a miss that makes one query, the second a hit in memory", async () => {
    const before = await here.database.calls();
    const miss = await here.worker.ask("/things/1");
    expect(verdict(miss)).toBe("MISS");
    expect(miss.json()).toEqual({ id: 1, note: "thing 1", version: 1 });
    expect(cacheStatus(miss)).toEqual([
      "forebay-shield; fwd=miss",
      "forebay-global; fwd=uri-miss; stored",
      "forebay-colo; fwd=uri-miss; stored",
      "forebay-memory; fwd=uri-miss; stored",
    ]);
    const asynchronous = await here.worker.asynchronous();
    const hit = await here.worker.ask("/things/1");
    expect(verdict(hit)).toBe("HIT");
    expect(cacheStatus(hit)).toEqual([expect.stringMatching(/^forebay-memory; hit; ttl=\d+$/)]);
    expect(hit.body).toEqual(miss.body);
    expect(await here.worker.asynchronous()).toBe(asynchronous);
    expect((await here.database.calls()) - before).toBe(1);
  });

  test("a neighbour in the data centre finds it in the colo layer, and then in its memory", async () => {
    const [first, neighbour] = here.workers;
    const filled = await first.ask("/things/2");
    await first.idle();
    const before = await here.database.calls();
    const hit = await neighbour.ask("/things/2");
    expect(verdict(hit)).toBe("HIT");
    expect(cacheStatus(hit)).toEqual([
      expect.stringMatching(/^forebay-colo; hit; ttl=\d+$/),
      "forebay-memory; fwd=uri-miss; stored",
    ]);
    expect(hit.body).toEqual(filled.body);
    expect(hit.headers.etag).toBe(filled.headers.etag);
    const again = await neighbour.ask("/things/2");
    expect(cacheStatus(again)).toEqual([expect.stringMatching(/^forebay-memory; hit/)]);
    expect(await here.database.calls()).toBe(before);
  });

  test("another data centre finds it in KV, and puts it into its colo layer and memory", async () => {
    const [first, , abroad, abroadToo] = here.workers;
    await abroad.control({ colo: "abroad" });
    await abroadToo.control({ colo: "abroad" });
    const filled = await first.ask("/things/3");
    await first.idle();
    const before = await here.database.calls();
    const hit = await abroad.ask("/things/3");
    expect(verdict(hit)).toBe("HIT");
    expect(cacheStatus(hit)).toEqual([
      expect.stringMatching(/^forebay-global; hit; ttl=\d+$/),
      "forebay-colo; fwd=uri-miss; stored",
      "forebay-memory; fwd=uri-miss; stored",
    ]);
    expect(hit.body).toEqual(filled.body);
    await abroad.idle();
    const besides = await abroadToo.ask("/things/3");
    expect(cacheStatus(besides)[0]).toMatch(/^forebay-colo; hit/);
    const again = await abroad.ask("/things/3");
    expect(cacheStatus(again)).toEqual([expect.stringMatching(/^forebay-memory; hit/)]);
    expect(await here.database.calls()).toBe(before);
  });

  test("an answer keeps its age on its way through the layers", async () => {
    const [first, , , , late] = here.workers;
    await first.ask("/things/4");
    await first.idle();
    await late.pass(40);
    const hit = await late.ask("/things/4");
    expect(cacheStatus(hit)[0]).toMatch(/^forebay-colo; hit/);
    expect(hit.headers.age).toBe("40");
    expect((await late.ask("/things/4")).headers.age).toBe("40");
  });

  test("the global layer serves an answer of more than a kilobyte in either coding", async () => {
    const [first, , abroad] = here.workers;
    await abroad.control({ colo: "abroad" });
    const filled = await first.ask("/things/10");
    await first.idle();
    const packed = await abroad.ask("/things/10", { headers: { "accept-encoding": "gzip" } });
    expect(cacheStatus(packed)[0]).toMatch(/^forebay-global; hit/);
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(packed.text()).toBe(filled.text());
    const plain = await abroad.ask("/things/10");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.body).toEqual(filled.body);
  });

  test("a TTL under KV's minute is kept near, but never in KV", async () => {
    const [first, neighbour] = here.workers;
    const before = await kvNames(first);
    const miss = await first.ask("/brief/1");
    expect(cacheStatus(miss)).toContain("forebay-colo; fwd=uri-miss; stored");
    expect(cacheStatus(miss)).toContain("forebay-global; fwd=uri-miss");
    await first.idle();
    expect(await kvNames(first)).toEqual(before);
    expect(cacheStatus(await neighbour.ask("/brief/1"))[0]).toMatch(/^forebay-colo; hit/);
  });

  test("a remembered absence stays out of KV too, as its TTL is short", async () => {
    const [first] = here.workers;
    const before = await kvNames(first);
    expect((await first.ask("/things/90001")).status).toBe(404);
    await first.idle();
    expect(await kvNames(first)).toEqual(before);
  });

  test("a private tier is kept in memory alone", async () => {
    const [first] = here.workers;
    const names = await kvNames(first);
    const { cacheWrites } = await first.control({});
    const miss = await first.ask("/secret/1", { headers: bearer });
    expect(cacheStatus(miss)).toEqual([
      "forebay-shield; fwd=miss",
      "forebay-memory; fwd=uri-miss; stored",
    ]);
    await first.idle();
    expect(await kvNames(first)).toEqual(names);
    expect((await first.control({})).cacheWrites).toBe(cacheWrites);
    const hit = await first.ask("/secret/1", { headers: bearer });
    expect(cacheStatus(hit)).toEqual([expect.stringMatching(/^forebay-memory; hit/)]);
  });

  test("an answer over the limit is passed on whole and stored in no layer", async () => {
    const [first] = here.workers;
    const names = await kvNames(first);
    for (const asked of ["once", "again"]) {
      const answer = await first.ask("/things/11");
      expect(answer.json().note).toHaveLength(256_000);
      expect(cacheStatus(answer).slice(1), asked).toEqual([
        "forebay-global; fwd=uri-miss",
        "forebay-colo; fwd=uri-miss",
        "forebay-memory; fwd=uri-miss; detail=too-large",
      ]);
    }
    await first.idle();
    expect(await kvNames(first)).toEqual(names);
  });
});
