// Which fields cross, and as what: a client's on their way to the origin, an origin's on their way back
// (RFC 9110 §7.6), and what Forebay says itself.

import { describe, expect, test } from "vitest";
import { fresh, proxied, seen, verdict } from "./support/proxied.js";

const here = proxied();

const open = { fields: [fresh()], body: "body" };
const host = () => new URL(here.worker.url).host;

/** Asks for a path and gives the request as the origin saw it. */
async function reached(path, headers, method = "GET") {
  here.origin.on(path, open);
  await here.worker.ask(path, { headers, method });
  return here.origin.to(path).at(-1);
}

describe("a client's fields", () => {
  test("end-to-end ones reach the origin", async () => {
    const sent = {
      accept: "text/html, a/b;q=0.5",
      "accept-language": "de",
      cookie: "a=1; b=2",
      "user-agent": "tests",
      "x-mine": "1",
      referer: "http://x.example/",
    };
    const contact = await reached("/to/end", sent);
    for (const [name, value] of Object.entries(sent)) expect(contact.field(name), name).toBe(value);
  });

  test("hop-by-hop ones do not", async () => {
    const contact = await reached("/to/hop", {
      te: "trailers, deflate",
      "keep-alive": "timeout=5",
      "proxy-connection": "keep-alive",
      "proxy-authorization": "Basic YTph",
      upgrade: "h2c",
    });
    for (const name of ["te", "keep-alive", "proxy-connection", "proxy-authorization", "upgrade"]) {
      expect(contact.field(name), name).toBeUndefined();
    }
  });

  test("nor those that Connection names", async () => {
    const contact = await reached("/to/named", { connection: "close, x-hop", "x-hop": "1" });
    expect(contact.field("x-hop")).toBeUndefined();
  });

  test.each([
    "X-Forwarded-Host",
    "X-Forwarded-Server",
    "X-Forwarded-For",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Host",
    "X-HTTP-Method-Override",
    "Forwarded",
    "X-Real-IP",
    "x_forwarded_host",
  ])("%s from outside reaches neither the origin nor another client", async (name) => {
    const path = `/to/poison/${name}`;
    here.origin.on(path, ({ fields }) => ({ fields: [fresh()], body: JSON.stringify(fields) }));
    const first = await here.worker.ask(path, { headers: { [name]: "evil.example" } });
    expect(first.text()).not.toContain("evil");
    await here.worker.idle();
    const second = await here.worker.ask(path);
    expect([verdict(second), second.text()]).toEqual(["HIT", first.text()]);
  });

  test("the origin is told the client's host, the scheme and who passed it on", async () => {
    const contact = await reached("/to/told", { via: "1.0 fred" });
    expect(contact.lines("x-forwarded-host")).toEqual([host()]);
    expect(contact.field("x-forwarded-proto")).toBe("http");
    expect(contact.field("via")).toMatch(/^1\.0 fred, 1\.1 forebay$/);
    expect(contact.field("host")).toBe(new URL(here.origin.url).host);
    // An answer that is stored for all must not depend on who asked first.
    expect(contact.field("x-forwarded-for")).toBeUndefined();
  });

  test("a host of another name is another key", async () => {
    here.origin.on("/to/host", ({ field }) => ({ ...open, body: field("x-forwarded-host") }));
    for (const name of ["one.example", "two.example", "ONE.example:80"]) {
      const answer = await here.worker.ask("/to/host", { headers: { host: name } });
      expect(answer.text()).toBe(name.toLowerCase().replace(":80", ""));
      await here.worker.idle();
    }
    expect(here.origin.count("/to/host")).toBe(2);
  });

  test("what the site trusts passes", async () => {
    const contact = await reached("/trusting/a", { "x-forwarded-host": "outer.example" });
    expect(contact.field("x-forwarded-host")).toBe("outer.example");
  });

  test("nothing of the platform's, and no credentials of Forebay's, go along", async () => {
    const { fields } = await reached("/to/clean", {});
    const names = fields.map(([name]) => name.toLowerCase());
    // Of the platform's own, `CF-Worker` alone is beyond us: the runtime adds it.
    expect(names.filter((name) => /^(cf-(?!worker)|mf-|x-edge|forebay)/.test(name))).toEqual([]);
  });
});

