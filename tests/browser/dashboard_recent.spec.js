// What the overview says of the last minutes, which are little of the whole span.

import { expect, test } from "vitest";
import { findings } from "../../dashboard/src/findings.ts";
import { summary } from "./support/dashboard_answers.js";
import { NOW, before, calm, incident } from "./support/dashboard_findings.js";

/** The last three minutes, which are bad in an hour that is calm as a whole. */
const recent = () => summary("incident", { from: NOW - 180, to: NOW });
const seen = (now) => ({ now, before, alerts: null, at: NOW });
const told = (now, last) => findings(seen(now), last).map(({ what }) => what);

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
