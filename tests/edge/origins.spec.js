// Which answers of an HTTP origin are stored, and whom they answer (RFC 9111 §3, §4). Each test says
// what the client gets and how often the origin was asked.

import { describe, expect, test } from "vitest";
import { fresh, proxied, seen, verdict } from "./support/proxied.js";

const here = proxied({ names: ["first", "neighbour", "abroad"] });

/** A script that tells how often it was asked. */
const counting = (...fields) => {
  let contacts = 0;
  return () => ({ fields, body: `answer ${(contacts += 1)}` });
};

describe("storing", () => {
  test("a fresh answer is a hit from then on, and its age grows", async () => {
    const ask = here.serve("/fresh", counting(fresh(), ["X-Mine", "1"]));
    const miss = await ask();
    expect(seen(miss)).toEqual([200, "MISS", "answer 1"]);
    expect(miss.headers["cache-status"]).toMatch(/fwd=uri-miss.*; stored/);
    await here.pass(20);
    const hit = await ask();
    expect(seen(hit)).toEqual([200, "HIT", "answer 1"]);
    expect([hit.headers.age, hit.headers["x-mine"]]).toEqual(["20", "1"]);
    expect(hit.headers.date).toBe(miss.headers.date);
    expect(hit.headers["cache-status"]).toContain("hit; ttl=40");
    expect(here.origin.count("/fresh")).toBe(1);
    await here.pass(41);
    expect(seen(await ask())[2]).toBe("answer 2");
  });

  test.each([
    ["no-store", ["Cache-Control", "no-store, max-age=60"]],
    ["private", ["Cache-Control", "private, max-age=60"]],
    ["max-age=0 without a validator", ["Cache-Control", "max-age=0"]],
    ["no-cache without a validator", ["Cache-Control", "no-cache, max-age=60"]],
    ["s-maxage=0", ["Cache-Control", "max-age=60, s-maxage=0"]],
    ["Expires in the past", ["Expires", "Wed, 21 Nov 2040 11:00:00 GMT"]],
    ["Expires that is no date", ["Expires", "0"]],
    ["no word of freshness", ["X-Other", "1"]],
    ["must-understand, no-store", ["Cache-Control", "must-understand, no-store, max-age=60"], 299],
    ["Vary: *", ["Vary", "*"], 200, fresh()],
    ["a list of Vary with *", ["Vary", "Accept, *"], 200, fresh()],
    [
      "an unknown status with max-age and must-understand",
      ["Cache-Control", "must-understand, max-age=60"],
      299,
    ],
  ])("%s: never answers another request", async (name, field, status = 200, ...more) => {
    const path = `/not/${encodeURIComponent(name)}`;
    let contacts = 0;
    const ask = here.serve(path, () => {
      contacts += 1;
      return { status, fields: [field, ...more], body: `answer ${contacts}` };
    });
    for (const expected of ["answer 1", "answer 2", "answer 3"]) {
      const answer = await ask();
      expect([answer.status, answer.text()]).toEqual([status, expected]);
      expect(answer.headers["cache-status"]).not.toMatch(/hit|stored/);
      await here.worker.idle();
    }
    expect(contacts).toBe(3);
  });

  test("an answer with Set-Cookie goes to its client alone", async () => {
    const ask = here.serve(
      "/cookie",
      counting(fresh(), ["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"]),
    );
    const first = await ask();
    expect(first.lines("set-cookie")).toEqual(["a=1", "b=2"]);
    await here.worker.idle();
    expect((await ask()).text()).toBe("answer 2");
  });

  test.each([
    ["max-age", [fresh()]],
    ["Expires", [["Expires", "Wed, 21 Nov 2040 13:00:00 GMT"]]],
    ["s-maxage over max-age", [["Cache-Control", "max-age=0, s-maxage=60"]]],
    ["a heuristic", [["Last-Modified", "Sat, 21 Nov 2020 12:00:00 GMT"]]],
    [
      "no-cache for one field",
      [
        ["Cache-Control", 'max-age=60, no-cache="x-mine"'],
        ["X-Mine", "1"],
      ],
    ],
    ["upper case and quotes", [["CACHE-CONTROL", 'Max-Age="60"']]],
    [
      "two fields",
      [
        ["Cache-Control", "public"],
        ["Cache-Control", "max-age=60"],
      ],
    ],
  ])("%s makes it fresh", async (name, fields) => {
    const ask = here.serve(`/stored/${encodeURIComponent(name)}`, counting(...fields));
    await ask();
    await here.worker.idle();
    expect(seen(await ask())).toEqual([200, "HIT", "answer 1"]);
  });

  test.each([204, 301, 302, 307, 308, 404, 405, 410, 414, 500, 501])(
    "%i with max-age is stored, with its fields, and not followed",
    async (status) => {
      const fields = [fresh(), ["Location", "/elsewhere"]];
      const ask = here.serve(`/status/${status}`, { status, fields });
      for (const expected of ["MISS", "HIT"]) {
        const answer = await ask();
        expect([answer.status, verdict(answer)]).toEqual([status, expected]);
        expect(answer.headers.location).toBe("/elsewhere");
        await here.worker.idle();
      }
      expect(here.origin.count(`/status/${status}`)).toBe(1);
    },
  );

  test("a neighbour and another place find it, with all its fields and its age", async () => {
    const [, neighbour, abroad] = here.workers;
    await abroad.control({ colo: "abroad" });
    const fields = [fresh(600), ["X-B", "1"], ["X-A", "2"], ["ETag", '"v"'], ["Age", "7"]];
    // Each Worker here has an address of its own, which would be another key.
    const site = { host: "site.example" };
    await here.serve("/layers", { fields, body: "kept" })(site);
    await here.pass(3);
    for (const [worker, layer] of [
      [neighbour, "colo"],
      [abroad, "global"],
    ]) {
      const hit = await worker.ask("/layers", { headers: site });
      expect(seen(hit)).toEqual([200, "HIT", "kept"]);
      expect(hit.headers["cache-status"]).toContain(`forebay-${layer}; hit; ttl=590`);
      const { headers } = hit;
      expect([headers["x-a"], headers["x-b"], headers.etag, headers.age]).toEqual([
        "2",
        "1",
        '"v"',
        "10",
      ]);
    }
    expect(here.origin.count("/layers")).toBe(1);
  });
});

