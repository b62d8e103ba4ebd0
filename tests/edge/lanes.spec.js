// The synchronous lane, which answers fresh hits in memory, and the asynchronous one give the same
// answer to the same request: the clock stands still, so nothing may differ but the request's id.

import { beforeAll, describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { bearer } from "./support/workers.js";

const here = edge("lanes");

const LARGE = "/things/10";
const SMALL = "/things/1";
let tag;
let modified;

beforeAll(async () => {
  for (const target of [LARGE, SMALL]) await here.worker.ask(target);
  await here.worker.ask("/secret/1", { headers: bearer });
  await here.worker.ask("/things/90001");
  // The identity coding of the large one is made, and kept, on its first use.
  const { headers } = await here.worker.ask(LARGE);
  tag = headers.etag;
  modified = headers["last-modified"];
  await here.worker.pass(7);
  // The first request after that renews what the isolate knows of purges.
  await here.worker.ask(LARGE);
});

/** Asks on both lanes; gives the answer, and whether the synchronous lane took it. */
async function both(target, options) {
  const before = await here.worker.asynchronous();
  const usual = await here.worker.ask(target, options);
  const synchronous = (await here.worker.asynchronous()) === before;
  const other = await here.worker.askAsynchronously(target, options);
  expect(comparable(other)).toEqual(comparable(usual));
  return { ...usual, synchronous };
}

function comparable({ status, headers, body }) {
  const { "x-request-id": id, ...rest } = headers;
  expect(id).toMatch(/^[0-9a-zA-Z-]+$/);
  // A problem names its request, so it holds the id too.
  return { status, headers: rest, body: body.toString("latin1").replaceAll(id, "ID") };
}

describe("both lanes", () => {
  test.each([
    ["a small answer", SMALL, {}],
    ["a large answer", LARGE, {}],
    ["a large answer in gzip", LARGE, { headers: { "accept-encoding": "br, gzip" } }],
    ["gzip refused", LARGE, { headers: { "accept-encoding": "gzip;q=0, *;q=0.5" } }],
    ["any coding taken", LARGE, { headers: { "accept-encoding": "*" } }],
    ["compression declined", LARGE, {
      headers: { "accept-encoding": "gzip", "x-no-compression": "1" },
    }],
    ["HEAD", LARGE, { method: "HEAD" }],
    ["HEAD in gzip", LARGE, { method: "HEAD", headers: { "accept-encoding": "gzip" } }],
    ["an allowed origin", SMALL, { headers: { origin: "https://app.example.com" } }],
    ["another origin", SMALL, { headers: { origin: "https://evil.example.com" } }],
    ["the caller's request id", SMALL, { headers: { "x-request-id": "caller-7" } }],
    ["a request id that is not taken", SMALL, { headers: { "x-request-id": "a b<c>" } }],
    ["query parameters that do not count", `${SMALL}?utm_source=mail&x=%ff`, {}],
    ["a path that is encoded", "/things/%31", {}],
    ["a number that is not canonical", "/things/01", {}],
    ["a private answer with the token", "/secret/1", { headers: bearer }],
  ])("%s: answered from memory, synchronously", async (_, target, options) => {
    const answer = await both(target, options);
    expect([answer.status, answer.synchronous]).toEqual([200, true]);
    expect(answer.headers["x-cache-status"]).toBe("HIT");
    expect(answer.headers.age).toBe("7");
  });

  test.each([
    ["the tag", () => ({ "if-none-match": tag })],
    ["the tag of the gzip coding", () => ({ "if-none-match": tag.replace(/"$/, '-gz"') })],
    ["a weak tag in a list", () => ({ "if-none-match": `"x", W/${tag}` })],
    ["any tag", () => ({ "if-none-match": "*" })],
    ["the date", () => ({ "if-modified-since": modified })],
  ])("%s: not modified, synchronously", async (_, headers) => {
    const answer = await both(LARGE, { headers: headers() });
    expect([answer.status, answer.synchronous, answer.body.length]).toEqual([304, true, 0]);
  });

  test.each([
    ["a remembered absence", "/things/90001", {}, 404],
    ["no token", "/secret/1", {}, 401],
    ["a wrong token", "/secret/1", { headers: { authorization: "Bearer no" } }, 401],
    ["a bad parameter", "/things/one", {}, 400],
    ["a path that cannot be read", "/things/%ff", {}, 400],
    ["no such route", "/nothing", {}, 404],
    ["a method without a route", SMALL, { method: "PURGE" }, 405],
  ])("%s: left to the asynchronous lane", async (_, target, options, status) => {
    const answer = await both(target, options);
    expect([answer.status, answer.synchronous]).toEqual([status, false]);
  });

  test("they agree on every combination of method, coding, validators and origin", async () => {
    const { headers } = await here.worker.ask(SMALL);
    const methods = ["GET", "HEAD"];
    const codings = [undefined, "gzip", "identity", "gzip;q=0", "br;q=1, gzip;q=0.2", ""];
    const tags = [undefined, tag, headers.etag, `${tag.slice(0, -1)}-gz"`, '"other"', "*", "not a tag"];
    const dates = [undefined, modified, "Sat, 21 Nov 2020 12:00:00 GMT", "yesterday"];
    const origins = [undefined, "https://app.example.com", "null"];
    const plain = [undefined, "1"];
    const seen = new Set();
    for (const target of [SMALL, LARGE]) {
      for (const [method, coding, none, since, origin, no] of product(
        methods, codings, tags, dates, origins, plain,
      )) {
        const fields = {
          "accept-encoding": coding,
          "if-none-match": none,
          "if-modified-since": since,
          origin,
          "x-no-compression": no,
        };
        const given = Object.entries(fields).filter(([, value]) => value !== undefined);
        const options = { method, headers: Object.fromEntries(given) };
        // The counter is asked once at the end: twice for each of 2,000 requests takes its time.
        const [usual, other] = await Promise.all([
          here.worker.ask(target, options),
          here.worker.askAsynchronously(target, options),
        ]);
        expect(comparable(other), JSON.stringify([target, options])).toEqual(comparable(usual));
        seen.add(`${usual.status} ${usual.headers["content-encoding"] ?? "identity"}`);
      }
    }
    expect([...seen].sort()).toEqual(["200 gzip", "200 identity", "304 identity"]);
  }, 60_000);

  test("each request has an id of its own, and one log line, on either lane", async () => {
    const ids = [];
    for (const lane of [here.worker.ask, here.worker.askAsynchronously]) {
      for (const _ of [1, 2, 3]) ids.push((await lane(SMALL)).headers["x-request-id"]);
    }
    expect(new Set(ids).size).toBe(6);
    await expect.poll(() => here.lines.filter((line) => ids.some((id) => line.includes(id))).length)
      .toBe(6);
    const logged = here.lines.filter((line) => line.includes(ids[0])).map((line) => JSON.parse(line));
    expect(logged).toEqual([
      expect.objectContaining({
        request_id: ids[0],
        method: "GET",
        path: SMALL,
        route: "GET /things/{id}",
        status: 200,
        cache: "HIT",
        layer: "memory",
      }),
    ]);
  });
});

function product(...lists) {
  return lists.reduce(
    (so_far, list) => so_far.flatMap((each) => list.map((value) => [...each, value])),
    [[]],
  );
}