describe("a trace (W3C Trace Context)", () => {
  const TRACE = "0af7651916cd43dd8448eb211c80319c";
  const PARENT = `00-${TRACE}-b7ad6b7169203331-00`;
  const OWN = new RegExp(`^00-${TRACE}-(?!b7ad6b7169203331|0{16})[0-9a-f]{16}-00$`);
  const told = async (path, headers, fields = [fresh()]) => {
    const answer = await here.serve(path, { fields })(headers);
    expect(answer.status).toBe(200);
    const contact = here.origin.to(path).at(-1);
    return [contact.lines("traceparent"), contact.lines("tracestate")];
  };

  test.each([
    ["through the shield", fresh()],
    ["straight", ["Cache-Control", "no-store"]],
  ])("goes on under a span of our own, %s", async (how, field) => {
    const headers = { traceparent: PARENT, tracestate: "a=1,b=2" };
    const [parents, states] = await told(`/trace/${encodeURIComponent(how)}`, headers, [field]);
    expect(parents).toEqual([expect.stringMatching(OWN)]);
    expect(states).toEqual(["a=1,b=2"]);
  });

  test.each([
    ["none", {}],
    ["upper case", { traceparent: PARENT.toUpperCase(), tracestate: "a=1" }],
    ["a span of zeros", { traceparent: `00-${TRACE}-0000000000000000-01`, tracestate: "a=1" }],
    ["two", { traceparent: [PARENT, PARENT], tracestate: "a=1" }],
  ])("begins anew: %s", async (name, headers) => {
    const [parents, states] = await told(`/anew/${encodeURIComponent(name)}`, headers);
    expect(parents).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)]);
    expect(parents[0]).not.toContain(TRACE);
    expect(states).toEqual([]);
  });

  test("of different traces the answer is the same one", async () => {
    const ask = here.serve("/shared-trace", { fields: [fresh()], body: "one" });
    await ask({ traceparent: PARENT });
    const other = await ask({ traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` });
    expect(seen(other)).toEqual([200, "HIT", "one"]);
    expect(here.origin.count("/shared-trace")).toBe(1);
  });
});

describe("an origin's fields", () => {
  test("repeated ones keep their order, cold and stored", async () => {
    const fields = [
      fresh(),
      ["X-B", "1"],
      ["Link", "<a>; rel=x"],
      ["X-B", "2, 3"],
      ["Link", "<b>; rel=y"],
      ["Warning", '199 - "one"'],
    ];
    const ask = here.serve("/from/repeated", { fields, body: "body" });
    for (const expected of ["MISS", "HIT"]) {
      const { headers } = await ask();
      expect(headers["x-cache-status"]).toBe(expected);
      expect(headers["x-b"]).toBe("1, 2, 3");
      expect(headers.link).toBe("<a>; rel=x, <b>; rel=y");
      expect(headers.warning).toBe('199 - "one"');
      await here.worker.idle();
    }
  });

  test("each Set-Cookie stays a line of its own", async () => {
    const cookies = ["a=1; Expires=Wed, 21 Nov 2040 13:00:00 GMT", "b=2", "a=3"];
    const fields = cookies.map((cookie) => ["Set-Cookie", cookie]);
    const answer = await here.serve("/from/cookies", { fields, body: "body" })();
    expect(answer.lines("set-cookie")).toEqual(cookies);
  });

  test("hop-by-hop ones end here", async () => {
    const fields = [
      fresh(),
      ["Proxy-Authenticate", "Basic"],
      ["Proxy-Connection", "x"],
      ["TE", "x"],
    ];
    const ask = here.serve("/from/hop", { fields, body: "body" });
    for (const _ of ["cold", "stored"]) {
      const { headers } = await ask();
      for (const name of ["proxy-connection", "te", "proxy-authenticate"]) {
        expect(headers[name], name).toBeUndefined();
      }
      await here.worker.idle();
    }
  });

  test("and so do those that Connection names", async () => {
    const raw =
      "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n" +
      "Content-Length: 4\r\n\r\nbody";
    const ask = here.serve("/from/named", { raw });
    for (const _ of ["cold", "stored"]) {
      expect((await ask()).headers["x-hop"]).toBeUndefined();
      await here.worker.idle();
    }
  });

  test("do not speak for Forebay", async () => {
    const names = ["X-Cache-Status", "X-Request-ID", "Server-Timing", "X-Edge-Location"];
    const fields = [fresh(), ...names.map((name) => [name, "forged"])];
    const ask = here.serve("/from/forged", { fields, body: "body" });
    for (const _ of ["cold", "stored"]) {
      const { headers } = await ask();
      for (const name of names) expect(headers[name.toLowerCase()], name).not.toContain("forged");
      await here.worker.idle();
    }
  });

  test("Cache-Status of a cache behind stands before ours (RFC 9211 §2)", async () => {
    const fields = [fresh(), ["Cache-Status", "behind; hit"]];
    const { headers } = await here.serve("/from/cache-status", { fields, body: "body" })();
    expect(headers["cache-status"]).toMatch(/^behind; hit, .*forebay/);
  });

  test("Date, Server and Via stay what they were", async () => {
    const date = "Wed, 21 Nov 2040 11:59:50 GMT";
    const fields = [fresh(600), ["Server", "scripted/1"], ["Via", "1.1 inner"]];
    const ask = here.serve("/from/date", { date, fields, body: "body" });
    for (const _ of ["cold", "stored"]) {
      const { headers } = await ask();
      expect([headers.date, headers.server]).toEqual([date, "scripted/1"]);
      expect(headers.via).toMatch(/^1\.1 inner/);
      await here.worker.idle();
    }
  });

  test("a request id is each request's own, also on hits", async () => {
    const ask = here.serve("/from/ids", open);
    const ids = [];
    for (const _ of ["cold", "stored", "again"]) {
      ids.push((await ask()).headers["x-request-id"]);
      await here.worker.idle();
    }
    expect(new Set(ids).size).toBe(3);
  });
});

describe("statuses", () => {
  test("103 before an answer does not take its place, and leaves nothing in the store", async () => {
    const hinted = {
      ...open,
      hints: [
        ["Link", "</a.css>"],
        ["X-Hint", "1"],
      ],
    };
    const ask = here.serve("/status/hints", hinted);
    for (const expected of ["MISS", "HIT"]) {
      const answer = await ask();
      expect(seen(answer)).toEqual([200, expected, "body"]);
      expect(answer.headers["x-hint"]).toBeUndefined();
      await here.worker.idle();
    }
    expect(here.origin.count("/status/hints")).toBe(1);
  });

  test.each([600, 999])("%i, which is none, is a bad gateway", async (status) => {
    const ask = here.serve(`/status/${status}`, { status, fields: [fresh()], body: "odd" });
    const answer = await ask();
    expect([answer.status, answer.headers["content-type"]]).toEqual([
      502,
      "application/problem+json",
    ]);
  });

  test("304 that nobody asked for is no answer to store", async () => {
    const ask = here.serve(
      "/status/304",
      { status: 304, fields: [["ETag", '"v1"'], fresh()] },
      open,
    );
    expect([304, 502]).toContain((await ask()).status);
    await here.worker.idle();
    expect((await ask()).text()).toBe("body");
  });

  test("redirects are the client's to follow", async () => {
    const fields = [["Location", "/status/there"]];
    const answer = await here.serve("/status/302", { status: 302, fields })();
    expect([answer.status, answer.headers.location]).toEqual([302, "/status/there"]);
    expect(here.origin.count("/status/there")).toBe(0);
  });
});
