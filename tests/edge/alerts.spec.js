// Who is called when something is wrong, what they are told, and what a site does for itself meanwhile.

import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { makeDatabase } from "./support/database.js";
import { leaveServer, serverUrl } from "./support/server.js";
import { ADMIN_TOKEN, SITES, START, startWorkers } from "./support/workers.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 120_000 });

const SECRET = "the-key-of-the-webhook";
const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** What the webhook was sent, oldest first. */
const messages = [];
const webhook = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  messages.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
  response.writeHead(204).end();
});

const here = {};
let home;
/** Seconds since START. */
let now = 0;

beforeAll(async () => {
  webhook.listen(0, "127.0.0.1");
  await once(webhook, "listening");
  here.database = await makeDatabase(await serverUrl(), "alerts");
  const vars = {
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${webhook.address().port}/hook`,
    ALERT_WEBHOOK_SECRET: SECRET,
  };
  const config = SITES.alerted;
  Object.assign(here, await startWorkers({ databaseUrl: here.database.url, config, vars }));
  [home] = here.workers;
});
afterEach(({ task }) => {
  if (task.result?.state !== "fail") return;
  console.log(here.lines.filter((line) => /"error":|^[^{]/.test(line)).join("\n"));
});
afterAll(async () => {
  await here.stop?.();
  await here.database?.drop();
  await leaveServer();
  webhook.close();
});

const get = async (target) => (await home.ask(target, { headers: admin })).json();
const post = (target, json) => home.ask(target, { method: "POST", headers: admin, json });

async function alert() {
  const { alerts } = await get("/monitoring/alerts");
  expect(alerts).toHaveLength(1);
  return alerts[0];
}

/** Ten requests, each for something that nobody has asked for. */
let asked = 5_000_000;
async function load(expected) {
  for (let more = 0; more < 10; more += 1) {
    asked += 1;
    expect((await home.ask(`/things/${asked}`)).status).toBe(expected);
  }
}

/** The scheduler's call a minute after the last one, once all numbers have been told. */
async function minute() {
  await home.idle();
  await get("/api/metrics");
  await home.pass(60);
  now += 60;
  return evaluate();
}

async function evaluate() {
  const { outcome } = await home.scheduled(START + now * 1000, "* * * * *");
  expect(outcome).toBe("ok");
}

const titles = () => messages.map(({ body }) => JSON.parse(body).title);

test("an alert is pending, then fires, and people are told once, by a signed message", async () => {
  expect((await home.ask("/kept/1")).status).toBe(200);
  await load(404);
  await minute();
  expect(await alert()).toMatchObject({ state: "ok", value: 0, samples: 10, unit: "share" });
  await here.database.refuse();
  await load(503);
  await minute();
  expect(await alert()).toMatchObject({ state: "pending", level: "critical", value: 1 });
  expect(messages).toEqual([]);
  await load(503);
  await minute();
  expect(await alert()).toMatchObject({
    name: "things-fail",
    route: "GET /things/{id}",
    metric: "error_rate",
    over: "1m",
    state: "firing",
    level: "critical",
    since: START / 1000 + now,
    warning: 0.1,
    critical: 0.9,
    on_fire: "stretch-ttl",
    silenced_until: null,
  });
  await evaluate();
  expect(titles()).toEqual(["alerted: things-fail is critical"]);
  const [{ headers, body }] = messages;
  const { id, state, level, test: isTest, alerts } = JSON.parse(body);
  expect({ state, level, isTest }).toEqual({ state: "firing", level: "critical", isTest: false });
  expect(alerts).toMatchObject([{ name: "things-fail", route: "GET /things/{id}", what: "fired" }]);
  expect(headers["forebay-notification"]).toBe(id);
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers["forebay-signature"]);
  expect(Number(t)).toBe(START / 1000 + now);
  expect(v1).toBe(createHmac("sha256", SECRET).update(`${t}.${body}`).digest("hex"));
  const { deliveries, evaluated_at: at } = await get("/monitoring/alerts");
  expect(deliveries).toMatchObject([
    { to: "generic", alert: "things-fail", state: "firing", result: "sent", attempts: 1 },
  ]);
  expect(at).toBe(START / 1000 + now);
});

test("while it fires, what is stale is served at once, by the protection that it switched on", async () => {
  const { protections } = await get("/monitoring/alerts");
  expect(protections).toMatchObject([{ name: "stretch-ttl", on: true, why: "things-fail" }]);
  const kept = await home.ask("/kept/1");
  await home.idle();
  expect([kept.status, kept.headers["x-cache-status"]]).toEqual([200, "STALE"]);
  expect(kept.headers["cache-status"]).toMatch(/detail=stretch-ttl/);
});

test("a silence keeps people from being told, and its end tells how it is", async () => {
  const answer = await post("/admin/silence", { alert: "things-fail", for: "2h", reason: "known" });
  expect(answer.status, answer.text()).toBe(200);
  const silence = answer.json();
  const until = START / 1000 + now + 7200;
  expect(silence).toMatchObject({ alert: "things-fail", reason: "known", until });
  expect((await alert()).silenced_until).toBe(until);
  await here.database.accept();
  // Until the breaker has tried again and closed.
  await home.pass(60);
  now += 60;
  for (let turn = 0; turn < 3; turn += 1) {
    await load(404);
    await minute();
  }
  expect((await alert()).state).toBe("ok");
  expect(titles()).toHaveLength(1);
  expect((await post("/admin/unsilence", { id: silence.id })).status).toBe(200);
  await minute();
  expect(titles()).toEqual([
    "alerted: things-fail is critical",
    "alerted: things-fail is resolved",
  ]);
  expect((await get("/monitoring/alerts")).silences).toEqual([]);
  const { events } = await get("/monitoring/events?window=1d");
  const kinds = events.map(({ kind }) => kind).filter((kind) => kind !== "deploy");
  expect(kinds.sort()).toEqual(["alert", "alert", "protection", "protection"]);
  const kept = await home.ask("/kept/1");
  expect(kept.headers["cache-status"]).not.toMatch(/stretch-ttl/);
});

test("a test message says so of itself", async () => {
  const before = messages.length;
  const answer = await post("/admin/alert-test", { alert: "things-fail" });
  expect(answer.json()).toMatchObject({ state: "test", result: "sent", attempts: 1 });
  expect(JSON.parse(messages[before].body)).toMatchObject({ test: true });
});

test.each([
  ["/admin/silence", { alert: "thing-fails", for: "1h" }, "alert", /use one of things-fail/],
  ["/admin/silence", { alert: "things-fail", for: "soon" }, "for", /such as "1h"/],
  ["/admin/unsilence", { id: "nobody" }, "id", /no silence/],
  ["/admin/alert-test", {}, "alert", /is required/],
])("%s refuses %j, and says what to write", async (path, json, name, reason) => {
  const answer = await post(path, json);
  expect(answer.status).toBe(400);
  const { parameters } = answer.json();
  expect(parameters).toContainEqual({ name, reason: expect.stringMatching(reason) });
});
