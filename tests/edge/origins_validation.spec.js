// What becomes of stored answers: validated, freshened, served stale or invalidated (RFC 9111 §4.2.4,
// §4.3, §4.4, RFC 5861).

import { describe, expect, test } from "vitest";
import { gate } from "./scripted_origin.js";
import { fresh, proxied, seen, verdict } from "./support/proxied.js";
import { until } from "./support/until.js";

const here = proxied();

const OLD = "Sat, 21 Nov 2020 12:00:00 GMT";
const cacheControl = (value) => ["Cache-Control", value];

describe("validation (RFC 9111 §4.3)", () => {
  test.each([
    ["an entity tag", [["ETag", '"v1"']], { "if-none-match": '"v1"' }],
    ["a weak entity tag", [["ETag", 'W/"v1"']], { "if-none-match": 'W/"v1"' }],
    ["Last-Modified", [["Last-Modified", OLD]], { "if-modified-since": OLD }],
  ])("by %s: 304 makes it fresh again", async (name, validators, conditions) => {
    const path = `/validated/${encodeURIComponent(name)}`;
    const fields = [...validators, fresh(10), ["X-Old", "1"], ["X-Both", "old"]];
    const ask = here.serve(
      path,
      { fields, body: "kept" },
      { status: 304, fields: [...validators, fresh(20), ["X-Both", "new"]] },
    );
    await ask();
    await here.pass(11);
    const answer = await ask();
    expect(seen(answer)).toEqual([200, "REVALIDATED", "kept"]);
    expect([answer.headers["x-old"], answer.headers["x-both"]]).toEqual(["1", "new"]);
    expect(answer.headers["cache-status"]).toContain("fwd=stale");
    const [, second] = here.origin.to(path);
    for (const [field, value] of Object.entries(conditions))
      expect(second.field(field)).toBe(value);
    await here.pass(15);
    const hit = await ask();
    expect([verdict(hit), hit.headers["x-both"], hit.headers.age]).toEqual(["HIT", "new", "15"]);
    expect(here.origin.count(path)).toBe(2);
  });

  test("a hit shows what the 304 changed, though it is as old as an earlier hit", async () => {
    const path = "/validated/again";
    const fields = [["ETag", '"v1"'], fresh(10)];
    const ask = here.serve(
      path,
      { fields: [...fields, ["X-Mark", "old"]], body: "kept" },
      { status: 304, fields: [...fields, ["X-Mark", "new"]] },
    );
    /** The memory lane's answer, three seconds after the origin's. */
    const hit = async () => {
      await here.pass(3);
      // What the isolate knows of purges is renewed on the other lane.
      await ask();
      await here.worker.idle();
      const before = await here.worker.asynchronous();
      const answer = await ask();
      expect(await here.worker.asynchronous()).toBe(before);
      return [verdict(answer), answer.headers.age, answer.headers["x-mark"]];
    };
    await ask();
    expect(await hit()).toEqual(["HIT", "3", "old"]);
    await here.pass(8);
    expect(verdict(await ask())).toBe("REVALIDATED");
    expect(await hit()).toEqual(["HIT", "3", "new"]);
    expect(here.origin.count(path)).toBe(2);
  });

  test("a full answer replaces what was stored, fields and all", async () => {
    const ask = here.serve(
      "/replaced",
      { fields: [["ETag", '"v1"'], fresh(10), ["X-Old", "1"]], body: "old" },
      { fields: [["ETag", '"v2"'], fresh(10)], body: "new" },
    );
    await ask();
    await here.pass(11);
    const answer = await ask();
    expect(seen(answer)).toEqual([200, "EXPIRED", "new"]);
    expect(answer.headers["x-old"]).toBeUndefined();
    await here.worker.idle();
    expect(seen(await ask())).toEqual([200, "HIT", "new"]);
  });

  test("a 304 leaves what tells of the body as it was stored (§3.2)", async () => {
    const own = [["ETag", '"v1"'], fresh(10), ["Content-Type", "text/plain"]];
    const lies = [
      ["Content-Encoding", "br"],
      ["Content-Range", "bytes 0-0/1"],
      ["Connection", "x-hop"],
    ];
    const ask = here.serve(
      "/merged",
      { fields: own, body: "kept" },
      { status: 304, fields: [["ETag", '"v1"'], fresh(20), ...lies, ["X-Hop", "1"]] },
    );
    await ask();
    await here.pass(11);
    const { headers } = await ask();
    expect(headers["content-length"] ?? "4").toBe("4");
    for (const name of ["content-encoding", "content-range", "x-hop"]) {
      expect(headers[name], name).toBeUndefined();
    }
  });

  test("no-cache is stored and validated each time", async () => {
    const fields = [["ETag", '"v1"'], cacheControl("no-cache")];
    const ask = here.serve("/no-cache", { fields, body: "kept", heeds: "conditions" });
    await ask();
    for (const count of [2, 3]) {
      await here.worker.idle();
      expect(seen(await ask())).toEqual([200, "REVALIDATED", "kept"]);
      expect(here.origin.count("/no-cache")).toBe(count);
    }
  });

  test("a 304 about another tag than the stored one's is asked again, without conditions", async () => {
    const ask = here.serve(
      "/unmatched",
      { fields: [["ETag", '"v1"'], fresh(10)], body: "old" },
      { status: 304, fields: [["ETag", '"v9"'], fresh(10)] },
      { fields: [["ETag", '"v9"'], fresh(10)], body: "new" },
    );
    await ask();
    await here.pass(11);
    const answer = await ask();
    expect([answer.status, answer.text()]).toEqual([200, "new"]);
    expect(here.origin.to("/unmatched")[2].field("if-none-match")).toBeUndefined();
  });

  test("a hundred clients of one stale answer make one validation", async () => {
    const fields = [["ETag", '"v1"'], fresh(10)];
    const { passed, open } = gate();
    const ask = here.serve(
      "/together",
      { fields, body: "kept" },
      { status: 304, fields, after: passed },
    );
    await ask();
    await here.pass(11);
    const before = await here.worker.asynchronous();
    const asked = Array.from({ length: 100 }, () => ask());
    await until("all are there", async () => {
      return (await here.worker.asynchronous()) >= before + 100;
    });
    await until("the origin is asked", () => here.origin.count("/together") === 2);
    open();
    const answers = await Promise.all(asked);
    expect(new Set(answers.map((answer) => answer.text()))).toEqual(new Set(["kept"]));
    expect(here.origin.count("/together")).toBe(2);
  });
});

