// Since when something stands out, and that what has lasted for longer than the span does.

import { describe, expect, test } from "vitest";
import { excursion, inWords } from "../../dashboard/src/findings/course.ts";
import { moment } from "../../dashboard/src/format.ts";
import { spanBefore } from "../../dashboard/src/views/overview/before.ts";
import { summary } from "./support/dashboard_answers.js";
import { NOW, before, calm, incident, findings, told } from "./support/dashboard_findings.js";

describe("an excursion", () => {
  const points = (...values) => values.map((value, index) => ({ at: index * 10, value }));
  test.each([
    ["never", points(1, 2, 1), null, null, "seen"],
    ["going on", points(1, 9, 9), 10, null, "seen"],
    ["over", points(1, 9, 9, 1), 10, 30, "seen"],
    ["the last of two", points(9, 1, 9, 1), 20, 30, "seen"],
    ["all the time", points(9, 9), 0, null, "older"],
    ["from before on, and over", points(9, 1), 0, 10, "older"],
    ["where the numbers begin", points(null, 9, 9), 10, null, "first"],
    ["across points without a value", points(1, 9, null, 9), 10, null, "seen"],
    ["nothing at all", points(), null, null, "seen"],
  ])("%s", (_, given, since, until, start) => {
    expect(excursion(given, 5)).toEqual({ since, until, start });
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