describe("Age (RFC 9111 §4.2.3)", () => {
  test("what the origin says is part of it, and of freshness", async () => {
    const ask = here.serve("/aged", counting(fresh(), ["Age", "50"]));
    await ask();
    await here.pass(5);
    const hit = await ask();
    expect([verdict(hit), hit.headers.age]).toEqual(["HIT", "55"]);
    await here.pass(6);
    expect((await ask()).text()).toBe("answer 2");
  });

  test("an old Date counts too", async () => {
    const old = new Date(here.origin.now - 30_000).toUTCString();
    const ask = here.serve("/dated", { date: old, fields: [fresh()], body: "old" });
    await ask();
    await here.pass(5);
    expect((await ask()).headers.age).toBe("35");
    await here.pass(30);
    expect(verdict(await ask())).not.toBe("HIT");
  });
});

describe("Vary (RFC 9111 §4.1)", () => {
  const byLanguage = (contact) => ({
    fields: [fresh(), ["Vary", "Accept-Language"]],
    body: contact.field("accept-language") ?? "none",
  });

  test("variants do not cross, and each is asked for once", async () => {
    const ask = here.serve("/vary", byLanguage);
    const of = (language) => ask(language === undefined ? {} : { "accept-language": language });
    for (const expected of ["MISS", "HIT"]) {
      for (const language of ["de", "fr", undefined]) {
        const answer = await of(language);
        expect([answer.text(), verdict(answer)]).toEqual([language ?? "none", expected]);
        await here.worker.idle();
      }
    }
    expect(here.origin.count("/vary")).toBe(3);
    expect((await of("it")).headers["cache-status"]).toContain("fwd=vary-miss");
  });

  test("what is written differently and means the same is one variant", async () => {
    const ask = here.serve("/vary/spaces", byLanguage);
    await ask({ "accept-language": "de, fr" });
    await here.worker.idle();
    const hit = await ask({ "accept-language": "de,fr" });
    expect([verdict(hit), hit.text()]).toEqual(["HIT", "de, fr"]);
  });

  test("a hundred languages at once each get their own", async () => {
    const ask = here.serve("/vary/many", byLanguage);
    const languages = Array.from({ length: 100 }, (_, index) => `x-l${index}`);
    const answers = await Promise.all(languages.map((of) => ask({ "accept-language": of })));
    expect(answers.map((answer) => answer.text())).toEqual(languages);
  });

  test("fields of two answers of one URI both select", async () => {
    const ask = here.serve("/vary/both", ({ field }) => ({
      fields: [fresh(), ["Vary", field("x-a") ? "X-A, X-B" : "X-A"]],
      body: `${field("x-a")} ${field("x-b")}`,
    }));
    const requests = [{}, { "x-a": "1" }, { "x-a": "1", "x-b": "2" }, { "x-a": "2", "x-b": "2" }];
    for (const expected of ["MISS", "HIT"]) {
      for (const headers of requests) {
        const answer = await ask(headers);
        const own = `${headers["x-a"]} ${headers["x-b"]}`;
        expect([answer.text(), verdict(answer)]).toEqual([own, expected]);
        await here.worker.idle();
      }
    }
  });
});