describe("conditional requests of clients (RFC 9110 §13)", () => {
  const fields = [["ETag", '"v1"'], ["Last-Modified", OLD], fresh(), ["Content-Type", "a/b"]];

  test.each([
    ["its tag", { "if-none-match": '"v1"' }, 304],
    ["its tag, weakly, in a list", { "if-none-match": '"a", W/"v1"' }, 304],
    ["a star", { "if-none-match": "*" }, 304],
    ["another tag", { "if-none-match": '"v2"' }, 200],
    ["its date", { "if-modified-since": OLD }, 304],
    ["an older date", { "if-modified-since": "Fri, 20 Nov 2020 12:00:00 GMT" }, 200],
    ["another tag and its date", { "if-none-match": '"v2"', "if-modified-since": OLD }, 200],
  ])("%s, from the store", async (_, headers, status) => {
    const ask = here.serve("/conditional", { fields, body: "kept", heeds: "conditions" });
    await ask();
    await here.worker.idle();
    const before = here.origin.count("/conditional");
    const answer = await ask(headers);
    expect(answer.status).toBe(status);
    if (status === 304) {
      expect([answer.body.length, answer.headers.etag]).toEqual([0, '"v1"']);
      expect(answer.headers["content-type"]).toBeUndefined();
    }
    expect(here.origin.count("/conditional")).toBe(before);
  });

  test("on a cold store the client gets its 304, and the whole is stored or asked for later", async () => {
    const ask = here.serve("/conditional/cold", { fields, body: "kept", heeds: "conditions" });
    expect((await ask({ "if-none-match": '"v1"' })).status).toBe(304);
    await here.worker.idle();
    const answer = await ask();
    expect([answer.status, answer.text()]).toEqual([200, "kept"]);
    expect(here.origin.count("/conditional/cold")).toBeLessThanOrEqual(2);
  });

  test("a stale one is validated, and the client's tag still gives 304", async () => {
    const short = [["ETag", '"v1"'], fresh(10)];
    const ask = here.serve("/conditional/stale", {
      fields: short,
      body: "kept",
      heeds: "conditions",
    });
    await ask();
    await here.pass(11);
    expect((await ask({ "if-none-match": '"v1"' })).status).toBe(304);
    await here.worker.idle();
    expect(seen(await ask())).toEqual([200, "HIT", "kept"]);
    expect(here.origin.count("/conditional/stale")).toBe(2);
  });

  test.each([
    ["If-Match", '"v2"'],
    ["If-Unmodified-Since", "Fri, 20 Nov 2020 12:00:00 GMT"],
  ])("%s is the origin's to judge, whatever is stored (RFC 9111 §4.3.2)", async (name, value) => {
    const path = `/conditional/${name}`;
    const ask = here.serve(path, ({ field }) => ({
      status: field(name) ? 412 : 200,
      fields,
      body: "kept",
    }));
    await ask();
    await here.worker.idle();
    expect((await ask({ [name]: value })).status).toBe(412);
    expect(here.origin.to(path)[1].field(name)).toBe(value);
    await here.worker.idle();
    expect(seen(await ask())).toEqual([200, "HIT", "kept"]);
  });

  test("If-Match of an unsafe request reaches the origin", async () => {
    const ask = here.serve("/conditional/put", { status: 412 });
    expect((await ask({ "if-match": '"v1"' }, "PUT")).status).toBe(412);
    expect(here.origin.to("/conditional/put")[0].field("if-match")).toBe('"v1"');
  });
});

