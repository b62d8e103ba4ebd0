// Health: open to everybody, so it tells that something is down, but nothing of the inside.

import { beforeEach, describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { ADMIN_TOKEN, API_TOKEN } from "./support/workers.js";

const here = edge("health", { site: "demo", names: ["one", "other"] });

const statuses = (answer) =>
  Object.fromEntries(answer.json().checks.map(({ name, status }) => [name, status]));

describe("health", () => {
  // What was told a moment ago is told again.
  beforeEach(() => here.worker.pass(2));

  test.each(["/api/health", "/monitoring/health"])("%s tells of each part", async (target) => {
    const answer = await here.worker.ask(target);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.headers["cache-control"]).toBe("no-store");
    const report = answer.json();
    expect(report).toMatchObject({
      status: "ok",
      site: "demo",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      config: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(statuses(answer)).toEqual({
      "database:main": "ok",
      shield: "ok",
      purges: "ok",
      kv: "ok",
      cache: "ok",
      assets: "ok",
      metrics: "ok",
      "kv:METRICS": "ok",
      // Nobody has called yet, as after a deployment.
      cron: "ok",
    });
    for (const { took_ms } of report.checks) expect(took_ms).toBeGreaterThanOrEqual(0);
  });

  test("HEAD has no body", async () => {
    const answer = await here.worker.ask("/api/health", { method: "HEAD" });
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
  });

  test("the database is asked once a second at most, however often anyone asks wherever", async () => {
    const everywhere = () =>
      Promise.all(here.workers.flatMap((worker) => [1, 2, 3].map(() => worker.ask("/api/health"))));
    const pass = () => Promise.all(here.workers.map((worker) => worker.pass(2)));
    await pass();
    const before = await here.database.calls();
    for (const { status } of await everywhere()) expect(status).toBe(200);
    expect(await here.database.calls()).toBe(before + 1);
    await everywhere();
    expect(await here.database.calls()).toBe(before + 1);
    await pass();
    await everywhere();
    expect(await here.database.calls()).toBe(before + 2);
  });

  test("of those who ask at once few ask the parts, and the others are told to ask again", async () => {
    await here.worker.pass(60);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => here.worker.ask("/api/health")),
    );
    const told = answers.map(({ status }) => status);
    expect(told.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
    for (const { status, headers } of answers.filter(({ status }) => status !== 200))
      expect([status, headers["retry-after"]]).toEqual([429, "1"]);
    expect((await here.worker.ask("/api/health")).status).toBe(200);
  });

  test("other methods are not taken", async () => {
    const answer = await here.worker.ask("/api/health", { method: "POST" });
    expect([answer.status, answer.headers.allow]).toEqual([405, "GET, HEAD"]);
  });

  test("a broken KV, Cache API or purge log degrades it, but does not bring it down", async () => {
    await here.worker.control({ kvFails: true, cacheFails: true, logFails: true });
    const answer = await here.worker.ask("/api/health");
    await here.worker.control({ kvFails: false, cacheFails: false, logFails: false });
    expect([answer.status, answer.json().status]).toEqual([200, "degraded"]);
    expect(statuses(answer)).toEqual({
      "database:main": "ok",
      shield: "ok",
      purges: "degraded",
      kv: "degraded",
      cache: "degraded",
      assets: "ok",
      metrics: "ok",
      "kv:METRICS": "ok",
      cron: "ok",
    });
  });

  test("what was told is told for a second", async () => {
    expect((await here.worker.ask("/api/health")).json().status).toBe("ok");
    await here.worker.control({ kvFails: true });
    expect((await here.worker.ask("/api/health")).json().status).toBe("ok");
    await here.worker.pass(1);
    const later = await here.worker.ask("/api/health");
    await here.worker.control({ kvFails: false });
    expect(later.json().status).toBe("degraded");
  });

  test("without the shield nobody gets to the database", async () => {
    await here.worker.control({ shieldFails: true });
    const answer = await here.worker.ask("/api/health");
    await here.worker.control({ shieldFails: false });
    expect([answer.status, answer.json().status]).toEqual([503, "down"]);
    expect(statuses(answer)).toMatchObject({
      shield: "degraded",
      "database:main": "down",
      kv: "ok",
    });
  });

  test("without the metrics object it is degraded, and requests are answered", async () => {
    await here.worker.control({ metricsFail: true });
    const answer = await here.worker.ask("/api/health");
    await here.worker.control({ metricsFail: false });
    expect([answer.status, answer.json().status]).toEqual([200, "degraded"]);
    expect(statuses(answer)).toMatchObject({
      metrics: "degraded",
      cron: "ok",
      "database:main": "ok",
    });
  });

  test("a database that takes nobody brings it down, until it takes somebody again", async () => {
    const database = new URL(here.database.url);
    const name = database.pathname.slice(1);
    const allow = (how) => here.database.outside(`alter database ${name} allow_connections ${how}`);
    await allow("false");
    await here.database.endOthers();
    // What is remembered of the last time is over.
    await here.worker.pass(2);
    const answer = await here.worker.ask("/api/health");
    await allow("true");
    expect([answer.status, answer.json().status]).toEqual([503, "down"]);
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
    expect(statuses(answer)["database:main"]).toBe("down");
    const text = answer.text();
    const inside = [API_TOKEN, ADMIN_TOKEN, database.password, database.port, name, "127.0.0.1"];
    for (const secret of [...inside, "connect", "password", "postgres"]) {
      expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
    }
    await here.worker.pass(2);
    expect((await here.worker.ask("/api/health")).status).toBe(200);
  });
});
