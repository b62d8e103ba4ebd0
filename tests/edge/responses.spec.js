// What answers look like: validators, codings, HEAD, CORS, methods, request ids.

import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { OWN_ID } from "./support/workers.js";

const here = edge("responses");

const LARGE = "/things/10";
const get = (target, headers = {}, method = "GET") => here.worker.ask(target, { headers, method });
const gzip = { "accept-encoding": "gzip" };

describe("fields that every answer has", () => {
  test.each([
    ["a miss", "/things/1"],
    ["a hit", "/things/1"],
    ["a failure", "/things/one"],
    ["no route", "/nowhere"],
    ["health", "/api/health"],
  ])("%s", async (_, target) => {
    const { headers } = await get(target);
    expect(headers["x-request-id"]).toMatch(OWN_ID);
    expect(headers["server-timing"]).toMatch(/^total;dur=\d+/);
    expect(headers["cache-status"]).toMatch(/^forebay/);
    expect(headers["x-cache-status"]).toMatch(/^(HIT|MISS|BYPASS)$/);
    expect(headers["x-edge-location"]).toMatch(/\w/);
  });

  test("Server-Timing names each layer that was looked in, and the source", async () => {
    const { headers } = await get("/things/2");
    const timed = "total;dur=N, memory;dur=N, colo;dur=N, global;dur=N, source;dur=N";
    expect(headers["server-timing"].replaceAll(/\d+/g, "N")).toBe(timed);
  });

  test.each([
    ["well-formed", "req-1:a.b_C", true],
    ["128 long", "a".repeat(128), true],
    ["129 long", "a".repeat(129), false],
    ["not plain", 'a"b', false],
    ["empty", "", false],
  ])("a request id of the caller's that is %s", async (_, id, kept) => {
    const answer = await get("/things/1", { "x-request-id": id });
    if (kept) expect(answer.headers["x-request-id"]).toBe(id);
    else expect(answer.headers["x-request-id"]).toMatch(OWN_ID);
  });
});