describe("stale-while-revalidate (RFC 5861 §3)", () => {
  test("one contact behind the answer, with the fields that select it", async () => {
    const fields = [
      cacheControl("max-age=10, stale-while-revalidate=20"),
      ["Vary", "Accept-Language"],
    ];
    const { passed, open } = gate();
    const ask = here.serve("/swr", { fields, body: "one" }, { fields, body: "two", after: passed });
    const german = { "accept-language": "de" };
    await ask(german);
    await here.pass(15);
    for (const _ of ["first", "second", "third"]) {
      expect(seen(await ask(german))).toEqual([200, "STALE", "one"]);
    }
    await until("the origin is asked", () => here.origin.count("/swr") === 2);
    open();
    await here.worker.idle();
    expect(seen(await ask(german))).toEqual([200, "HIT", "two"]);
    expect(here.origin.to("/swr").map(({ field }) => field("accept-language"))).toEqual([
      "de",
      "de",
    ]);
  });

  test("outside of its window the answer is awaited", async () => {
    const fields = [cacheControl("max-age=10, stale-while-revalidate=20")];
    const ask = here.serve("/swr/late", { fields, body: "one" }, { fields, body: "two" });
    await ask();
    await here.pass(31);
    expect(seen(await ask())).toEqual([200, "EXPIRED", "two"]);
  });

  test("a revalidation that fails leaves what is there", async () => {
    const fields = [cacheControl("max-age=10, stale-while-revalidate=50")];
    const ask = here.serve("/swr/failing", { fields, body: "one" }, { status: 500, body: "no" });
    await ask();
    await here.pass(15);
    for (const _ of ["first", "second"]) {
      expect((await ask()).text()).toBe("one");
      await here.worker.idle();
    }
    expect(here.origin.count("/swr/failing")).toBeGreaterThan(1);
  });
});

