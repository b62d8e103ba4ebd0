// Since when something stands out, and that what has lasted for longer than the span does.

import { describe, expect, test } from "vitest";
import { courseOf, excursion, inWords } from "../../dashboard/src/findings/course.ts";
import { moment } from "../../dashboard/src/format.ts";
import { spanBefore } from "../../dashboard/src/views/overview/before.ts";
import { summary } from "./support/dashboard_answers.js";
import { NOW, before, calm, incident, findings, told } from "./support/dashboard_findings.js";

describe("an excursion", () => {
  /** Values of points that are so long; the newest one is over, or has some seconds to go. */
  const found = (step, values, left = 0) => {
    const points = values.map((value, index) => ({ at: index * step, value }));
    return excursion(points, 5, { step, to: values.length * step - left });
  };
  test.each([
    ["never", [1, 2, 1], null, null, "seen"],
    ["going on", [1, 9, 9], 30, null, "seen"],
    ["really over", [1, 9, 9, 1, 1, 1], 30, 90, "seen"],
    ["over, though not all points were measured", [1, 9, 1, null, 1, null, 1], 30, 60, "seen"],
    ["with one good point at the end", [1, 9, 9, 1], 30, null, "seen"],
    ["with two good points at the end", [1, 9, 9, 1, 1], 30, null, "seen"],
    ["with one good point in the midst", [1, 9, 1, 9], 30, null, "seen"],
    ["with good points now and then", [1, 1, 1, 9, 1, 9, 1, 1, 9], 90, null, "seen"],
    ["the last of two", [9, 1, 1, 1, 9, 1, 1, 1], 120, 150, "seen"],
    ["all the time", [9, 9], 0, null, "older"],
    ["from before on, and over", [9, 1, 1, 1], 0, 30, "older"],
    ["where the numbers begin", [null, 9, 9], 30, null, "first"],
    ["across points without a value", [1, 9, null, 9], 30, null, "seen"],
    ["nothing at all", [], null, null, "seen"],
  ])("%s", (_, values, since, until, start) => {
    expect(found(30, values)).toEqual({ since, until, start });
  });

  test.each([
    ["good one is not the third of three", [1, 9, 1, 1, 1], 30, null],
    ["good one takes nothing from three before it", [1, 9, 1, 1, 1, 1], 30, 60],
    ["bad one is the first", [1, 1, 1, 9], 90, null],
    ["bad one goes on with what was", [1, 9, 1, 1, 9], 30, null],
  ])("whose newest point is not over: a %s", (_, values, since, until) => {
    expect(found(30, values, 1)).toMatchObject({ since, until });
  });

  test.each([
    ["50 s of ten are few", 10, [1, 9, 1, 1, 1, 1, 1], 0, [10, null]],
    ["a minute of ten is enough", 10, [1, 9, 1, 1, 1, 1, 1, 1], 0, [10, 20]],
    ["two minutes of sixty seconds are few", 60, [1, 9, 1, 1], 0, [60, null]],
    ["one of five minutes is enough", 300, [1, 9, 1], 0, [300, 600]],
    ["and parts what is before it", 300, [9, 1, 9], 0, [600, null]],
    ["but not before it is over", 300, [1, 9, 1], 1, [300, null]],
  ])("by the length of points: %s", (_, step, values, left, [since, until]) => {
    expect(found(step, values, left)).toMatchObject({ since, until });
  });

  const [from, later] = [NOW - 3600, NOW - 600];
  test.each([
    [{ since: null, until: null, start: "seen" }, ""],
    [{ since: later, until: null, start: "seen" }, `since ${moment(later)}`],
    [{ since: from, until: later, start: "seen" }, `from ${moment(from)} to ${moment(later)}`],
    [
      { since: from, until: null, start: "older" },
      `all through this span; it began before ${moment(from)}`,
    ],
    [
      { since: from - 60, until: later, start: "older" },
      `until ${moment(later)}; it began before ${moment(from - 60)}`,
    ],
    [
      { since: from - 60, until: null, start: "seen" },
      `all through this span, since ${moment(from - 60)}`,
    ],
    [
      { since: later, until: null, start: "first" },
      `since ${moment(later)}, where the numbers begin`,
    ],
  ])("is told in words: %o", (course, words) => {
    expect(inWords(course, from)).toBe(words);
  });
});

test("points of the span before may be longer, and part what they are between", () => {
  const made = (from, step, values, left = 0) => ({
    span: { from, to: from + step * values.length - left, step },
    points: values.map((value, index) => ({ at: from + step * index, value })),
  });
  const course = (now) =>
    courseOf({ now, before: made(0, 300, [9, 1, 9, 9]) }, 5, ({ points }) => points);
  expect(course(made(1200, 30, [9, 9, 9]))).toEqual({ since: 600, until: null, start: "seen" });
  expect(course(made(1200, 30, [9, 1, 1, 1])).until).toBe(1230);
  expect(course(made(1200, 30, [9, 1, 1, 1], 1)).until).toBe(null);
});

