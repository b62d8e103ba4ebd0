// The compiled site as the Worker takes it: static files, a changed configuration, a broken one.

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { inRoot } from "../../scripts/setup/paths.mjs";
import { edge } from "./support/edge.js";
import { OWN_ID, SITES, compile, startWorkers } from "./support/workers.js";

const here = edge("config", { site: "demo" });

async function start(given) {
  const started = await startWorkers({ databaseUrl: here.database.url, ...given });
  onTestFinished(() => started.stop());
  return { ...started, worker: started.workers[0] };
}

/** The tests' site with another text in place of one. */
async function changedSite(from, to) {
  const folder = await mkdtemp(join(tmpdir(), "forebay-edge-site-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(dirname(SITES.edge), folder, { recursive: true });
  const config = join(folder, "forebay.toml");
  const text = await readFile(config, "utf8");
  expect(text).toContain(from);
  await writeFile(config, text.replace(from, to));
  return compile(config);
}

describe("static files of the demo", () => {
  test("the start page is kept for a while, and asked for again", async () => {
    const answer = await here.worker.ask("/");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^text\/html/);
    expect(answer.headers["cache-control"]).not.toContain("immutable");
    expect(answer.text()).toMatch(/<html/i);
    const again = await here.worker.ask("/", { headers: { "if-none-match": answer.headers.etag } });
    expect([again.status, again.headers["x-cache-status"]]).toEqual([304, "HIT"]);
  });

  test("files whose names hold a hash never change", async () => {
    const files = readdirSync(inRoot("public", "assets"));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const answer = await here.worker.ask(`/assets/${file}`);
      expect([file, answer.status]).toEqual([file, 200]);
      expect(answer.headers["cache-control"]).toMatch(/^public, max-age=\d+, immutable$/);
      expect(answer.headers["content-type"]).toMatch(/^text\/(css|javascript)/);
      expect(answer.body).toEqual(await readFile(inRoot("public", "assets", file)));
    }
  });

  test("what is not there is a 404, and no other file", async () => {
    for (const target of [
      "/assets/none-0123456789.js",
      "/assets/../forebay.toml",
      "/assets/%2e%2e/index.html",
      "/assets/",
      "/index.html",
    ]) {
      const answer = await here.worker.ask(target);
      expect([target, answer.status >= 400 && answer.status < 500]).toEqual([target, true]);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
    }
  });
});

describe("the demo's routes", () => {
  test.each([
    ["/api/users/1", "public, max-age=3600, stale-while-revalidate=300", { id: 1 }],
    ["/api/pitches/1", "public, max-age=900, stale-while-revalidate=60", { author: { id: 2 } }],
    ["/api/stats/live", "public, max-age=30, stale-while-revalidate=5", { counts: { users: 20 } }],
    ["/api/keys/KEY-0001", "public, max-age=3600, stale-while-revalidate=300", { id: 1 }],
  ])("%s", async (target, cacheControl, content) => {
    const answer = await here.worker.ask(target);
    expect([answer.status, answer.headers["cache-control"]]).toEqual([200, cacheControl]);
    expect(answer.json()).toMatchObject(content);
  });

  test("an e-mail address stays inside", async () => {
    expect((await here.worker.ask("/api/users/1")).text()).not.toContain("@");
  });

  test("a key comes with all it knows", async () => {
    const { knowledge } = (await here.worker.ask("/api/keys/KEY-0002")).json();
    expect(knowledge.map(({ question }) => question)).toEqual(
      [1, 6, 11, 16].map((n) => `Question ${n}`),
    );
  });

  test("pages follow each other without a gap", async () => {
    const first = (await here.worker.ask("/api/pitches?category=energy&limit=3")).json();
    const cursor = first.at(-1).id;
    const next = (
      await here.worker.ask(`/api/pitches?category=energy&limit=3&cursor=${cursor}`)
    ).json();
    expect([...first, ...next].map(({ id }) => id)).toEqual([3000, 2998, 2996, 2994, 2992, 2990]);
    expect((await here.worker.ask("/api/pitches?category=nothing")).json()).toEqual([]);
  });

  test("a search finds by words and ranks", async () => {
    const found = (await here.worker.ask("/api/search?q=irrigation&limit=5")).json();
    expect(found).toHaveLength(5);
    expect((await here.worker.ask("/api/search?q=zeppelin")).json()).toEqual([]);
  });
});

describe("a site that changes", () => {
  test("a changed TTL is told to clients", async () => {
    const siteBin = await changedSite('ttl = "100s", swr = "50s"', 'ttl = "200s", swr = "20s"');
    const { worker } = await start({ siteBin });
    const answer = await worker.ask("/things/1");
    const expected = "public, max-age=200, stale-while-revalidate=20";
    expect(answer.headers["cache-control"]).toBe(expected);
  });

  test.each([
    ["empty", new Uint8Array()],
    ["of something else", new TextEncoder().encode("not a site at all")],
    ["of another version", new TextEncoder().encode("FBSITE\0\x7fXXXXXXXXXXXX")],
    ["cut off", async () => (await compile(SITES.edge)).subarray(0, 400)],
    ["damaged", async () => (await compile(SITES.edge)).map((byte, at) => (at === 900 ? ~byte : byte))],
  ])("a site.bin that is %s gives a problem for each request, not a crash", async (_, bytes) => {
    const siteBin = typeof bytes === "function" ? await bytes() : bytes;
    const { worker } = await start({ siteBin });
    const ids = new Set();
    for (const target of ["/", "/things/1", "/api/health"]) {
      const answer = await worker.ask(target);
      expect([target, answer.status]).toEqual([target, 500]);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
      expect(answer.headers["x-request-id"]).toMatch(OWN_ID);
      expect(answer.json().type).toBe("urn:forebay:problem:misconfigured");
      ids.add(answer.headers["x-request-id"]);
    }
    expect(ids.size).toBe(3);
  });

  test("without the secret, nobody passes", async () => {
    const { worker } = await start({ config: SITES.edge, apiToken: "" });
    for (const authorization of ["Bearer ", "Bearer x", undefined]) {
      const headers = authorization === undefined ? {} : { authorization };
      expect((await worker.ask("/secret/1", { headers })).status).toBe(401);
    }
    expect((await worker.ask("/things/1")).status).toBe(200);
  });
});
