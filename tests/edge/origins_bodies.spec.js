// How bodies go through: together, broken off, large, coded, upwards, and as WebSockets.

import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { gate } from "./scripted_origin.js";
import { fresh, proxied, seen, verdict } from "./support/proxied.js";
import { until } from "./support/until.js";

const here = proxied({ names: ["home", "abroad"] });

const MB = 1024 * 1024;
let home;
let abroad;

beforeAll(async () => {
  [home, abroad] = here.workers;
  await abroad.control({ colo: "abroad" });
});

/** Does something once so many more requests have come to a Worker. */
async function arrived(worker, before, count) {
  await until(`${count} requests are there`, async () => {
    return (await worker.asynchronous()) >= before + count;
  });
}

describe("many clients of one cold URL", () => {
  test.each([
    ["whose head comes late", "head"],
    ["whose body comes slowly", "body"],
  ])("a hundred, of an answer %s, make one contact", async (_, slow) => {
    const { passed, open } = gate();
    async function* slowly() {
      yield Buffer.from("first ");
      await passed;
      yield Buffer.from("last");
    }
    const path = `/together/${slow}`;
    const script = {
      head: () => ({ body: "first last", after: passed }),
      body: () => ({ body: slowly() }),
    };
    here.origin.on(path, () => ({ fields: [fresh()], ...script[slow]() }));
    const before = await home.asynchronous();
    const asked = Array.from({ length: 100 }, () => home.ask(path));
    await arrived(home, before, 100);
    open();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map((answer) => answer.text()))).toEqual(new Set(["first last"]));
    expect(here.origin.count(path)).toBe(1);
    expect(answers.filter(({ headers }) => /collapsed/.test(headers["cache-status"]))).not.toEqual(
      [],
    );
    await home.idle();
    expect(seen(await home.ask(path))).toEqual([200, "HIT", "first last"]);
  });

  test("also from two places", async () => {
    const { passed, open } = gate();
    // Each Worker here has an address of its own, which would be another key.
    const headers = { host: "site.example" };
    here.origin.on("/together/places", { fields: [fresh()], body: "one", after: passed });
    const before = [await home.asynchronous(), await abroad.asynchronous()];
    const asked = [home, abroad].flatMap((worker) =>
      Array.from({ length: 50 }, () => worker.ask("/together/places", { headers })),
    );
    await arrived(home, before[0], 50);
    await arrived(abroad, before[1], 50);
    open();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map((answer) => answer.text()))).toEqual(new Set(["one"]));
    expect(here.origin.count("/together/places")).toBe(1);
  });

  test("of an answer that may not be shared, each gets its own", async () => {
    const { passed, open } = gate();
    let contacts = 0;
    here.origin.on("/together/private", async () => {
      contacts += 1;
      const own = `${contacts}`;
      await passed;
      return { fields: [["Cache-Control", "private"]], body: own };
    });
    const before = await home.asynchronous();
    const asked = Array.from({ length: 30 }, () => home.ask("/together/private"));
    await arrived(home, before, 30);
    open();
    const bodies = (await Promise.all(asked)).map((answer) => answer.text());
    expect(new Set(bodies).size).toBe(30);
    expect(contacts).toBe(30);
  });

  test("the first one leaves, and the others and the store get all of it", async () => {
    const { passed, open } = gate();
    async function* slowly() {
      yield Buffer.alloc(1000, "a");
      await passed;
      yield Buffer.alloc(1000, "b");
    }
    here.origin.on("/together/left", () => ({ fields: [fresh()], body: slowly() }));
    const { response, leave } = await home.open("/together/left");
    response.on("error", () => {});
    const before = await home.asynchronous();
    const other = home.ask("/together/left");
    await arrived(home, before, 1);
    leave();
    open();
    expect((await other).body.length).toBe(2000);
    await home.idle();
    expect(verdict(await home.ask("/together/left"))).toBe("HIT");
    expect(here.origin.count("/together/left")).toBe(1);
  });
});

