// Parts of an origin's answers: cut from a stored whole, stored as parts, put together (RFC 9110 §14,
// RFC 9111 §3.3, §3.4), and what HEAD has to do with them.

import { describe, expect, test } from "vitest";
import { fresh, proxied, seen, verdict } from "./support/proxied.js";

const here = proxied();

const DIGITS = "0123456789";
const OLD = "Sat, 21 Nov 2020 12:00:00 GMT";
const TAGGED = [["ETag", '"v1"'], ["Last-Modified", OLD], fresh(), ["Content-Type", "text/plain"]];

/** The parts of a `multipart/byteranges`. */
function parts(answer) {
  const [, boundary] = /^multipart\/byteranges; ?boundary="?([^"]+)"?$/.exec(
    answer.headers["content-type"],
  );
  const [before, ...rest] = answer.body.toString("latin1").split(`--${boundary}`);
  expect([before.trim(), rest.pop().trim()]).toEqual(["", "--"]);
  return rest.map((part) => {
    const [head, body] = part.replace(/^\r\n|\r\n$/g, "").split("\r\n\r\n");
    return {
      range: /content-range: (.*)/i.exec(head)[1].trim(),
      type: /^content-type: (.*)/im.exec(head)[1].trim(),
      body,
    };
  });
}

describe("ranges of a stored whole (RFC 9110 §14.2)", () => {
  test.each([
    ["one", "bytes=2-4", "bytes 2-4/10", "234"],
    ["the first byte", "bytes=0-0", "bytes 0-0/10", "0"],
    ["a suffix", "bytes=-3", "bytes 7-9/10", "789"],
    ["a suffix longer than all", "bytes=-30", "bytes 0-9/10", DIGITS],
    ["an open one", "bytes=8-", "bytes 8-9/10", "89"],
    ["one that ends too far", "bytes=5-99", "bytes 5-9/10", "56789"],
    ["one of two that can be satisfied", "bytes=2-4, 50-", "bytes 2-4/10", "234"],
  ])("%s", async (_, range, described, body) => {
    const ask = here.serve("/whole", { fields: TAGGED, body: DIGITS, heeds: "both" });
    await ask();
    await here.worker.idle();
    const before = here.origin.count("/whole");
    const answer = await ask({ range });
    expect(seen(answer)).toEqual([206, "HIT", body]);
    expect(answer.headers["content-range"]).toBe(described);
    expect([answer.headers.etag, answer.headers["content-type"]]).toEqual(['"v1"', "text/plain"]);
    expect(answer.headers["content-length"]).toBe(`${body.length}`);
    expect(here.origin.count("/whole")).toBe(before);
  });

  test("several come as multipart/byteranges", async () => {
    const ask = here.serve("/several", { fields: TAGGED, body: DIGITS, heeds: "both" });
    await ask();
    await here.worker.idle();
    const answer = await ask({ range: "bytes=0-1, 4-5, -1" });
    expect([answer.status, verdict(answer)]).toEqual([206, "HIT"]);
    expect(answer.headers["content-range"]).toBeUndefined();
    expect(parts(answer)).toEqual([
      { range: "bytes 0-1/10", type: "text/plain", body: "01" },
      { range: "bytes 4-5/10", type: "text/plain", body: "45" },
      { range: "bytes 9-9/10", type: "text/plain", body: "9" },
    ]);
    expect(here.origin.count("/several")).toBe(1);
  });

  test("none that can be satisfied is 416 with the length", async () => {
    const ask = here.serve("/unsatisfiable", { fields: TAGGED, body: DIGITS, heeds: "both" });
    await ask();
    await here.worker.idle();
    const answer = await ask({ range: "bytes=10-" });
    expect([answer.status, answer.headers["content-range"]]).toEqual([416, "bytes */10"]);
    expect((await ask()).text()).toBe(DIGITS);
  });

  test.each([
    ["another unit", "lines=1-2"],
    ["no number", "bytes=a-b"],
    ["backwards", "bytes=5-2"],
  ])("%s is no range: the whole is sent", async (_, range) => {
    const ask = here.serve("/invalid", { fields: TAGGED, body: DIGITS });
    await ask();
    await here.worker.idle();
    const answer = await ask({ range });
    expect([answer.status, answer.text()]).toEqual([200, DIGITS]);
  });

  test.each([
    ["its tag", { "if-range": '"v1"' }, 206],
    ["another tag", { "if-range": '"v2"' }, 200],
    ["its tag, weakly", { "if-range": 'W/"v1"' }, 200],
    ["its date", { "if-range": OLD }, 206],
    ["another date", { "if-range": "Sun, 22 Nov 2020 12:00:00 GMT" }, 200],
    [
      "a range that would be 416, with another tag",
      { "if-range": '"v2"', range: "bytes=10-" },
      200,
    ],
    ["its tag in If-None-Match", { "if-none-match": '"v1"' }, 304],
  ])("If-Range with %s", async (_, headers, status) => {
    const ask = here.serve("/if-range", { fields: TAGGED, body: DIGITS, heeds: "both" });
    await ask();
    await here.worker.idle();
    const answer = await ask({ range: "bytes=2-4", ...headers });
    expect(answer.status).toBe(status);
    expect(answer.text()).toBe({ 200: DIGITS, 206: "234", 304: "" }[status]);
  });

  test("are cut from the bytes as the origin coded them", async () => {
    const bytes = Buffer.from([31, 139, 8, 0, 1, 2, 3, 255]);
    const fields = [...TAGGED, ["Content-Encoding", "gzip"]];
    const ask = here.serve("/coded", { fields, body: bytes });
    const gzip = { "accept-encoding": "gzip" };
    await ask(gzip);
    await here.worker.idle();
    const answer = await ask({ ...gzip, range: "bytes=1-2" });
    expect([answer.status, [...answer.body]]).toEqual([206, [139, 8]]);
    expect(answer.headers["content-encoding"]).toBe("gzip");
  });
});

