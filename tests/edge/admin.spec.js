// The operator's endpoints: who may use them, and what they do to what clients are answered.

import { PassThrough } from "node:stream";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { warm } from "../../scripts/dev/warm.mjs";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";
import { until } from "./support/until.js";
import { ADMIN_TOKEN, API_TOKEN, START, bearer } from "./support/workers.js";

const here = edge("admin", { site: "operated", names: ["home", "abroad"] });
const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };

let home;
let abroad;

beforeAll(async () => {
  [home, abroad] = here.workers;
  await abroad.control({ colo: "abroad" });
});

const verdict = ({ headers }) => headers["x-cache-status"];
const post = (target, json, worker = home) => worker.ask(target, { method: "POST", headers, json });
const get = (target, more = {}) => home.ask(target, { headers: { ...headers, ...more } });

async function purge(order) {
  const answer = await post("/admin/purge", order);
  expect(answer.status, answer.text()).toBe(200);
  return answer;
}

/** What the next request is answered from, once nothing goes on behind it. */
async function next(target, worker = home, options = {}) {
  const answer = await worker.ask(target, options);
  await worker.idle();
  return verdict(answer);
}

/** Every clock moves on alike. */
async function pass(seconds) {
  for (const worker of here.workers) await worker.pass(seconds);
}

const lines = (text) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("without the admin token", () => {
  const PATHS = [
    ["POST", "/admin/purge"],
    ["GET", "/admin/purge"],
    ["POST", "/admin/inspect"],
    ["POST", "/admin/warm"],
    ["GET", "/admin"],
    ["GET", "/admin/nothing"],
    ["DELETE", "/admin/nothing"],
    ["OPTIONS", "/admin/purge"],
    ["GET", "/debug/shield"],
    ["GET", "/debug/explain?url=/things/1"],
    ["POST", "/debug"],
  ];

  test.each([
    ["none", undefined],
    ["a wrong one", "Bearer nobody"],
    ["that of the API", `Bearer ${API_TOKEN}`],
    ["the right one under another scheme", `Basic ${ADMIN_TOKEN}`],
  ])("every path answers with the same 401: %s", async (_, authorization) => {
    const sent = authorization === undefined ? {} : { authorization };
    const seen = [];
    for (const [method, target] of PATHS) {
      const answer = await home.ask(target, { method, headers: sent });
      const { request_id: id, ...document } = answer.json();
      expect(id).toBe(answer.headers["x-request-id"]);
      const { status } = answer;
      seen.push({ status, document, challenge: answer.headers["www-authenticate"] });
    }
    const expected = {
      status: 401,
      challenge: "Bearer",
      document: {
        type: "urn:forebay:problem:unauthorized",
        title: "A bearer token is required",
        status: 401,
      },
    };
    expect(seen).toEqual(PATHS.map(() => expected));
  });

  test("nothing is purged", async () => {
    await next("/things/90");
    await home.ask("/admin/purge", { method: "POST", json: { everything: true, mode: "hard" } });
    expect(await next("/things/90")).toBe("HIT");
  });

  test("with it, an unknown path is 404 and a wrong method 405", async () => {
    expect((await get("/admin/nothing")).status).toBe(404);
    const wrong = await get("/admin/purge");
    expect([wrong.status, wrong.headers.allow]).toEqual([405, "POST"]);
  });
});

