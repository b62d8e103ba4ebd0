// What the overview says of the last minutes, which are little of the whole span.

import { describe, expect, test } from "vitest";
import { findings } from "../../dashboard/src/findings.ts";
import { summary } from "./support/dashboard_answers.js";
import { NOW, before, calm, incident } from "./support/dashboard_findings.js";

/** The last three minutes, which are bad in an hour that is calm as a whole. */
const recent = () => summary("incident", { from: NOW - 180, to: NOW });
const seen = (now, past = before) => ({ now, before: past, alerts: null });
const told = (now, last, past) => findings(seen(now, past), last).map(({ what }) => what);

test("what has just begun is named", () => {
  expect(told(calm(), null)).toEqual([]);
  expect(told(calm(), recent())).toEqual([
    expect.stringMatching(/^Origin legacy fails: \d+ % of .* in the last 3 min$/),
    expect.stringMatching(/^GET \/legacy\/\* fails: .* in the last 3 min$/),
    expect.stringMatching(/^GET \/api\/search is slow: .* in the last 3 min$/),
    expect.stringMatching(/^Requests wait for connections to database main in the last 3 min$/),
  ]);
});

test("it began when the points of the whole span say", () => {
  const now = calm();
  const search = now.routes.find(({ route }) => route === "GET /api/search");
  for (const point of search.spark.slice(-6)) point.p95 = 2000;
  const slow = findings(seen(now), recent()).find(({ what }) => what.includes("is slow"));
  expect([slow.course.since, slow.course.until]).toEqual([now.points.at(-6).at, null]);
});

test("it is told once, where the whole span says so too", () => {
  const [whole, both] = [told(incident(), null), told(incident(), recent())];
  expect(both.length).toBe(whole.length);
  expect(both.every((each) => each.endsWith("in the last 3 min"))).toBe(true);
});

describe("the hour and its last minutes say the same of", () => {
  const refusing = (of, name, share) => {
    const each = of.routes.find(({ route }) => route === name);
    each.refused = Math.round(share * (name === null ? of.total.requests : each.requests));
  };
  const hits = (of, rate) => (of.total.hits.rate = rate);
  const past = summary("calm", { to: NOW - 3600 });
  hits(past, 0.72);
  test.each([
    [
      "a wave of 4xx",
      (of) => refusing(of, "GET /api/users/{id}", 0.34),
      (of) => refusing(of, "GET /api/users/{id}", 0.48),
      /^GET \/api\/users\/{id} refuses 48 % of .* in the last 3 min$/,
    ],
    [
      "a wave of what matches no route",
      (of) => refusing(of, null, 0.2),
      (of) => refusing(of, null, 0.38),
      /^38 % of all requests match no route \(4xx\) in the last 3 min$/,
    ],
    [
      "a hit rate that is low, and then has fallen as well",
      (of) => hits(of, 0.68),
      (of) => hits(of, 0.6),
      /^The hit rate has fallen to 60 % in the last 3 min$/,
    ],
    [
      "a hit rate that was worse over the hour",
      (of) => hits(of, 0.3),
      (of) => hits(of, 0.65),
      /^The hit rate has fallen to 30 %$/,
    ],
  ])("%s, and it is told once", (_, inAll, inLast, says) => {
    const [now, last] = [calm(), summary("calm", { from: NOW - 180, to: NOW })];
    inAll(now);
    inLast(last);
    expect(told(now, null, past).length).toBe(1);
    expect(told(now, last, past)).toEqual([expect.stringMatching(says)]);
  });

  test("but why a source failed stands beside its breaker, which keeps it from being asked", () => {
    const [now, last] = [calm(), summary("calm", { from: NOW - 180, to: NOW })];
    now.origins[0].failures = 900;
    last.gauges.push({ name: "breaker_open", of: "origin legacy", average: 1, max: 1, spark: [] });
    expect(told(now, last)).toEqual([
      "The breaker of origin legacy was open in the last 3 min",
      expect.stringMatching(/^Origin legacy fails: 9.9 % of/),
    ]);
  });

  test("but a query that is slow on two databases is two", () => {
    const [now, last] = [calm(), summary("calm", { from: NOW - 180, to: NOW })];
    const slow = (each, database) => ({
      ...each,
      database,
      duration: { ...each.duration, p95: 700 },
    });
    now.statements.push(slow(now.statements[0], "replica"));
    last.statements[0] = slow(last.statements[0], "main");
    expect(told(now, last)).toEqual([
      expect.stringMatching(/^Query search on main is slow: .* in the last 3 min$/),
      expect.stringMatching(/^Query search on replica is slow: p95 700 ms$/),
    ]);
  });
});
