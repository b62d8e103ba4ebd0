// Which requests meet in one stored answer and which never do, and by what names answers are purged.

import { describe, expect, test } from "vitest";
import { fresh, proxied, seen, verdict } from "./support/proxied.js";
import { ADMIN_TOKEN } from "./support/workers.js";

const here = proxied();

const MAX_LAG_S = 2.001;
const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** The origin answers any path with the target that it was asked for. */
function reflect(path) {
  here.origin.on(path, ({ target }) => ({ fields: [fresh()], body: target }));
}

async function ask(target, headers = {}) {
  const answer = await here.worker.ask(target, { headers });
  await here.worker.idle();
  return answer;
}

describe("the target in its canonical form", () => {
  test.each([
    ["an encoded slash", "/a%2fb", "/a%2Fb"],
    ["an escape that need not be", "/%7euser", "/~user"],
    ["empty segments and a final slash", "//a//", "//a//"],
    ["double encoding", "/%252e%252e/v", "/%252e%252e/v"],
    ["a double-encoded slash", "/a%252fb", "/a%252fb"],
    ["a query", "/q?b=%41&a=%2f&c", "/q?b=A&a=%2F&c"],
    ["a plus", "/q?x=1+2", "/q?x=1+2"],
    ["a mark without a query", "/mark?", "/mark"],
    ["a percent sign in a query", "/q?x=%", "/q?x=%"],
  ])("%s", async (_, tail, canonical) => {
    here.origin.on("*", ({ target }) => ({ fields: [fresh()], body: target }));
    const answer = await ask(`/canonical${tail}`);
    expect([answer.status, answer.text()]).toEqual([200, `/canonical${canonical}`]);
    here.origin.on("*", { status: 404 });
  });

  test.each([
    ["NUL", "/refused/a%00b"],
    ["half an escape", "/refused/%"],
    ["no hexadecimal escape", "/refused/%zz"],
    ["a dot segment", "/refused/x/../y"],
    ["an encoded dot segment", "/refused/x/%2e%2E/z"],
    ["a dot segment beyond the root", "/../../refused"],
  ])("%s in the path is 400, and nobody is asked", async (_, target) => {
    const before = here.origin.count();
    const answer = await ask(target);
    expect([answer.status, answer.headers["content-type"]]).toEqual([
      400,
      "application/problem+json",
    ]);
    expect(here.origin.count()).toBe(before);
  });

  test.each([
    ["/meet/%7ea", "/meet/~a"],
    ["/meet/a%2fb", "/meet/a%2Fb"],
    ["/meet/5", "/meet/5?"],
    ["/meet/q?a=%7e", "/meet/q?a=~"],
  ])("%s and %s are one", async (one, other) => {
    here.origin.on("*", ({ target }) => ({ fields: [fresh()], body: target }));
    const first = await ask(one);
    expect(seen(await ask(other))).toEqual([200, "HIT", first.text()]);
    here.origin.on("*", { status: 404 });
  });

  test.each([
    ["/apart/1%2F2", "/apart/1/2"],
    ["/apart/3", "/apart/3/"],
    ["/apart//4", "/apart/4"],
    ["/apart/A", "/apart/a"],
    ["/apart/6?x=1&y=2", "/apart/6?y=2&x=1"],
    ["/apart/7?x=1+2", "/apart/7?x=1%202"],
    ["/apart/8?x=1&x=1", "/apart/8?x=1"],
    ["/apart/9?x", "/apart/9?x="],
    ["/apart/%252fa", "/apart/%2Fa"],
    ["/apart/10?a=1%26b=2", "/apart/10?a=1&b=2"],
  ])("%s and %s are two", async (one, other) => {
    here.origin.on("*", ({ target }) => ({ fields: [fresh()], body: target }));
    await ask(one);
    expect(verdict(await ask(other))).toBe("MISS");
    expect(verdict(await ask(one))).toBe("HIT");
    here.origin.on("*", { status: 404 });
  });
});