describe("POST /admin/purge", () => {
  const KINDS = [
    ["a tag", { tags: ["thing:ID"] }],
    ["the beginning of a tag", { tags: ["thing:ID*"] }],
    ["a path", { keys: ["/things/ID"] }],
    ["a URL with other names for the same values", { keys: ["https://x.example/things/0ID?a=b"] }],
    ["the beginning of a path", { prefixes: ["/things/ID*"] }],
    ["everything", { everything: true }],
  ];
  let id = 100;
  const order = (kind, number) => JSON.parse(JSON.stringify(kind).replace("ID", number));

  test.each(KINDS)("softly, %s: stale once, and then anew", async (_, kind) => {
    id += 1;
    const target = `/things/${id}`;
    expect([await next(target), await next(target)]).toEqual(["MISS", "HIT"]);
    await here.database.sql("update things set note = 'changed' where id = $1", [id]);
    const answer = await purge(order(kind, id));
    expect(answer.headers["forebay-bookmark"]).toBe(String(answer.json().seq));
    const stale = await home.ask(target);
    await home.idle();
    expect([verdict(stale), stale.json().note === "changed"]).toEqual(["STALE", false]);
    const anew = await home.ask(target);
    expect([verdict(anew), anew.json().note]).toEqual(["HIT", "changed"]);
  });

  test.each(KINDS)("hard, %s: gone", async (_, kind) => {
    id += 1;
    const target = `/things/${id}`;
    expect([await next(target), await next(target)]).toEqual(["MISS", "HIT"]);
    await purge({ ...order(kind, id), mode: "hard" });
    expect([await next(target), await next(target)]).toEqual(["MISS", "HIT"]);
  });

  test("abroad it is known within what the receipt says", async () => {
    await next("/things/150");
    await next("/things/150", abroad);
    expect(await next("/things/150", abroad)).toBe("HIT");
    const receipt = (await purge({ tags: ["thing:150"], mode: "hard" })).json();
    await pass(receipt.visible_within_ms / 1000 + 0.001);
    expect(await next("/things/150", abroad)).not.toBe("HIT");
  });

  test("a bookmark shows the purge abroad at once", async () => {
    await next("/things/151");
    await next("/things/151", abroad);
    await pass(1);
    const answer = await purge({ keys: ["/things/151"] });
    const options = { headers: { "forebay-bookmark": answer.headers["forebay-bookmark"] } };
    expect(await next("/things/151", abroad, options)).not.toMatch(/HIT|STALE/);
  });

  test("an answer behind the API's token is purged by its URL", async () => {
    const options = { headers: bearer };
    expect([await next("/secret/1", home, options), await next("/secret/1", home, options)]) //
      .toEqual(["MISS", "HIT"]);
    await purge({ keys: ["/secret/1"], mode: "hard" });
    expect(await next("/secret/1", home, options)).toBe("MISS");
  });

  test("the receipt reckons by the tiers that are concerned", async () => {
    const some = (await purge({ keys: ["/other/1", "/uncached/1", "/things/x"] })).json();
    expect(some).toMatchObject({
      mode: "soft",
      matched: { tags: 0, keys: 1, prefixes: 0, everything: false, routes: ["GET /other/{id}"] },
      visible_within_ms: 2000,
      stale_until_ms: 22_000,
      stale_if_source_fails_until_ms: 22_000,
      stale_if_log_and_source_fail_until_ms: 322_000,
      client_caches_until_ms: 322_000,
      longest_ms: 322_000,
    });
    expect(some.unmatched.map(({ key }) => key)).toEqual(["/uncached/1", "/things/x"]);
    expect(some.unmatched[0].why).toContain("are not stored: it has no tier");
    expect(some.unmatched[1].why).toContain('"id" must be');
    const tag = (await purge({ tags: ["thing:1"], mode: "hard" })).json();
    expect(tag.matched.routes).toEqual(["GET /things/{id}"]);
    expect(tag.stale_until_ms).toBe(2000);
    const all = (await purge({ everything: true, mode: "hard" })).json();
    expect(all).toMatchObject({ stale_until_ms: 2000, longest_ms: 3_602_000 + 100_000 });
  });

  test("ten thousand tags are purged in one call", async () => {
    await next("/things/160");
    await next("/things/161");
    const tags = Array.from({ length: 10_000 }, (_, index) => `thing:${index + 5000}`);
    const receipt = (await purge({ tags: [...tags.slice(1), "thing:160"], mode: "hard" })).json();
    expect(receipt.matched.tags).toBe(10_000);
    expect([await next("/things/160"), await next("/things/161")]).toEqual(["MISS", "HIT"]);
  });

  test.each([
    ["nothing", "", []],
    ["no JSON", "{", []],
    ["a list", "[]", []],
    ["no target", "{}", ["tags"]],
    ["wrong types", '{"tags":"a","keys":[1],"everything":"yes"}', ["tags", "keys[0]", "everything"]],
    ["unknown fields", '{"tag":["a"],"tags":["b"]}', ["tag"]],
    ["an unknown mode", '{"tags":["b"],"mode":"gone"}', ["mode"]],
    ["stars in the middle", '{"tags":["a*b"],"prefixes":["*"]}', ["tags[0]", "prefixes[0]"]],
  ])("is 400 for %s", async (_, body, names) => {
    const answer = await home.ask("/admin/purge", { method: "POST", headers, body });
    expect([answer.status, answer.json().type]).toEqual([400, "urn:forebay:problem:bad-body"]);
    expect((answer.json().parameters ?? []).map(({ name }) => name)).toEqual(names);
  });

  test("is 413 for a body that is too large, before it is read", async () => {
    const length = { "content-length": String(4 * 1024 * 1024 + 1) };
    const body = new PassThrough();
    body.write("{");
    const { response, leave } = await home.open("/admin/purge", {
      method: "POST",
      headers: { ...headers, ...length },
      body,
    });
    expect(response.statusCode).toBe(413);
    response.on("error", () => {});
    leave();
  });
});