describe("requests with credentials (RFC 9111 §3.5)", () => {
  const alice = { authorization: "Basic YWxpY2U6MQ==" };

  test.each([
    ["max-age alone", "max-age=60", "answer 2"],
    ["public", "public, max-age=60", "answer 1"],
    ["s-maxage", "s-maxage=60", "answer 1"],
    ["must-revalidate", "must-revalidate, max-age=60", "answer 1"],
    ["proxy-revalidate", "proxy-revalidate, max-age=60", "answer 2"],
  ])("%s", async (name, value, second) => {
    const path = `/authorized/${encodeURIComponent(name)}`;
    const ask = here.serve(path, counting(["Cache-Control", value]));
    expect((await ask(alice)).text()).toBe("answer 1");
    expect(here.origin.to(path)[0].field("authorization")).toBe(alice.authorization);
    await here.worker.idle();
    expect((await ask()).text()).toBe(second);
  });

  test("at once, those who may not share an answer do not", async () => {
    const ask = here.serve("/authorized/at-once", ({ field }) => ({
      fields: [fresh()],
      body: field("authorization") ?? "nobody",
    }));
    const names = Array.from({ length: 20 }, (_, index) => `Bearer ${index}`);
    const answers = await Promise.all(names.map((authorization) => ask({ authorization })));
    expect(answers.map((answer) => answer.text())).toEqual(names);
    expect((await ask()).text()).toBe("nobody");
  });
});