describe("cache deception", () => {
  const html = ["Content-Type", "text/html"];

  test.each(["/account.php/x.css", "/account.php%2Fx.css", "/account;x.css", "/account?x.css"])(
    "%s is stored by what the origin says, never by how it ends",
    async (target) => {
      let contacts = 0;
      const own = () => ({ fields: [html], body: `secret ${(contacts += 1)}` });
      here.origin.on("*", own);
      await ask(target, { cookie: "session=alice" });
      const stranger = await ask(target);
      here.origin.on("*", { status: 404 });
      expect(stranger.text()).toBe("secret 2");
      expect(stranger.headers["cache-status"]).not.toMatch(/hit|stored/);
    },
  );
});

describe("what the site says of the query string", () => {
  test("ignored parameters reach neither the key nor the origin", async () => {
    reflect("/ignoring/a");
    expect((await ask("/ignoring/a?x=1&utm_source=mail&ref=b")).text()).toBe("/ignoring/a?x=1");
    for (const query of ["x=1", "utm_medium=a&x=1", "ref&x=1&utm%5fid=2"]) {
      expect([query, verdict(await ask(`/ignoring/a?${query}`))]).toEqual([query, "HIT"]);
    }
    expect(verdict(await ask("/ignoring/a?x=1&referrer=2"))).toBe("MISS");
    expect((await ask("/ignoring/a?utm_source=mail")).text()).toBe("/ignoring/a");
    expect(verdict(await ask("/ignoring/a"))).toBe("HIT");
  });

  test("sorted ones meet, in one order", async () => {
    reflect("/sorting/a");
    expect((await ask("/sorting/a?b=1&a=2&b=0")).text()).toBe("/sorting/a?a=2&b=1&b=0");
    expect(verdict(await ask("/sorting/a?a=2&b=1&b=0"))).toBe("HIT");
    expect(verdict(await ask("/sorting/a?a=2&b=0&b=1"))).toBe("MISS");
  });

  test("listed ones alone count", async () => {
    reflect("/listing/a");
    expect((await ask("/listing/a?x=1&page=2")).text()).toBe("/listing/a?page=2");
    expect(verdict(await ask("/listing/a?page=2&y"))).toBe("HIT");
    expect(verdict(await ask("/listing/a?page=3"))).toBe("MISS");
  });

  test("No-Vary-Search lets requests meet that the origin says are alike", async () => {
    const fields = [fresh(), ["No-Vary-Search", 'params=("session")']];
    here.origin.on("/no-vary", ({ target }) => ({ fields, body: target }));
    await ask("/no-vary?id=1&session=a");
    expect(seen(await ask("/no-vary?id=1&session=b"))).toEqual([
      200,
      "HIT",
      "/no-vary?id=1&session=a",
    ]);
    expect(verdict(await ask("/no-vary?id=2&session=a"))).toBe("MISS");
  });
});

describe("images and media types", () => {
  test("an image's variants are those of the outcome, not of the raw fields", async () => {
    const fields = [fresh(), ["Content-Type", "image/png"]];
    here.origin.on("/images/a.png", { fields, body: "png" });
    const of = (accept, query) => ask(`/images/a.png${query}`, { accept });
    const verdicts = [];
    for (const [accept, query] of [
      ["image/avif, image/webp", "?w=300"],
      ["image/avif;q=0.9, */*", "?w=320"],
      ["image/webp, */*;q=0.1", "?w=320"],
      ["image/webp", "?w=200"],
      ["image/png", "?w=320"],
      ["image/png", "?w=600"],
    ]) {
      const answer = await of(accept, query);
      expect([answer.status, answer.text()]).toEqual([200, "png"]);
      verdicts.push(verdict(answer));
    }
    expect(verdicts).toEqual(["MISS", "HIT", "MISS", "HIT", "MISS", "MISS"]);
  });

  test("a tier by media type counts instead of the route's", async () => {
    const answer = (type) => ({ fields: [["Content-Type", type]], body: type });
    here.origin.on("/typed/a", answer("image/png; q=1"));
    here.origin.on("/typed/b", answer("text/html"));
    for (const path of ["/typed/a", "/typed/b"]) await ask(path);
    await here.pass(900);
    expect(verdict(await ask("/typed/a"))).toBe("HIT");
    expect(verdict(await ask("/typed/b"))).toBe("MISS");
  });
});