describe("POST /admin/inspect", () => {
  test("tells what each layer holds", async () => {
    await next("/things/200");
    await pass(1);
    const order = { keys: ["/things/200", "/things/201", "/uncached/1"] };
    const [known, unknown, unmatched] = (await post("/admin/inspect", order)).json().keys;
    expect(known).toMatchObject({ url: "/things/200", route: "GET /things/{id}" });
    expect(known.layers.map(({ layer, state }) => `${layer}: ${state}`)).toEqual([
      "memory: found",
      "colo: found",
      "global: found",
    ]);
    expect(known.layers[0].answer).toMatchObject({
      status: 200,
      age_s: 1,
      freshness: "fresh",
      purges: "valid",
      tags: ["thing:200", "things", "/things/200"],
      terms: { fresh_s: 100, swr_s: 50, sie_s: 1000 },
      coding: "identity",
    });
    expect(unknown.layers.map(({ state }) => state)).toEqual(["absent", "absent", "absent"]);
    expect(unmatched.unmatched).toContain("it has no tier");
    await purge({ tags: ["thing:200"], mode: "hard" });
    const [purged] = (await post("/admin/inspect", { keys: ["/things/200"] })).json().keys;
    expect(purged.layers.map(({ answer }) => answer.purges)).toEqual(["hard", "hard", "hard"]);
  });

  test("is 400 for more than a hundred keys", async () => {
    const answer = await post("/admin/inspect", { keys: Array(101).fill("/things/1") });
    expect(answer.status).toBe(400);
  });
});

describe("GET /debug/explain", () => {
  const explain = (url, more) => get(`/debug/explain?url=${encodeURIComponent(url)}`, more);

  test("foretells what a request comes to", async () => {
    expect((await explain("/things/300")).json().now).toContain("(MISS)");
    await next("/things/300");
    const found = (await explain("/things/300?utm=x")).json();
    expect(found.now).toContain("It is answered from memory (HIT)");
    expect(found).toMatchObject({
      ignored: ["utm"],
      tags: ["thing:300", "things", "/things/300"],
      route: { pattern: "GET /things/{id}", tier: "quick" },
      key: { principal: "public", parts: [{ name: "id", value: "300" }], shards: 2 },
    });
    const { seq } = (await purge({ tags: ["thing:300"] })).json();
    const soft = (await explain("/things/300")).json();
    expect(soft.now).toContain("(STALE)");
    expect(soft.purges).toEqual([{ kind: "tag", target: "thing:300", hard: 0, soft: seq }]);
    expect(await next("/things/300")).toBe("STALE");
  });

  test("tells why a request is refused, and what Forebay itself answers", async () => {
    expect((await explain("/things/x")).json().now).toContain("It is refused with 400");
    expect((await explain("/api/health")).json().now).toContain("Forebay itself answers");
    expect((await explain("/admin/purge")).json().now).toContain("Forebay itself answers");
    expect((await get("/debug/explain")).status).toBe(400);
  });

  test("is text for people who ask for it", async () => {
    const answer = await explain("/things/301", { accept: "text/plain" });
    expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(answer.text()).toContain("\n  pattern: GET /things/{id}\n");
    const same = await get("/debug/explain?url=/things/301&format=text");
    expect(same.headers["content-type"]).toBe("text/plain; charset=utf-8");
  });
});

describe("GET /debug/shield", () => {
  test("tells how every shard and the log are", async () => {
    const receipt = (await purge({ tags: ["thing:1"] })).json();
    const { shards, log } = (await get("/debug/shield")).json();
    expect(shards.map(({ shard }) => shard)).toEqual([0, 1]);
    for (const { state } of shards) {
      expect(state.room).toMatchObject({ fills_live: 0, waiters: 0 });
      expect(state.databases.main).toBeDefined();
    }
    expect(log.status).toMatchObject({ seq: receipt.seq, targets_max: 16_384 });
  });
});