describe("targeted fields (RFC 9213)", () => {
  test.each([
    [
      "CDN-Cache-Control over no-store",
      [
        ["CDN-Cache-Control", "max-age=60"],
        ["Cache-Control", "no-store"],
      ],
      1,
    ],
    ["CDN-Cache-Control: no-store", [["CDN-Cache-Control", "no-store"], fresh()], 2],
    [
      "over Expires",
      [
        ["CDN-Cache-Control", "max-age=60"],
        ["Expires", "0"],
      ],
      1,
    ],
    [
      "our own first",
      [
        ["Forebay-CDN-Cache-Control", "no-store"],
        ["CDN-Cache-Control", "max-age=60"],
      ],
      2,
    ],
    [
      "an invalid one is ignored",
      [
        ["CDN-Cache-Control", "max-age=60, &"],
        ["Cache-Control", "no-store"],
      ],
      2,
    ],
    ["an empty one is ignored", [["CDN-Cache-Control", ""], fresh()], 1],
  ])("%s", async (name, fields, second) => {
    const ask = here.serve(`/targeted/${encodeURIComponent(name)}`, counting(...fields));
    const first = await ask();
    await here.worker.idle();
    expect((await ask()).text()).toBe(`answer ${second}`);
    const sent = fields.filter(([field]) => field === "CDN-Cache-Control");
    expect(first.lines("cdn-cache-control")).toEqual(sent.map(([, value]) => value));
  });
});

describe("what clients ask for (RFC 9111 §5.2.1)", () => {
  test.each([
    ["no-cache", "no-cache", "answer 2"],
    ["max-age=0", "max-age=0", "answer 2"],
    ["max-age that it is younger than", "max-age=30", "answer 1"],
    ["max-age that it is older than", "max-age=9", "answer 2"],
    ["min-fresh that it has", "min-fresh=50", "answer 1"],
    ["min-fresh that it has not", "min-fresh=51", "answer 2"],
    ["no-store", "no-store", "answer 2"],
    ["only-if-cached", "only-if-cached", "answer 1"],
  ])("%s", async (name, value, expected) => {
    const ask = here.serve(`/wanted/${encodeURIComponent(name)}`, counting(fresh()));
    await ask();
    await here.pass(10);
    expect((await ask({ "cache-control": value })).text()).toBe(expected);
  });

  test("max-stale takes a stale answer, as far as it says", async () => {
    const ask = here.serve("/wanted/stale", counting(fresh(10)));
    await ask();
    await here.pass(30);
    const stale = await ask({ "cache-control": "max-stale=20" });
    expect(seen(stale)).toEqual([200, "STALE", "answer 1"]);
    expect(stale.headers.age).toBe("30");
    expect((await ask({ "cache-control": "max-stale" })).text()).toBe("answer 1");
    expect((await ask({ "cache-control": "max-stale=19" })).text()).toBe("answer 2");
  });

  test("only-if-cached with nothing stored is 504, and the origin hears nothing", async () => {
    const ask = here.serve("/wanted/nothing", counting(fresh()));
    const answer = await ask({ "cache-control": "only-if-cached" });
    expect([answer.status, answer.headers["content-type"]]).toEqual([
      504,
      "application/problem+json",
    ]);
    expect(here.origin.count("/wanted/nothing")).toBe(0);
  });

  test("no-store is asked for, and not stored", async () => {
    const ask = here.serve("/wanted/unstored", counting(fresh()));
    await ask({ "cache-control": "no-store" });
    await here.worker.idle();
    expect(seen(await ask())).toEqual([200, "MISS", "answer 2"]);
  });
});

describe("a tier with a TTL of its own", () => {
  test("stores by that, whatever the origin says of freshness", async () => {
    const ask = here.serve("/fixed/a", counting(["Content-Type", "text/plain"]));
    expect(verdict(await ask())).toBe("MISS");
    await here.pass(99);
    expect(seen(await ask())).toEqual([200, "HIT", "answer 1"]);
    await here.pass(2);
    expect((await ask()).text()).toBe("answer 2");
  });

  test("but never what is private to somebody", async () => {
    for (const [name, field] of [
      ["private", ["Cache-Control", "private"]],
      ["no-store", ["Cache-Control", "no-store"]],
      ["cookie", ["Set-Cookie", "a=1"]],
    ]) {
      const ask = here.serve(`/fixed/${name}`, counting(field));
      await ask();
      await here.worker.idle();
      expect([name, (await ask()).text()]).toEqual([name, "answer 2"]);
    }
  });
});