describe("when the origin fails", () => {
  const failing = { status: 503, body: "down" };

  test("stale-if-error answers within its window, and not outside (RFC 5861 §4)", async () => {
    const fields = [cacheControl("max-age=10, stale-if-error=20")];
    const ask = here.serve("/sie", { fields, body: "kept" }, failing);
    await ask();
    await here.pass(25);
    const stale = await ask();
    expect(seen(stale)).toEqual([200, "STALE", "kept"]);
    expect(stale.headers.age).toBe("25");
    await here.pass(10);
    const late = await ask();
    expect([late.status, late.text()]).toEqual([503, "down"]);
  });

  test("a client's stale-if-error opens a window as well", async () => {
    const ask = here.serve("/sie/client", { fields: [fresh(10)], body: "kept" }, failing);
    await ask();
    await here.pass(15);
    expect((await ask({ "cache-control": "stale-if-error=60" })).text()).toBe("kept");
  });

  test.each(["must-revalidate", "proxy-revalidate", "s-maxage=10"])(
    "%s with a dead origin is an error, never stale",
    async (directive) => {
      const path = `/dead/${encodeURIComponent(directive)}`;
      const fields = [cacheControl(`max-age=10, ${directive}`)];
      const ask = here.serve(path, { fields, body: "kept" });
      await ask();
      await here.pass(11);
      await here.origin.stop();
      try {
        const answer = await ask();
        expect(answer.status).toBe(504);
        expect(answer.headers["content-type"]).toBe("application/problem+json");
      } finally {
        await here.origin.start();
      }
      expect((await ask()).text()).toBe("kept");
    },
  );

  test("nothing forbids it: a dead origin's answer is served stale (RFC 9111 §4.2.4)", async () => {
    const ask = here.serve("/dead/allowed", { fields: [fresh(10)], body: "kept" });
    await ask();
    await here.pass(11);
    await here.origin.stop();
    try {
      expect(seen(await ask())).toEqual([200, "STALE", "kept"]);
    } finally {
      await here.origin.start();
    }
  });
});

describe("invalidation (RFC 9111 §4.4)", () => {
  /** Stores these paths, sends an unsafe request, and tells which of them are asked for anew. */
  async function anew(at, answer, method = "POST") {
    const paths = ["target", "location", "content", "other"].map((name) => `${at}/${name}`);
    for (const path of paths) {
      await here.serve(path, { fields: [fresh()], body: path })();
      await here.worker.idle();
      expect(verdict(await here.worker.ask(path))).toBe("HIT");
    }
    const [target] = paths;
    here.origin.on(target, ({ method: asked }) =>
      asked === method ? answer(paths) : { fields: [fresh()], body: target },
    );
    await here.worker.ask(target, { method });
    await here.worker.idle();
    const before = paths.map((path) => here.origin.count(path, "GET"));
    for (const path of paths) expect((await here.worker.ask(path)).text()).toBe(path);
    const asked = paths.filter((path, at) => here.origin.count(path, "GET") > before[at]);
    return asked.map((path) => path.slice(at.length + 1));
  }

  const links =
    (prefix) =>
    ([, location, content]) => ({
      status: 201,
      fields: [
        ["Location", `${prefix}${location}`],
        ["Content-Location", `${prefix}${content}`],
      ],
    });

  test.each(["POST", "PUT", "DELETE", "PATCH", "MKCOL"])("%s: its target", async (method) => {
    expect(await anew(`/invalid/${method}`, () => ({ status: 204 }), method)).toEqual(["target"]);
  });

  test("Location and Content-Location of the same origin", async () => {
    expect(await anew("/invalid/links", links(""))).toEqual(["target", "location", "content"]);
  });

  test("but not of another", async () => {
    const other = links("http://elsewhere.example");
    expect(await anew("/invalid/foreign", other)).toEqual(["target"]);
  });

  test.each([400, 404, 500, 503])("nothing after a %i", async (status) => {
    const failed = (paths) => ({ ...links("")(paths), status });
    expect(await anew(`/invalid/${status}`, failed)).toEqual([]);
  });

  test("nothing after a safe method", async () => {
    expect(await anew("/invalid/options", links(""), "PROPFIND")).toEqual([]);
  });
});
