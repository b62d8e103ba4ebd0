// The origin that the other files script does what it is told, asked without Forebay between.

import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gate, startOrigin } from "./scripted_origin.js";
import { ask, open } from "./support/client.js";
import { until } from "./support/until.js";

let origin;

beforeAll(async () => (origin = await startOrigin()));
afterAll(() => origin.stop());

const get = (target, options) => ask(origin.url, target, options);

describe("the scripted origin", () => {
  test("answers one script after the other, fields in order and number, and counts", async () => {
    const fields = [
      ["B", "1"],
      ["A", "2"],
      ["B", "3"],
    ];
    origin.on("/a", { status: 201, fields, body: "one" }, { body: "two" });
    const { response } = await open(origin.url, "/a?x=1", { headers: { "x-mine": ["1", "2"] } });
    const names = response.rawHeaders.filter((_, at) => at % 2 === 0);
    expect(names.slice(0, 5)).toEqual(["Date", "B", "A", "B", "Content-Length"]);
    response.resume();
    expect([response.statusCode, response.headers.b]).toEqual([201, "1, 3"]);
    expect((await get("/a")).text()).toBe("two");
    expect((await get("/a", { method: "DELETE" })).text()).toBe("two");
    expect([origin.count("/a"), origin.count("/a", "GET"), origin.count("/b")]).toEqual([3, 2, 0]);
    const [contact] = origin.to("/a");
    expect([contact.target, contact.lines("X-Mine")]).toEqual(["/a?x=1", ["1", "2"]]);
  });

  test("waits until it may, and takes bodies as they come", async () => {
    const { passed, open: release } = gate();
    origin.on("/wait", { after: passed, body: "late" });
    const asked = get("/wait", { method: "POST", body: Readable.from(["ab", "cd"]) });
    await until("the body is there", () => origin.to("/wait")[0]?.received === 4);
    release();
    expect((await asked).text()).toBe("late");
    expect((await origin.to("/wait")[0].body).toString()).toBe("abcd");
  });

  test.each([
    ["with a length", { body: "half", declared: 8, breaksOff: true }],
    ["in chunks", { body: "half", framing: "chunked", breaksOff: true }],
    ["declared longer", { body: "half", declared: 8 }],
  ])("breaks off a body %s", async (_, answer) => {
    origin.on("/broken", answer);
    await expect(get("/broken")).rejects.toThrow();
  });

  test("heeds conditions and ranges when told to", async () => {
    const fields = [
      ["ETag", '"1"'],
      ["Content-Type", "text/plain"],
    ];
    origin.on("/heeds", { fields, body: "0123456789", heeds: "both" });
    const asked = async (headers) => {
      const { status, headers: got, body } = await get("/heeds", { headers });
      return [status, got["content-range"], body.toString()];
    };
    expect(await asked({ "if-none-match": 'W/"0", "1"' })).toEqual([304, undefined, ""]);
    expect(await asked({ range: "bytes=2-3" })).toEqual([206, "bytes 2-3/10", "23"]);
    expect(await asked({ range: "bytes=-2" })).toEqual([206, "bytes 8-9/10", "89"]);
    expect(await asked({ range: "bytes=9-" })).toEqual([206, "bytes 9-9/10", "9"]);
    expect(await asked({ range: "bytes=10-" })).toEqual([416, "bytes */10", ""]);
    expect((await asked({ range: "bytes=1-2", "if-range": '"0"' }))[0]).toBe(200);
  });

  test("sends no more of a body than is taken", async () => {
    const piece = Buffer.alloc(64 * 1024);
    let made = 0;
    origin.on("/large", { body: pieces() });
    function* pieces() {
      for (; made < 1600; made += 1) yield piece;
    }
    const { response, leave } = await open(origin.url, "/large");
    let last;
    // It has stopped once many other exchanges find it where it was.
    for (let still = 0; still < 50; still = made === last ? still + 1 : 0) {
      last = made;
      await get("/a");
    }
    expect(made).toBeLessThan(400);
    expect(response.headers["transfer-encoding"]).toBe("chunked");
    leave();
  });

  test("echoes what comes by WebSocket", async () => {
    origin.on("/socket", { socket: "echo" });
    const socket = new WebSocket(origin.url.replace("http", "ws") + "/socket");
    const said = new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(data)));
    socket.onopen = () => socket.send("hello");
    expect(await said).toBe("hello");
    socket.close();
  });

  test("sends hints before an answer", async () => {
    origin.on("/hints", { hints: [["Link", "</a.css>"]], body: "after" });
    const { response, interim } = await open(origin.url, "/hints");
    expect(interim.map(({ statusCode, headers }) => [statusCode, headers])).toEqual([
      [103, { link: "</a.css>" }],
    ]);
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  test("dies and lives again", async () => {
    origin.on("/life", { body: "alive" });
    await origin.stop();
    await expect(get("/life")).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
    await origin.start();
    expect((await get("/life")).text()).toBe("alive");
  });
});