describe("parts from the origin (RFC 9111 §3.3)", () => {
  const heeding = { fields: TAGGED, body: DIGITS, heeds: "both" };

  test("a cold range is answered with that range, and again without the origin", async () => {
    const ask = here.serve("/part", heeding);
    for (const _ of ["cold", "stored"]) {
      const answer = await ask({ range: "bytes=2-4" });
      expect([answer.status, answer.text()]).toEqual([206, "234"]);
      expect(answer.headers["content-range"]).toBe("bytes 2-4/10");
      await here.worker.idle();
    }
    expect(here.origin.count("/part")).toBe(1);
  });

  test("a stored part answers nothing beyond it", async () => {
    const ask = here.serve("/part/beyond", heeding);
    await ask({ range: "bytes=2-4" });
    await here.worker.idle();
    const beyond = await ask({ range: "bytes=4-6" });
    expect([beyond.status, beyond.text()]).toEqual([206, "456"]);
    await here.worker.idle();
    const whole = await ask();
    expect([whole.status, whole.text()]).toEqual([200, DIGITS]);
    expect(whole.headers["content-range"]).toBeUndefined();
  });

  test("once all bytes are there the whole is, whoever asked for which", async () => {
    const ask = here.serve("/part/joined", heeding);
    for (const range of ["bytes=0-3", "bytes=4-9"]) {
      expect((await ask({ range })).status).toBe(206);
      await here.worker.idle();
    }
    const contacts = here.origin.count("/part/joined");
    const whole = await ask();
    expect([whole.status, whole.text()]).toEqual([200, DIGITS]);
    expect(whole.headers["content-length"]).toBe("10");
    expect(here.origin.count("/part/joined")).toBe(contacts);
  });

  test("parts of two versions are never put together", async () => {
    const version = (tag, body) => ({
      fields: [["ETag", tag], fresh(), ["Content-Type", "text/plain"]],
      body,
      heeds: "both",
    });
    const ask = here.serve(
      "/part/versions",
      version('"a"', "aaaaaaaaaa"),
      version('"b"', "bbbbbbbbbb"),
    );
    for (const range of ["bytes=0-3", "bytes=4-9"]) {
      await ask({ range });
      await here.worker.idle();
    }
    const whole = (await ask()).text();
    expect(["aaaaaaaaaa", "bbbbbbbbbb"]).toContain(whole);
  });

  test("an origin without ranges sends the whole, and the next range is cut from it", async () => {
    const ask = here.serve("/part/none", { fields: TAGGED, body: DIGITS });
    const first = await ask({ range: "bytes=2-4" });
    expect({ 200: DIGITS, 206: "234" }[first.status]).toBe(first.text());
    await here.worker.idle();
    const second = await ask({ range: "bytes=5-6" });
    expect(seen(second)).toEqual([206, "HIT", "56"]);
    expect(here.origin.count("/part/none")).toBe(1);
  });

  test("a 206 whose Content-Range is a lie is not stored", async () => {
    const fields = [...TAGGED, ["Content-Range", "bytes 2-9/10"]];
    const ask = here.serve("/part/lie", { status: 206, fields, body: "234" }, heeding);
    await ask({ range: "bytes=2-9" }).catch(() => {});
    await here.worker.idle();
    expect((await ask({ range: "bytes=2-9" })).text()).toBe("23456789");
    expect((await ask()).text()).toBe(DIGITS);
  });
});