test("a few errors before are not when it began", () => {
  const now = incident();
  const dead = now.routes.find(({ route }) => route === "GET /legacy/*");
  for (const point of dead.spark.slice(10, 14)) point.errors = 1;
  const fails = findings({ now, before }).find(({ what }) => what.startsWith("GET /legacy/*"));
  expect(fails.course.since).toBe(now.points[80].at);
});

describe("what began before the span", () => {
  /** An hour that is all incident. */
  const bad = (to) => {
    const all = summary("incident", { to });
    for (const { spark } of [...all.routes, ...all.statements, ...all.origins])
      spark.splice(0, 80, ...spark.slice(-40), ...spark.slice(-40));
    return all;
  };

  test("is named in its second hour as well, with where it goes back to", () => {
    const past = bad(NOW - 3600);
    const all = findings({ now: bad(NOW), before: past });
    expect(all.map(({ part, what }) => `${part}: ${what}`)).toEqual([
      expect.stringMatching(/^origin: Origin legacy fails/),
      expect.stringMatching(/^origin: GET \/legacy\/\* fails/),
      "database: GET /api/search is slow: p95 1.90 s",
      expect.stringMatching(/^shield: Requests wait for connections/),
    ]);
    const slow = all[2];
    expect(slow.course).toEqual({ since: past.span.from, until: null, start: "older" });
    expect(slow.more.join()).toContain("over its limit of 100 ms");
    expect(slow.level).toBe("critical");
  });

  test("and with its beginning, where the span before has it", () => {
    const past = summary("incident", { to: NOW - 3600 });
    const [, , slow] = findings({ now: bad(NOW), before: past });
    expect(slow.course).toEqual({ since: past.points[80].at, until: null, start: "seen" });
  });

  test("without a span before, where the numbers begin", () => {
    const now = bad(NOW);
    for (const { spark } of now.routes)
      spark.fill({ requests: 0, errors: 0, refused: 0, p95: null }, 0, 30);
    const slow = findings({ now, before: null }).find(({ what }) =>
      what.includes("search is slow"),
    );
    expect(slow.course).toEqual({ since: now.points[30].at, until: null, start: "first" });
  });

  test("a route that was as slow before, while all together are well, is a nuisance", () => {
    const habit = (of) => {
      const each = of.routes.find(({ route }) => route === "GET /legacy/*");
      each.duration = { ...each.duration, p95: 700 };
      return of;
    };
    const past = habit(summary("calm", { to: NOW - 3600 }));
    expect(told({ now: habit(calm()), before: past })) //
      .toEqual([expect.stringMatching(/^\w+, warning: GET \/legacy\/\* is slow: p95 700 ms/)]);
  });
});

test.each([
  [
    "the database's",
    { view: "database", by: "Failed" },
    (now) => (now.statements[0].failures = 900),
  ],
  ["an origin's", { view: "shield" }, (now) => (now.origins[0].failures = 900)],
])("%s failures began by its own numbers, and lead to them", (_, lead, fail) => {
  const now = calm();
  fail(now);
  const own = lead.view === "database" ? now.statements[0] : now.origins[0];
  own.spark.forEach((point, index) => (point.failures = index >= 50 ? 15 : 0));
  // Somebody else's errors began much earlier.
  now.points.forEach((point) => (point.errors = 20));
  now.total.error_rate = 0.009;
  const [failing] = findings({ now, before });
  expect([failing.course.since, failing.lead]).toEqual([now.points[50].at, lead]);
});

test("a slow origin began by its own course, and leads to its chart", () => {
  const now = calm();
  now.origins[0].duration = { ...now.origins[0].duration, p95: 700 };
  now.origins[0].spark.forEach((point, index) => (point.p95 = index >= 60 ? 700 : 80));
  const [slow] = findings({ now, before });
  expect(slow.what).toBe("Origin legacy is slow: p95 700 ms");
  expect([slow.course.since, slow.lead.view]).toEqual([now.points[60].at, "shield"]);
});

describe("the span before", () => {
  const at = 1_700_000_000;
  test.each([
    ["of minutes is told apart by seconds", 300, 10],
    ["of an hour is kept in five minutes", 3600, 300],
    ["of a day is kept in hours", 86_400, 3600],
    ["of months is kept in days", 90 * 86_400, 86_400],
  ])("%s, and ends with a whole slot before the span begins", (_, length, slot) => {
    const now = { from: at - length - 7, to: at - 7 };
    const { from, to } = spanBefore(now, at);
    expect([to - from, to % slot]).toEqual([length, 0]);
    expect(to).toBeLessThanOrEqual(now.from);
    expect(to).toBeGreaterThan(now.from - slot);
  });
});