describe("POST /admin/warm", () => {
  test("streams a line for each URL, which is a hit then", async () => {
    const urls = ["/things/400", "/things/401", "/nowhere/at/all", "/uncached/1", "/things/x"];
    const answer = await post("/admin/warm", { urls });
    expect(answer.headers["content-type"]).toBe("application/x-ndjson");
    const told = lines(answer.text());
    const last = told.pop();
    const by = Object.fromEntries(told.map((line) => [line.url, line]));
    expect(by["/things/400"]).toMatchObject({ status: 200, cache: "MISS" });
    expect(by["/uncached/1"].skipped).toContain("no tier");
    expect(by["/things/x"].skipped).toContain('"id" must be');
    expect(last.done).toEqual({ urls: 5, warmed: 3, hits: 0, failed: 0, skipped: 2 });
    await home.idle();
    expect([await next("/things/400"), await next("/things/401")]).toEqual(["HIT", "HIT"]);
  });

  test("makes a route's URLs from a query's rows, or from what is configured", async () => {
    const order = { route: "GET /things/{id}", query: "thing_ids", limit: 3 };
    const rows = lines((await post("/admin/warm", order)).text());
    expect(rows.slice(0, -1).map(({ url }) => url).sort()).toEqual(
      ["/things/1", "/things/2", "/things/3"], //
    );
    const configured = lines((await post("/admin/warm", { configured: true })).text());
    expect(configured.at(-1).done).toMatchObject({ urls: 6, warmed: 6, failed: 0 });
    const unknown = await post("/admin/warm", { route: "GET /none", query: "none" });
    expect(unknown.json().parameters.map(({ name }) => name)).toEqual(["route", "query"]);
  });

  test("lines come as they happen, and a client that leaves stops it", async () => {
    const gate = await closeGate(here.database, 52);
    const gated = Array.from({ length: 20 }, (_, at) => `/gated/${52 + at}`);
    const { response, leave } = await home.open("/admin/warm", {
      method: "POST",
      headers,
      json: { urls: ["/things/410", ...gated], concurrency: 1 },
    });
    response.on("error", () => {});
    const first = await new Promise((resolve) => response.once("data", resolve));
    expect(JSON.parse(String(first))).toMatchObject({ url: "/things/410", status: 200 });
    await gate.reached(1);
    leave();
    await gate.open();
    await until("the fill that was begun has ended", async () => {
      const { shards } = (await get("/debug/shield")).json();
      return shards.every(({ state }) => state.room.fills_live === 0);
    });
    // Another one, as long as what was left of the first, shows that nothing of that goes on.
    const others = Array.from({ length: 20 }, (_, at) => `/gated/${152 + at}`);
    const done = lines((await post("/admin/warm", { urls: others, concurrency: 1 })).text()).at(-1);
    expect(done.done.warmed).toBe(20);
    const kept = async (keys) => {
      const found = (await post("/admin/inspect", { keys })).json().keys;
      return found.filter(({ layers }) => layers[0].state === "found").length;
    };
    expect([await kept(others), await kept(gated.slice(2))]).toEqual([20, 0]);
  });

  test("a deployment warms what is configured, and says what came of it", async () => {
    const told = [];
    const log = vi.spyOn(console, "log").mockImplementation((line) => void told.push(line));
    await warm(home.url, ADMIN_TOKEN);
    await warm(home.url, "wrong");
    log.mockRestore();
    expect(told[0]).toMatch(/^Warmed 6 of 6 URLs in \d+ ms, 0 failed\.$/);
    expect(told[1]).toMatch(/^Not warmed: 401 /);
  });

  test("cron warms what is configured when its time has come", async () => {
    await purge({ everything: true, mode: "hard" });
    await home.scheduled(START + 60_000);
    await home.idle();
    const [before] = (await post("/admin/inspect", { keys: ["/other/2"] })).json().keys;
    expect(before.layers[0].answer?.purges ?? "absent").not.toBe("valid");
    await home.scheduled(START + 5 * 60_000);
    await home.idle();
    expect([await next("/other/2"), await next("/things/4")]).toEqual(["HIT", "HIT"]);
  });
});