describe("tags", () => {
  async function purge(order) {
    const answer = await here.worker.ask("/admin/purge", {
      method: "POST",
      headers: admin,
      json: { mode: "hard", ...order },
    });
    expect(answer.status, answer.text()).toBe(200);
    await here.pass(MAX_LAG_S);
  }

  /** Which of these paths are still answered from the store. */
  async function stored(paths) {
    const hits = [];
    for (const path of paths) if (verdict(await ask(path)) === "HIT") hits.push(path);
    return hits;
  }

  test("Surrogate-Key and Cache-Tag are what a purge names, and no client sees them", async () => {
    const body = "tagged";
    here.origin.on("/tags/1", { fields: [fresh(), ["Surrogate-Key", "all one"]], body });
    here.origin.on("/tags/2", { fields: [fresh(), ["Cache-Tag", "all, two"]], body });
    here.origin.on("/tags/3", { fields: [fresh(), ["Cache-Tag", "three"]], body });
    const paths = ["/tags/1", "/tags/2", "/tags/3"];
    for (const path of paths) {
      const { headers } = await ask(path);
      expect([headers["surrogate-key"], headers["cache-tag"]]).toEqual([undefined, undefined]);
    }
    await purge({ tags: ["two"] });
    expect(await stored(paths)).toEqual(["/tags/1", "/tags/3"]);
    await purge({ tags: ["all"] });
    expect(await stored(paths)).toEqual(["/tags/3"]);
  });

  test("a site may show them", async () => {
    here.origin.on("/trusting/tags", { fields: [fresh(), ["Cache-Tag", "shown"]], body: "" });
    expect((await ask("/trusting/tags")).headers["cache-tag"]).toBe("shown");
  });

  test("variants of a URI are purged together", async () => {
    const fields = [fresh(), ["Vary", "Accept-Language"], ["Cache-Tag", "varied"]];
    here.origin.on("/tags/vary", { fields, body: "v" });
    const of = (language) => ask("/tags/vary", { "accept-language": language });
    for (const expected of ["MISS", "HIT"]) {
      for (const language of ["de", "fr"]) expect(verdict(await of(language))).toBe(expected);
    }
    await purge({ tags: ["varied"] });
    for (const language of ["de", "fr"]) expect(verdict(await of(language))).not.toBe("HIT");
  });

  test("a purge by URL or path takes an origin's answer", async () => {
    reflect("/tags/url");
    reflect("/tags/deep/path");
    const paths = ["/tags/url", "/tags/deep/path"];
    for (const path of paths) await ask(path);
    await purge({ keys: [new URL("/tags/url", here.worker.url).href] });
    expect(await stored(paths)).toEqual(["/tags/deep/path"]);
    await purge({ prefixes: ["/tags/deep/"] });
    expect(await stored(["/tags/deep/path"])).toEqual([]);
  });

  test("cache groups are invalidated by the answer to an unsafe request (RFC 9875)", async () => {
    const grouped = (...groups) => ({
      fields: [fresh(), ["Cache-Groups", groups.join(", ")]],
      body: "g",
    });
    here.origin.on("/groups/1", grouped('"a"', '"b"'));
    here.origin.on("/groups/2", grouped('"b"'));
    here.origin.on("/groups/3", grouped('"c"'));
    const invalidate = ["Cache-Group-Invalidation", '"a", "c"'];
    here.origin.on("/groups/write", { status: 204, fields: [invalidate] });
    const paths = ["/groups/1", "/groups/2", "/groups/3"];
    for (const path of paths) await ask(path);
    // Of a safe request's answer it means nothing.
    await ask("/groups/write");
    expect(await stored(paths)).toEqual(paths);
    await here.worker.ask("/groups/write", { method: "POST" });
    await here.pass(MAX_LAG_S);
    expect(await stored(paths)).toEqual(["/groups/2"]);
  });

  test("Clear-Site-Data of an unsafe request's answer clears all of the origin's", async () => {
    reflect("/clear/1");
    await ask("/clear/1");
    here.origin.on("/clear/write", { status: 204, fields: [["Clear-Site-Data", '"cache"']] });
    await here.worker.ask("/clear/write", { method: "POST" });
    await here.pass(MAX_LAG_S);
    expect(await stored(["/clear/1"])).toEqual([]);
  });
});