describe("bodies that end wrongly", () => {
  const whole = { fields: [fresh()], body: "whole" };

  test.each([
    ["broken off, with a length", { body: "half of it", declared: 20, breaksOff: true }],
    ["broken off, in chunks", { body: "half of it", framing: "chunked", breaksOff: true }],
    ["shorter than declared", { body: "short", declared: 20 }],
    [
      "in chunks that are none",
      {
        raw: "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
      },
    ],
  ])("%s: an error for the client, and nothing stored", async (name, answer) => {
    const path = `/broken/${encodeURIComponent(name)}`;
    here.origin.on(path, { fields: [fresh()], ...answer }, whole);
    const got = await home.ask(path).catch((error) => error);
    if (got instanceof Error) expect(got.message).toMatch(/aborted|hang up|ECONNRESET/);
    else expect([got.status, got.headers["cache-control"]]).toEqual([502, "no-store"]);
    await home.idle();
    expect(seen(await home.ask(path))).toEqual([200, "MISS", "whole"]);
    expect(here.origin.count(path)).toBe(2);
  });

  test("longer than declared: what is beyond the length belongs to nobody", async () => {
    here.origin.on("/broken/long", { fields: [fresh()], body: "0123456789", declared: 4 });
    const got = await home.ask("/broken/long");
    expect({ 200: "0123", 502: undefined }).toHaveProperty(`${got.status}`);
    if (got.status === 200) expect(got.text()).toBe("0123");
    here.origin.on("/broken/after", whole);
    expect((await home.ask("/broken/after")).text()).toBe("whole");
  });

  test.each([
    ["no HTTP", "hello there\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"],
    ["no number for a length", "HTTP/1.1 200 OK\r\nContent-Length: four\r\n\r\nabcd"],
    ["a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 4\r\n\r\nabcd"],
    ["nothing at all", ""],
  ])("an answer that is %s is a problem, and not stored", async (name, raw) => {
    const path = `/nonsense/${encodeURIComponent(name)}`;
    // For good: the runtime itself repeats a GET whose connection ended before any answer.
    here.origin.on(path, { raw });
    const answer = await home.ask(path);
    // The runtime does not tell an answer that is none from a connection that was lost.
    expect([502, 503]).toContain(answer.status);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    await home.idle();
    here.origin.on(path, whole);
    expect((await home.ask(path)).text()).toBe("whole");
  });

  test("a stale answer stands in for one that breaks off before its head", async () => {
    const fields = [["Cache-Control", "max-age=10, stale-if-error=100"]];
    here.origin.on("/broken/stale", { fields, body: "kept" }, { raw: "" });
    await home.ask("/broken/stale");
    await here.pass(11);
    expect(seen(await home.ask("/broken/stale"))).toEqual([200, "STALE", "kept"]);
  });
});

describe("a hundred megabytes", () => {
  const PIECE = 64 * 1024;
  const LENGTH = 100 * MB;
  // What the sockets of two hops may hold on a machine with large buffers, far less than the body.
  const AHEAD_MAX = 80 * MB;

  function* pieces() {
    for (let at = 0; at < LENGTH; at += PIECE) yield Buffer.alloc(PIECE, at / PIECE);
  }

  test.each([
    ["of told length", { declared: LENGTH }],
    ["in chunks", {}],
  ])("%s stream through, no faster than they are read, and are not stored", async (name, told) => {
    const path = `/large/${encodeURIComponent(name)}`;
    here.origin.on(path, () => ({ fields: [fresh()], body: pieces(), ...told }));
    const { response } = await home.open(path);
    const [contact] = here.origin.to(path);
    // Nobody reads. It has come to rest once many other exchanges find it where it was.
    let last;
    for (let still = 0; still < 100; still = contact.sent === last ? still + 1 : 0) {
      last = contact.sent;
      await home.control({});
    }
    expect(contact.sent).toBeLessThan(AHEAD_MAX);
    const [got, made] = [createHash("sha256"), createHash("sha256")];
    let read = 0;
    for await (const chunk of response) {
      got.update(chunk);
      read += chunk.length;
      expect(contact.sent - read).toBeLessThan(AHEAD_MAX);
    }
    for (const piece of pieces()) made.update(piece);
    expect([read, got.digest("hex")]).toEqual([LENGTH, made.digest("hex")]);
    await home.idle();
    const again = await home.open(path);
    expect(again.response.headers["x-cache-status"]).not.toBe("HIT");
    again.leave();
    expect(here.origin.count(path)).toBe(2);
  });

  test("a range of them costs no more than the range", async () => {
    const body = Buffer.concat([...pieces()]);
    const fields = [fresh(), ["ETag", '"v1"']];
    here.origin.on("/large/range", { fields, body, heeds: "both" });
    const from = 50 * MB + 5;
    const answer = await home.ask("/large/range", {
      headers: { range: `bytes=${from}-${from + 9}` },
    });
    expect([answer.status, answer.headers["content-range"]]).toEqual([
      206,
      `bytes ${from}-${from + 9}/${LENGTH}`,
    ]);
    expect(answer.body).toEqual(body.subarray(from, from + 10));
    await home.idle();
    const sent = here.origin.to("/large/range").reduce((sum, contact) => sum + contact.sent, 0);
    expect(sent).toBeLessThan(AHEAD_MAX);
  });
});