describe("HEAD (RFC 9110 §9.3.2, RFC 9111 §4.3.5)", () => {
  test("is answered from a stored GET, with its fields and no body", async () => {
    const ask = here.serve("/head", { fields: TAGGED, body: DIGITS });
    const full = await ask();
    await here.worker.idle();
    const head = await ask({}, "HEAD");
    expect(seen(head)).toEqual([200, "HIT", ""]);
    for (const name of ["content-length", "etag", "content-type", "last-modified", "date"]) {
      expect(head.headers[name], name).toBe(full.headers[name]);
    }
    expect(here.origin.count("/head")).toBe(1);
  });

  test("on a cold store tells the length, and does not stand in for GET", async () => {
    const ask = here.serve("/head/cold", { fields: TAGGED, body: DIGITS });
    const head = await ask({}, "HEAD");
    expect([head.status, head.headers["content-length"]]).toEqual([200, "10"]);
    await here.worker.idle();
    expect((await ask()).text()).toBe(DIGITS);
  });

  test("freshens the stored GET that it describes", async () => {
    const own = [["ETag", '"v1"'], fresh(10)];
    const ask = here.serve(
      "/head/freshens",
      { fields: [...own, ["X-Mine", "old"]], body: DIGITS },
      {
        fields: [...own, ["X-Mine", "new"]],
        body: DIGITS,
        heeds: "conditions",
      },
    );
    await ask();
    await here.pass(11);
    const head = await ask({}, "HEAD");
    expect([head.status, head.headers["x-mine"]]).toEqual([200, "new"]);
    await here.worker.idle();
    const hit = await ask();
    expect([verdict(hit), hit.headers["x-mine"], hit.text()]).toEqual(["HIT", "new", DIGITS]);
    expect(here.origin.count("/head/freshens")).toBe(2);
  });

  test("makes one of another length or tag stale", async () => {
    const ask = here.serve(
      "/head/differs",
      { fields: [["ETag", '"v1"'], fresh(10)], body: DIGITS },
      { fields: [["ETag", '"v2"'], fresh(10)], body: "new" },
    );
    await ask();
    await here.pass(11);
    expect((await ask({}, "HEAD")).headers.etag).toBe('"v2"');
    await here.worker.idle();
    expect((await ask()).text()).toBe("new");
  });
});