describe("conditional requests", () => {
  test("a 304 has the fields that a 200 would, no body and nothing of the representation", async () => {
    const full = await get(LARGE);
    const answer = await get(LARGE, { "if-none-match": full.headers.etag });
    expect([answer.status, answer.body.length]).toEqual([304, 0]);
    for (const name of ["etag", "last-modified", "cache-control", "vary"]) {
      expect(answer.headers[name], name).toBe(full.headers[name]);
    }
    expect(answer.headers["content-type"]).toBeUndefined();
    expect(answer.headers["content-encoding"]).toBeUndefined();
  });

  test("each coding has a tag of its own, and either tag is good for a 304", async () => {
    const plain = await get(LARGE);
    const packed = await get(LARGE, gzip);
    expect(packed.headers.etag).toBe(plain.headers.etag.replace(/"$/, '-gz"'));
    for (const none of [plain.headers.etag, packed.headers.etag]) {
      expect((await get(LARGE, { "if-none-match": none })).status).toBe(304);
      expect((await get(LARGE, { "if-none-match": none, ...gzip })).status).toBe(304);
    }
  });

  test("a list, a weak tag and a star match; another tag does not", async () => {
    const { headers } = await get(LARGE);
    for (const none of [`"a", ${headers.etag}`, `W/${headers.etag}`, "*"]) {
      expect((await get(LARGE, { "if-none-match": none })).status, none).toBe(304);
    }
    for (const none of ['"a"', '"a", "b"', headers.etag.slice(1, -1)]) {
      expect((await get(LARGE, { "if-none-match": none })).status, none).toBe(200);
    }
  });

  test("a date counts when there is no tag, and not otherwise", async () => {
    const { headers } = await get(LARGE);
    const since = (date) => get(LARGE, { "if-modified-since": date });
    expect((await since(headers["last-modified"])).status).toBe(304);
    expect((await since("Thu, 22 Nov 2040 12:00:00 GMT")).status).toBe(304);
    expect((await since("Sat, 21 Nov 2020 12:00:00 GMT")).status).toBe(200);
    expect((await since("a while ago")).status).toBe(200);
    const both = { "if-none-match": '"a"', "if-modified-since": headers["last-modified"] };
    expect((await get(LARGE, both)).status).toBe(200);
  });

  test("a precondition does not turn a 404 into a 304", async () => {
    expect((await get("/things/90001", { "if-none-match": "*" })).status).toBe(404);
    expect((await get("/things/90001", { "if-none-match": "*" })).status).toBe(404);
  });

  test("a HEAD with the tag is a 304 too", async () => {
    const { headers } = await get(LARGE);
    expect((await get(LARGE, { "if-none-match": headers.etag }, "HEAD")).status).toBe(304);
  });

  test("the first request of all, a miss, heeds the tag as well", async () => {
    const { headers } = await get("/things/3");
    await here.worker.pass(200);
    const answer = await get("/things/3", { "if-none-match": headers.etag });
    expect([answer.headers["x-cache-status"], answer.status]).toEqual(["EXPIRED", 304]);
  });
});

describe("compression", () => {
  test("over a kilobyte, for those who take gzip, on a miss and on hits", async () => {
    await here.worker.pass(10_000);
    for (const expected of ["EXPIRED", "HIT", "HIT"]) {
      const packed = await get(LARGE, gzip);
      expect(packed.headers["x-cache-status"].replace("MISS", "EXPIRED")).toBe(expected);
      expect(packed.headers["content-encoding"]).toBe("gzip");
      expect(packed.headers.vary).toContain("Accept-Encoding");
      const plain = await get(LARGE);
      expect(plain.headers["content-encoding"]).toBeUndefined();
      expect(plain.headers.vary).toContain("Accept-Encoding");
      expect(gunzipSync(packed.body)).toEqual(plain.body);
      expect(packed.body.length).toBeLessThan(plain.body.length);
      expect(Number(packed.headers["content-length"])).toBe(packed.body.length);
    }
  });

  test.each([
    ["no Accept-Encoding", {}],
    ["an empty one", { "accept-encoding": "" }],
    ["gzip refused", { "accept-encoding": "gzip;q=0" }],
    ["another coding", { "accept-encoding": "br, zstd" }],
    ["X-No-Compression", { ...gzip, "x-no-compression": "1" }],
  ])("not with %s", async (_, headers) => {
    const answer = await get(LARGE, headers);
    expect(answer.headers["content-encoding"]).toBeUndefined();
    expect(answer.json().id).toBe(10);
  });

  test("not under a kilobyte", async () => {
    const answer = await get("/things/1", gzip);
    expect(answer.headers["content-encoding"]).toBeUndefined();
    expect(answer.json().id).toBe(1);
  });
});

describe("methods", () => {
  test("HEAD has the head of GET and no body, cold and warm, in either coding", async () => {
    for (const headers of [{}, gzip]) {
      await here.worker.pass(10_000);
      const cold = await get(LARGE, headers, "HEAD");
      const full = await get(LARGE, headers);
      const warm = await get(LARGE, headers, "HEAD");
      for (const answer of [cold, warm]) {
        expect([answer.status, answer.body.length]).toEqual([200, 0]);
        for (const name of ["content-type", "content-encoding", "content-length", "etag", "vary"]) {
          expect(answer.headers[name], name).toBe(full.headers[name]);
        }
      }
    }
  });

  test("HEAD and GET share one stored answer", async () => {
    await get("/things/30", {}, "HEAD");
    expect((await get("/things/30")).headers["x-cache-status"]).toBe("HIT");
  });

  test.each(["POST", "PUT", "PATCH", "PURGE", "PROPFIND"])(
    "%s, which no route takes, is 405 with Allow and never a cached answer",
    async (method) => {
      await get("/plain/1");
      const answer = await get("/plain/1", {}, method);
      expect(answer.status).toBe(405);
      expect(answer.headers.allow.split(", ").sort()).toEqual(["GET", "HEAD", "OPTIONS"]);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
      expect(answer.headers["cache-control"]).toBe("no-store");
      expect(answer.json()).toMatchObject({
        type: "urn:forebay:problem:method-not-allowed",
        status: 405,
        request_id: answer.headers["x-request-id"],
      });
    },
  );

  test("the methods of all routes of a path are allowed", async () => {
    const answer = await get("/things/1", {}, "PUT");
    expect(answer.headers.allow.split(", ").sort()).toEqual(["DELETE", "GET", "HEAD", "OPTIONS"]);
  });

  test("OPTIONS tells the methods", async () => {
    const answer = await get("/things/1", {}, "OPTIONS");
    expect([answer.status, answer.body.length]).toEqual([204, 0]);
    expect(answer.headers.allow.split(", ").sort()).toEqual(["DELETE", "GET", "HEAD", "OPTIONS"]);
    expect((await get("/nowhere", {}, "OPTIONS")).status).toBe(404);
  });
});

describe("CORS", () => {
  const ours = "https://app.example.com";

  test("a page of a listed origin may read the answer", async () => {
    for (const target of ["/things/1", "/things/one", "/nowhere"]) {
      const { headers } = await get(target, { origin: ours });
      expect(headers["access-control-allow-origin"]).toBe(ours);
      expect(headers["access-control-allow-credentials"]).toBe("true");
      expect(headers["access-control-expose-headers"]).toContain("X-Request-ID");
      expect(headers.vary).toContain("Origin");
    }
  });

  test("another may not, also right after one that may, and is told no origin", async () => {
    await get("/things/1", { origin: ours });
    for (const origin of ["https://app.example.com.evil.example", "http://app.example.com", "null"]) {
      const { headers } = await get("/things/1", { origin });
      expect(headers["access-control-allow-origin"], origin).toBeUndefined();
      expect(headers.vary).toContain("Origin");
    }
    const other = await get("/things/1", { origin: "https://admin.example.com" });
    expect(other.headers["access-control-allow-origin"]).toBe("https://admin.example.com");
  });

  test("a preflight is answered without the database", async () => {
    const before = await here.database.calls();
    const answer = await get(
      "/things/1",
      { origin: ours, "access-control-request-method": "DELETE" },
      "OPTIONS",
    );
    expect(answer.status).toBe(204);
    expect(answer.headers["access-control-allow-origin"]).toBe(ours);
    expect(answer.headers["access-control-allow-methods"]).toContain("DELETE");
    expect(answer.headers["access-control-allow-headers"]).toBe("content-type, authorization");
    expect(answer.headers["access-control-max-age"]).toBe("600");
    const stranger = await get(
      "/things/1",
      { origin: "https://evil.example", "access-control-request-method": "DELETE" },
      "OPTIONS",
    );
    expect(stranger.headers["access-control-allow-methods"]).toBeUndefined();
    expect(await here.database.calls()).toBe(before);
  });
});
