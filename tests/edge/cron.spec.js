// What is done by time, through the runtime's scheduled handler: calls that are missing, doubled or late,
// and jobs that fail.

import { beforeAll, describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { ADMIN_TOKEN, START } from "./support/workers.js";

const here = edge("cron", { site: "operated" });

const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
const MINUTE = "* * * * *";
const FIVE = "*/5 * * * *";
const QUARTER = "*/15 * * * *";
const HOUR = "5 * * * *";

let home;
/** Seconds since START. */
let now = 0;
beforeAll(() => (home = here.worker));

const get = async (target) => {
  const answer = await home.ask(target, { headers: admin });
  expect([target, answer.status]).toEqual([target, 200]);
  return answer.json();
};

async function passTo(seconds) {
  await home.pass(seconds - now);
  now = seconds;
}

/** The scheduler's call of a line for a moment, in time unless it is said when. */
async function call(cron, seconds, cameAt = seconds) {
  await passTo(Math.max(now, cameAt));
  const { outcome } = await home.scheduled(START + seconds * 1000, cron);
  expect(outcome).toBe("ok");
}

const runs = async (job) => {
  const { runs } = await get("/monitoring/runs");
  return job ? runs.filter((run) => run.job === job) : runs;
};
const told = ({ result, scheduled_at }) => [result, scheduled_at - START / 1000];

/** What was measured in the hour from START on. */
const measured = () => get(`/api/metrics?from=${START / 1000}&to=${START / 1000 + 3600}`);
/** What does not depend on how much of the span is over. */
const kept = ({ total, routes, places, statements }) => ({
  total: { ...total, per_second: undefined },
  routes: routes.map((route) => ({ ...route, per_second: undefined, spark: undefined })),
  places,
  statements: statements.map((each) => ({ ...each, spark: undefined })),
});

describe("cron", () => {
  test("nobody without the token learns of runs, events or databases", async () => {
    for (const target of ["/monitoring/runs", "/monitoring/events", "/debug/db"]) {
      expect((await home.ask(target)).status).toBe(401);
    }
  });

  test("each line does its jobs, in order, and the runs are told newest first", async () => {
    await call(MINUTE, 0);
    await call(FIVE, 0);
    await call(QUARTER, 0);
    const listed = await runs();
    expect(listed.map((run) => [run.job, ...told(run)])).toEqual([
      ["clean-up", "done", 0],
      ["publish", "done", 0],
      ["roll-up", "done", 0],
      ["warm", "done", 0],
      // Of the hour before nobody has reported yet.
      ["report", "done", -3600],
      ["alerts", "done", 0],
      ["drain", "done", 0],
    ]);
    for (const run of listed) {
      expect(run.says).not.toBe("");
      expect(run.began_at).toBe(START / 1000);
    }
  });

  test("the first call notes the release, once", async () => {
    await call(MINUTE, 60);
    const { events } = await get("/monitoring/events?window=1h");
    const { config } = (await home.ask("/api/health")).json();
    expect(events.filter(({ kind }) => kind === "deploy")).toEqual([
      { at: START / 1000, kind: "deploy", text: expect.stringContaining(config) },
    ]);
  });

  test("a purge is among the events", async () => {
    const json = { tags: ["thing:7"], mode: "hard" };
    const answer = await home.ask("/admin/purge", { method: "POST", headers: admin, json });
    expect(answer.status).toBe(200);
    await home.idle();
    const { events } = await get("/monitoring/events");
    expect(events.at(-1)).toEqual({
      at: START / 1000 + now,
      kind: "purge",
      text: "hard purge of thing:…",
    });
  });

  test("the report on an hour is made five minutes after it, when all has been told", async () => {
    await call(MINUTE, 240);
    expect((await runs("report")).map(told)[0]).toEqual(["done", -3600]);
    await call(HOUR, 300);
    expect((await runs("report")).map(told)[0]).toEqual(["done", 0]);
  });

  test("calls that do not come are made up for, and are said to have been missed", async () => {
    // That of five minutes, and all until then.
    await call(MINUTE, 420);
    expect((await runs("roll-up")).map(told)[0]).toEqual(["done", 300]);
    expect((await runs("publish")).map(told)[0]).toEqual(["done", 300]);
    await call(MINUTE, 1620);
    const [run] = await runs("roll-up");
    expect(told(run)).toEqual(["done", 1500]);
    expect(run.says).toMatch(/; 3 before it did not come$/);
  });

  test("a doubled call changes no number, and what would cost is skipped", async () => {
    for (const id of [1, 2, 3, 1, 2]) await home.ask(`/things/${id}`);
    await home.idle();
    const before = kept(await measured());
    expect(before.total.requests).toBe(5);
    await call(FIVE, 1800);
    await call(FIVE, 1800);
    await call(FIVE, 1800, 1830);
    expect(kept(await measured())).toEqual(before);
    expect((await runs("publish")).slice(0, 3).map(told)).toEqual([
      ["skipped", 1800],
      ["skipped", 1800],
      ["done", 1800],
    ]);
  });

  test("missed calls lose no number", async () => {
    await home.ask("/things/4");
    await home.idle();
    const before = kept(await measured());
    expect(before.total.requests).toBe(6);
    // Nothing comes for more than an hour.
    await call(FIVE, 7200);
    await call(HOUR, 7500);
    expect(kept(await measured())).toEqual(before);
    const hours = await get(`/api/metrics?from=${START / 1000}&to=${START / 1000 + 86_400}`);
    expect(hours.total.requests).toBe(6);
  });

  test("what was published can be read without the objects, and expires", async () => {
    const names = (await (await home.metricsKv()).list()).keys;
    const named = names.map(({ name }) => name);
    const hour = START / 1000;
    expect(named).toContain("m:operated:5m:latest");
    expect(named).toContain(`m:operated:5m:${hour + 7200 - 600}`);
    expect(named).toContain(`m:operated:report:${hour}`);
    for (const { name, expiration } of names) expect([name, typeof expiration]).toEqual([name, "number"]);
    const report = await (await home.metricsKv()).get(`m:operated:report:${hour}`, "json");
    expect([report.from, report.to, report.total.requests]).toEqual([hour, hour + 3600, 6]);
  });

  test("what is left over in the namespace is taken away", async () => {
    const kv = await home.metricsKv();
    await kv.put("m:operated:5m:1000", "{}");
    await kv.put("m:operated:of-an-older-version", "{}");
    await kv.put("m:others:5m:1000", "{}");
    await call(QUARTER, 8100);
    const named = (await kv.list()).keys.map(({ name }) => name);
    expect(named).not.toContain("m:operated:5m:1000");
    expect(named).not.toContain("m:operated:of-an-older-version");
    expect(named).toContain("m:others:5m:1000");
  });

  test("one job that fails keeps none of the others from running, and is tried again", async () => {
    await home.control({ logFails: true });
    const lines = here.lines.length;
    await call(MINUTE, 8160);
    await home.control({ logFails: false });
    const [alerts, drain] = await runs();
    expect([alerts.job, alerts.result]).toEqual(["alerts", "done"]);
    expect([drain.job, drain.result]).toEqual(["drain", "failed"]);
    expect(drain.says).toBe("The site is misconfigured. The log lines say why");
    expect(here.lines.slice(lines).join("\n")).toMatch(/cron: drain: .*PURGE_LOG/);
    await call(MINUTE, 8220);
    expect((await runs("drain")).map(told)[0]).toEqual(["done", 8220]);
  });

  test("a broken metrics object is told, the rest is done, and it is made up for", async () => {
    await home.control({ metricsFail: true });
    const lines = here.lines.length;
    await call(FIVE, 8400);
    await call(MINUTE, 8400);
    const health = (await home.ask("/monitoring/health")).json();
    expect(health.checks.find(({ name }) => name === "metrics").status).toBe("degraded");
    expect((await home.ask("/monitoring/runs", { headers: admin })).status).toBe(503);
    expect(here.lines.slice(lines).join("\n")).toMatch(/cron: roll-up: /);
    await home.control({ metricsFail: false });
    await call(MINUTE, 8520);
    expect((await runs("roll-up")).map(told)[0]).toEqual(["done", 8400]);
    const sound = (await home.ask("/monitoring/health")).json();
    expect(sound.checks.find(({ name }) => name === "metrics").status).toBe("ok");
  });

  test("a scheduler that has fallen silent degrades health", async () => {
    const cron = async () => {
      const { checks } = (await home.ask("/monitoring/health")).json();
      return checks.find(({ name }) => name === "cron").status;
    };
    await call(MINUTE, 8580);
    expect(await cron()).toBe("ok");
    await passTo(now + 301);
    expect(await cron()).toBe("degraded");
    const next = Math.ceil(now / 60) * 60;
    await call(MINUTE, next);
    // Others may have made up for the line of each minute: it calls again when it has called twice.
    expect(await cron()).toBe("degraded");
    await call(MINUTE, next + 60);
    expect(await cron()).toBe("ok");
  });
});