describe("content codings", () => {
  const packed = gzipSync(Buffer.alloc(5000, "compress me "));

  test.each([
    ["gzip", packed],
    ["br", Buffer.from([139, 2, 128, 104, 105, 3])],
    ["gzip", Buffer.from("this is no gzip at all")],
  ])("%s: byte for byte as the origin sent it, cold and stored", async (coding, body) => {
    const path = `/coded/${coding}${body.length}`;
    const fields = [fresh(), ["Content-Encoding", coding], ["Vary", "Accept-Encoding"]];
    here.origin.on(path, { fields, body });
    for (const expected of ["MISS", "HIT"]) {
      const answer = await home.ask(path, { headers: { "accept-encoding": "gzip, br" } });
      expect([verdict(answer), answer.headers["content-encoding"]]).toEqual([expected, coding]);
      expect(answer.body).toEqual(body);
      expect(answer.headers["content-length"]).toBe(`${body.length}`);
      await home.idle();
    }
  });

  test("who takes gzip and who does not never get each other's", async () => {
    here.origin.on("/coded/negotiated", ({ field }) => {
      const coded = /gzip/.test(field("accept-encoding") ?? "");
      const fields = [fresh(), ["Vary", "Accept-Encoding"]];
      if (!coded) return { fields, body: "plain" };
      return { fields: [...fields, ["Content-Encoding", "gzip"]], body: packed };
    });
    for (const _ of ["cold", "stored"]) {
      const plain = await home.ask("/coded/negotiated");
      expect([plain.text(), plain.headers["content-encoding"]]).toEqual(["plain", undefined]);
      const coded = await home.ask("/coded/negotiated", { headers: { "accept-encoding": "gzip" } });
      expect([coded.headers["content-encoding"], coded.body]).toEqual(["gzip", packed]);
      await home.idle();
    }
  });
});

describe("upwards, and both ways", () => {
  test("a request's body streams to the origin", async () => {
    const { passed, open } = gate();
    here.origin.on("/up", async ({ body }) => ({ body: `${(await body).length} bytes` }));
    async function* slowly() {
      yield Buffer.alloc(1000);
      await passed;
      yield Buffer.alloc(500);
    }
    const asked = home.ask("/up", { method: "POST", body: Readable.from(slowly()) });
    await until("the first part is there", () => here.origin.to("/up")[0]?.received === 1000);
    open();
    const answer = await asked;
    expect([answer.status, answer.text()]).toEqual([200, "1500 bytes"]);
    expect(here.origin.count("/up")).toBe(1);
  });

  test("a body that is only passed on streams to the client", async () => {
    const { passed, open } = gate();
    async function* slowly() {
      yield Buffer.from("first ");
      await passed;
      yield Buffer.from("last");
    }
    here.origin.on("/down", () => ({ fields: [["Cache-Control", "no-store"]], body: slowly() }));
    const { response } = await home.open("/down", { method: "POST" });
    const pieces = response[Symbol.asyncIterator]();
    expect((await pieces.next()).value.toString()).toBe("first ");
    open();
    expect((await pieces.next()).value.toString()).toBe("last");
  });

  test("a WebSocket's messages go there and back", async () => {
    here.origin.on("/socket", { socket: "echo" });
    const socket = new WebSocket(`${home.url.replace("http", "ws")}socket`);
    const heard = new Promise((resolve, reject) => {
      socket.onmessage = ({ data }) => resolve(data);
      socket.onerror = () => reject(new Error("no WebSocket"));
    });
    socket.onopen = () => socket.send("hello");
    expect(await heard).toBe("hello");
    const closed = new Promise((resolve) => (socket.onclose = resolve));
    socket.close();
    await closed;
    expect(here.origin.to("/socket")[0].field("upgrade")).toBe("websocket");
  });

  test("a refused upgrade is what the origin said", async () => {
    here.origin.on("/socket/refused", { status: 403 });
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      "sec-websocket-version": "13",
    };
    const answer = await home.ask("/socket/refused", { headers });
    expect(answer.status).toBe(403);
  });
});
