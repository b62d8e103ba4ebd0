// How what was measured gets to where it is kept: by time, after failures, to Analytics Engine, and to those
// who listen.

import { describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { until } from "./support/until.js";
import { ADMIN_TOKEN, START } from "./support/workers.js";

const asOperator = { authorization: `Bearer ${ADMIN_TOKEN}` };

const THING = "GET /things/{id}";

describe("told by time", () => {
  const timed = edge("metrics_timed", {
    site: "measured",
    names: ["busy", "asked"],
    vars: { FOREBAY_FLUSH: "" },
  });

  /** By an isolate that has measured nothing itself. */
  const told = async () => {
    const [, asked] = timed.workers;
    const answer = await asked.ask("/api/metrics", { headers: asOperator });
    const { total, statements } = answer.json();
    const thing = statements.find(({ query }) => query === "thing");
    return [total.requests, total.hits.memory, thing?.calls];
  };

  const becomes = (...expected) =>
    until(`${expected} are told`, async () => `${await told()}` === `${expected}`);

  test("each lane tells by itself what it has counted, and so does the shield", async () => {
    const [busy] = timed.workers;
    const bothPass = () => Promise.all(timed.workers.map((worker) => worker.pass(1)));
    await busy.ask("/things/1");
    await bothPass();
    await becomes(1, 0, 1);
    await busy.idle();
    const asynchronous = await busy.asynchronous();
    for (let more = 0; more < 5; more += 1) await busy.ask("/things/1");
    expect(await busy.asynchronous()).toBe(asynchronous);
    await bothPass();
    await becomes(6, 5, 1);
  });
});

describe("with a dataset of Analytics Engine", () => {
  const analysed = edge("metrics_analytics", {
    site: "measured",
    bindings: { analyticsEngineDatasets: { ANALYTICS: { dataset: "forebay" } } },
  });

  test("each flow of a flush is a point, and the points are all that was answered", async () => {
    const { worker } = analysed;
    const at = { headers: { "x-edge-colo": "FRA" } };
    await worker.ask("/things/1", at);
    await worker.idle();
    for (let more = 0; more < 4; more += 1) await worker.ask("/things/1");
    await worker.ask("/things/no-number");
    await worker.ask("/nowhere");
    expect((await worker.control({})).points).toEqual([]);
    const answer = await worker.ask("/api/metrics", { headers: asOperator });
    expect(answer.json().total.requests).toBe(7);
    const { points } = await worker.control({});
    const told = points.map(({ indexes, blobs, doubles }) => ({
      indexes,
      blobs,
      count: doubles[0],
      numbers: doubles.length,
    }));
    const point = (route, verdict, layer, status, count) => ({
      indexes: [route],
      blobs: ["FRA", route, verdict, layer, status],
      count,
      numbers: 6,
    });
    expect(told.slice(0, 1)).toEqual([point(THING, "HIT", "memory", "2xx", 4)]);
    expect(told).toHaveLength(4);
    for (const expected of [
      point(THING, "MISS", "", "2xx", 1),
      point(THING, "BYPASS", "", "4xx", 1),
      point("", "BYPASS", "", "4xx", 1),
    ]) {
      expect(told).toContainEqual(expected);
    }
  });

  test("nothing is told twice", async () => {
    const { worker } = analysed;
    await worker.control({ points: [] });
    await worker.ask("/things/1");
    await worker.ask("/api/metrics", { headers: asOperator });
    await worker.ask("/api/metrics", { headers: asOperator });
    const { points } = await worker.control({});
    expect(points.map(({ doubles }) => doubles[0])).toEqual([1]);
  });
});

describe("while the metrics object does not answer", () => {
  const broken = edge("metrics_broken", { site: "measured" });
  const asked = (target = "/api/metrics") => broken.worker.ask(target, { headers: asOperator });

  test("requests are answered, numbers are not, and what was counted is told afterwards", async () => {
    const { worker } = broken;
    await worker.control({ metricsFail: true });
    for (let more = 0; more < 6; more += 1) {
      expect((await worker.ask("/things/1")).status).toBe(200);
    }
    const refused = await asked();
    expect([refused.status, refused.headers["content-type"]]).toEqual([
      503,
      "application/problem+json",
    ]);
    expect((await asked("/metrics")).status).toBe(503);
    await worker.control({ metricsFail: false });
    // What failed to arrive is tried again after a pause.
    await worker.pass(60);
    const { total, losses } = (await asked()).json();
    expect(total.requests).toBe(6);
    expect([losses.dropped, losses.responses_dropped]).toEqual([0, 0]);
  });

  test("the report of an hour is that which was published", async () => {
    const { worker } = broken;
    await worker.pass(2 * 3600);
    const hour = new Date(START).toISOString().slice(0, 13);
    const target = `/monitoring/report?hour=${hour}`;
    const live = (await asked(target)).json();
    await worker.control({ metricsFail: true });
    // Nothing was published of it yet.
    expect((await asked(target)).status).toBe(503);
    await worker.control({ metricsFail: false });
    await worker.scheduled(START + 3900_000, "5 * * * *");
    await worker.control({ metricsFail: true });
    const published = (await asked(target)).json();
    expect(published).toEqual({ ...live, made_at: expect.any(Number) });
    expect(published.total.requests).toBe(6);
    await worker.control({ metricsFail: false });
  });
});

describe("told live", () => {
  const live = edge("metrics_live", { site: "measured" });
  const LISTENERS_MAX = 64;
  const listen = () => live.worker.open("/monitoring/live", { headers: asOperator });

  test("an isolate takes so many listeners, and others once those have left", async () => {
    const opened = [];
    for (let more = 0; more < LISTENERS_MAX; more += 1) opened.push(await listen());
    for (const { response } of opened) expect(response.statusCode).toBe(200);
    const surplus = await listen();
    expect(surplus.response.statusCode).toBe(503);
    surplus.leave();
    for (const { leave } of opened) leave();
    // Those who leave without a word count no more once nobody has pulled them for half a minute.
    await until("another one is taken", async () => {
      await live.worker.pass(31);
      const one = await listen();
      one.leave();
      return one.response.statusCode === 200;
    });
  });
});
