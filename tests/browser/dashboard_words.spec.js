// What the dashboard makes of a URL, of lengths and moments, and of the points of a chart: without a page.

import { describe, expect, test } from "vitest";
import { readAddress } from "../../dashboard/src/address.ts";
import { COUNT, PER_SECOND } from "../../dashboard/src/charts/measures.ts";
import { isolated, linesOf, pointsOver, stretch } from "../../dashboard/src/charts/points.ts";
import { atMost, dateAndTime, duration, moment, perSecond } from "../../dashboard/src/format.ts";

test.each(["constructor", "tostring", "nothing", ""])("no view is named %j", (name) => {
  expect(readAddress({ pathname: `/dashboard/${name}`, search: "" }).view).toBe("overview");
});

describe("a span in a URL", () => {
  const span = (search) => readAddress({ pathname: "/dashboard", search }).span;
  test("is two whole seconds", () => {
    expect(span("?from=1700000000&to=1700000600")).toEqual({ from: 1700000000, to: 1700000600 });
  });
  test.each([
    "from=1&to=Infinity",
    "from=1&to=1e300",
    "from=1&to=8640000000001",
    "from=1.5&to=3",
    "from=3&to=3",
    "from=&to=",
    "from=x&to=5",
  ])("is the last hour where it says %s", (search) => {
    expect(span(`?${search}`)).toEqual({ window: "1h" });
  });
});

describe("a length of time", () => {
  test.each([
    [0, "0 s", "0 s"],
    [0.4, "0 s", "1 ms"],
    [400, "0 s", "400 ms"],
    [1400, "1 s", "2 s"],
    [62_000, "1 min 2 s", "1 min 2 s"],
    [3_599_500, "1 h", "1 h"],
    [3_661_000, "1 h 1 min", "1 h 2 min"],
    [86_399_000, "23 h 59 min", "1 d"],
    [87_302_000, "1 d 15 min", "1 d 16 min"],
  ])("of %d ms is %s, and as a limit %s", (ms, length, limit) => {
    expect([duration(ms / 1000), atMost(ms)]).toEqual([length, limit]);
  });
});

describe("a rate", () => {
  test.each([
    [0, "0/s"],
    [1234.5, "1,235/s"],
    [3.26, "3.3/s"],
    [0.5, "0.5/s"],
    [0.25, "0.25/s"],
    [0.05, "3/min"],
    [1 / 60, "1/min"],
    // An hour's forty requests; and one of an hour, of a day, of ten, of a month.
    [40 / 3600, "40/h"],
    [1 / 3600, "1/h"],
    [1 / 86_400, "1/d"],
    [0.1 / 86_400, "0.1/d"],
    [1 / 30 / 86_400, "< 0.1/d"],
  ])("of %d a second is %s", (value, says) => {
    expect(perSecond(value)).toBe(says);
  });

  test("is another one at each step of an axis, down to one a day", () => {
    for (let power = -5; power <= 3; power += 1)
      for (const step of [2.5, 5, 10, 20].map((each) => each * 10 ** (power - 1))) {
        const labels = [0, 1, 2, 3, 4, 5].map((each) => PER_SECOND.shown(each * step));
        expect(new Set(labels).size, labels.join()).toBe(6);
      }
  });
});

test("a moment is told with its year once it is more than one ago", () => {
  const now = Date.UTC(2026, 10, 21) / 1000;
  const days = (count) => now - count * 86_400;
  expect(dateAndTime(days(364), now)).not.toMatch(/20\d\d/);
  expect(dateAndTime(days(366), now)).toMatch(/2025/);
  expect(moment(days(366), now)).toMatch(/2025/);
  expect(moment(days(0), now)).toMatch(/^\d\d:\d\d$/);
});

describe("the points of a chart", () => {
  const points = [0, 10, 20].map((at) => ({ at: 1000 + at, requests: 100 }));
  const summary = (to) => ({ span: { from: 1000, to, step: 10 }, points });

  test("that is not over has a rate of its seconds, and is not counted among those that are", () => {
    const rates = (to) => linesOf(summary(to)).rate("", "", ({ requests }) => requests).values;
    expect(rates(1030)).toEqual([10, 10, 10]);
    expect(rates(1025)).toEqual([10, 10, 20]);
    expect(rates(1021)).toEqual([10, 10, 100]);
    expect([1030, 1029, 1021].map((to) => pointsOver(summary(to)))).toEqual([3, 2, 2]);
  });

  test.each([
    ["in the midst", 1004, 1012, { from: 1000, to: 1020 }],
    ["up to the edge", 1012, 1020, { from: 1010, to: 1025 }],
    ["within one point", 1011, 1012, { from: 1010, to: 1020 }],
  ])("that a stretch %s touches are all in its span", (_, begins, ends, span) => {
    expect(stretch(summary(1025).span, begins, ends)).toEqual(span);
  });

  test("that stand alone are those without any beside them", () => {
    expect(isolated([1, null, 2, 3, null, 4])).toEqual([0, 5]);
    expect(isolated([null, 5, undefined])).toEqual([1]);
    expect(isolated([])).toEqual([]);
  });

  test("that count things have an axis of whole numbers", () => {
    expect(COUNT.increments.slice(0, 5)).toEqual([1, 2, 5, 10, 20]);
    expect(COUNT.increments.every(Number.isInteger)).toBe(true);
  });
});
