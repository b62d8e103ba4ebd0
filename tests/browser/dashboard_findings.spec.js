// What the overview says stands out, from made-up summaries: the same numbers always give the same words.

import { describe, expect, test } from "vitest";
import { excursion } from "../../dashboard/src/findings/finding.ts";
import { findings, worst } from "../../dashboard/src/findings.ts";
import { summary } from "./support/dashboard_answers.js";

const NOW = 1_700_000_010;
const before = summary("calm", { to: NOW - 3600 });
const calm = () => summary("calm", { to: NOW });
const incident = () => summary("incident", { to: NOW });
const told = (seen) => findings(seen).map(({ part, level, what }) => `${part}, ${level}: ${what}`);

describe("an excursion", () => {
  const points = (...values) => values.map((value, index) => ({ at: index * 10, value }));
  test.each([
    ["never", points(1, 2, 1), null, null],
    ["going on", points(1, 9, 9), 10, null],
    ["over", points(1, 9, 9, 1), 10, 30],
    ["the last of two", points(9, 1, 9, 1), 20, 30],
    ["all the time", points(9, 9), null, null],
    ["across points without a value", points(1, 9, null, 9), 10, null],
    ["nothing at all", points(), null, null],
  ])("%s", (_, given, since, until) => {
    expect(excursion(given, 5)).toEqual({ since, until });
  });
});

test("nothing stands out of what is as before", () => {
  expect(findings({ now: calm(), before })).toEqual([]);
  expect(findings({ now: calm(), before: null })).toEqual([]);
});

test("nothing stands out where nothing was asked", () => {
  expect(findings({ now: summary("empty", { to: NOW }), before })).toEqual([]);
});

test("a slow query and a dead origin are both found, by name, with when they began", () => {
  const now = incident();
  const found = findings({ now, before });
  expect(told({ now, before })).toEqual([
    expect.stringMatching(/^origin, critical: Origin legacy fails: 12 % of/),
    expect.stringMatching(/^origin, critical: GET \/legacy\/\* fails/),
    expect.stringMatching(/^database, critical: GET \/api\/search is slow/),
    expect.stringMatching(/^shield, warning: Requests wait for connections to database main/),
  ]);
  const began = now.points[80].at;
  expect(found.slice(0, 3).map(({ since, until }) => [since, until])).toEqual(
    Array(3).fill([began, null]),
  );
  expect(found[2].more[0]).toContain("slowest now is query search");
  expect(["edge", "cache", "shield", "database", "origin"].map((part) => worst(found, part))) //
    .toEqual([null, null, "warning", "critical", "critical"]);
});

describe("what has just begun", () => {
  /** The last five minutes, which are bad in an hour that is calm as a whole. */
  const recent = () => summary("incident", { from: NOW - 300, to: NOW });
  const told = (seen, last) => findings(seen, last).map(({ what }) => what);

  test("is named although it is little of the whole span", () => {
    expect(told({ now: calm(), before }, null)).toEqual([]);
    expect(told({ now: calm(), before }, recent())).toEqual([
      expect.stringMatching(/^Origin legacy fails: \d+ % of .* in the last 5 min$/),
      expect.stringMatching(/^GET \/legacy\/\* fails: .* in the last 5 min$/),
      expect.stringMatching(/^GET \/api\/search is slow: .* in the last 5 min$/),
      expect.stringMatching(/^Requests wait for connections to database main in the last 5 min$/),
    ]);
  });

  test("began when the points of the whole span say", () => {
    const now = calm();
    const began = now.points.at(-6).at;
    const search = now.routes.find(({ route }) => route === "GET /api/search");
    for (const point of search.spark.slice(-6)) point.p95 = 2000;
    const slow = findings({ now, before }, recent()).find(({ what }) => what.includes("is slow"));
    expect([slow.since, slow.until]).toEqual([began, null]);
  });

  test("is told once, where the whole span says so too", () => {
    const whole = told({ now: incident(), before }, null);
    const both = told({ now: incident(), before }, recent());
    expect(both.length).toBe(whole.length);
    expect(both.every((each) => each.endsWith("in the last 5 min"))).toBe(true);
  });
});

test("a few errors before are not when it began", () => {
  const now = incident();
  for (const point of now.points.slice(10, 14)) point.errors = 1;
  const [origin] = findings({ now, before });
  expect(origin.since).toBe(now.points[80].at);
});

test("an open breaker is told of by itself where nothing is seen to fail", () => {
  const now = calm();
  now.gauges.push({ name: "breaker_open", of: "database main", average: 0.5, max: 1 });
  expect(told({ now, before })).toEqual([
    "database, critical: The breaker of database main was open",
  ]);
});

test("a hit rate that has fallen is the cache's", () => {
  const now = calm();
  now.total.hits.rate = 0.4;
  expect(told({ now, before })).toEqual(["cache, critical: The hit rate has fallen to 40 %"]);
  now.total.hits.rate = 0.8;
  expect(told({ now, before })).toEqual([]);
});

test("a route that is slow while its source is quick waits before it", () => {
  const now = calm();
  const [route] = now.routes;
  route.duration = { ...route.duration, p95: 900 };
  expect(told({ now, before })).toEqual([`shield, critical: ${route.route} is slow: p95 900 ms`]);
  route.source = { ...route.source, count: 0, p95: null };
  expect(told({ now, before })).toEqual([`edge, critical: ${route.route} is slow: p95 900 ms`]);
});

test("too few requests say nothing", () => {
  const now = calm();
  const [route] = now.routes;
  route.duration = { ...route.duration, count: 19, p95: 9000 };
  expect(findings({ now, before })).toEqual([]);
});

test("one place that is slower than the rest is named, with its clients' country", () => {
  const now = calm();
  now.places[3].duration = { ...now.places[3].duration, p95: 800 };
  expect(told({ now, before })).toEqual([
    "edge, warning: SIN (clients in SG) is slower than the rest: p95 800 ms",
  ]);
});

test("numbers that were lost are told of", () => {
  const now = calm();
  now.losses.responses_dropped = 1234;
  expect(told({ now, before })).toEqual([
    "edge, warning: 1,234 responses are missing from these numbers",
  ]);
});

describe("requests that come no more", () => {
  /** A calm hour whose last points had `after` requests each; only each `every`-th point before had any. */
  const quiet = (silent, { every = 1, after = 0 } = {}) => {
    const now = calm();
    now.points.forEach((point, index) => {
      if (index >= now.points.length - silent) point.requests = after;
      else if (index % every !== 0) point.requests = 0;
    });
    now.total.requests = now.points.reduce((sum, { requests }) => sum + requests, 0);
    return now;
  };
  const isCutOff = (now) => told({ now, before }).filter((each) => each.includes("No requests"));

  test("are told of, with when the last ones came", () => {
    const now = quiet(10);
    expect(isCutOff(now)).toEqual(["edge, critical: No requests have arrived for 5 min"]);
    const [found] = findings({ now, before });
    expect([found.since, found.until]).toEqual([now.points.at(-10).at, null]);
  });

  test.each([
    ["as the last ones are not told yet", quiet(2)],
    ["as there are some", quiet(10, { after: 1 })],
    ["as they never came steadily", quiet(10, { every: 2 })],
    ["as there never were any", quiet(120)],
    ["as there were too few before to say so", quiet(115)],
  ])("or are not, %s", (_, now) => {
    expect(isCutOff(now)).toEqual([]);
  });
});
