// What the overview says stands out, from made-up summaries: the same numbers always give the same words.

import { describe, expect, test } from "vitest";
import { worst } from "../../dashboard/src/findings.ts";
import { summary } from "./support/dashboard_answers.js";
import { NOW, before, calm, incident, findings, told } from "./support/dashboard_findings.js";

test("nothing stands out of what is as before", () => {
  expect(findings({ now: calm(), before })).toEqual([]);
  expect(findings({ now: calm(), before: null })).toEqual([]);
});

test("nothing stands out where nothing was asked", () => {
  expect(findings({ now: summary("empty", { to: NOW }), before })).toEqual([]);
});

test("a slow query and a dead origin are both found, by name, with when they began", () => {
  const now = incident();
  const all = findings({ now, before });
  expect(told({ now, before })).toEqual([
    expect.stringMatching(/^origin, critical: Origin legacy fails: 12 % of/),
    expect.stringMatching(/^origin, critical: GET \/legacy\/\* fails/),
    expect.stringMatching(/^database, critical: GET \/api\/search is slow/),
    expect.stringMatching(/^shield, warning: Requests wait for connections to database main/),
  ]);
  const began = now.points[80].at;
  expect(all.map(({ course: { since, until } }) => [since, until])).toEqual(
    Array(4).fill([began, null]),
  );
  expect(all[2].more[0]).toBe("its query search takes p95 1.85 s");
  expect(["edge", "cache", "shield", "database", "origin"].map((part) => worst(all, part))) //
    .toEqual([null, null, "warning", "critical", "critical"]);
});

test("an open breaker is told of by itself where nothing is seen to fail", () => {
  const now = calm();
  now.gauges.push({ name: "breaker_open", of: "database main", average: 0.5, max: 1 });
  expect(told({ now, before })).toEqual([
    "database, critical: The breaker of database main was open",
  ]);
});

describe("what fails of few", () => {
  const share = (calls, failures, open = []) => {
    const now = calm();
    now.statements = [{ ...now.statements[0], calls, failures }];
    now.gauges.push(...open);
    return now;
  };
  test.each([
    ["one of six statements is a warning", 6, 1, "warning: Database main fails: 17 % of 6"],
    ["two of nineteen are too", 19, 2, "warning: Database main fails: 11 % of 19"],
    ["three of six are none any more", 6, 3, "critical: Database main fails: 50 % of 6"],
    ["nor are two of twenty", 20, 2, "critical: Database main fails: 10 % of 20"],
  ])("%s", (_, calls, failures, says) => {
    expect(told({ now: share(calls, failures), before })) //
      .toEqual([expect.stringContaining(`database, ${says} statements`)]);
  });

  test("as its breaker is open is as bad as if it were many", () => {
    const open = { name: "breaker_open", of: "database main", average: 0.9, max: 1, spark: [] };
    expect(told({ now: share(1, 1, [open]), before })).toEqual([
      "database, critical: Database main fails: 100 % of 1 statements",
    ]);
  });

  test("and in the last minutes alone hides nothing that is worse over all", () => {
    const last = summary("calm", { from: NOW - 180, to: NOW });
    last.statements = [{ ...last.statements[0], calls: 2, failures: 1 }];
    const all = findings({ now: share(600, 300), before }, last);
    expect(all.map(({ level, what }) => `${level}: ${what}`)).toEqual([
      "critical: Database main fails: 50 % of 600 statements",
    ]);
  });

  const route = "GET /api/search";
  test.each([
    [1, "warning"],
    [3, "critical"],
  ])("so it is with %d of the one route that is looked at: %s", (count, level) => {
    const now = summary("calm", { to: NOW, route });
    const few = { requests: count, errors: count, error_rate: 1 };
    Object.assign(now.total, few);
    Object.assign(now.routes[0], few);
    const [failing] = findings({ now, before: summary("calm", { to: NOW - 3600, route }) });
    expect([failing.what, failing.level]) //
      .toEqual([`${route} fails: 100 % of ${count} requests`, level]);
  });
});

test("what is said of a route leads to it, but not of one that the site has no more", () => {
  const lead = (more) => {
    const now = incident();
    Object.assign(
      now.routes.find(({ route }) => route === "GET /api/search"),
      more,
    );
    const slow = findings({ now, before }).find(({ what }) => what.includes("search is slow"));
    return slow.lead;
  };
  expect(lead({})).toEqual({ view: "routes", route: "GET /api/search" });
  expect(lead({ own_source: null })).toEqual({ view: "routes" });
});

test("a hit rate that has fallen is the cache's, and leads to the routes that miss", () => {
  const now = calm();
  now.total.hits.rate = 0.4;
  expect(told({ now, before })).toEqual(["cache, critical: The hit rate has fallen to 40 %"]);
  expect(findings({ now, before })[0].lead).toEqual({ view: "routes", by: "Misses" });
  now.total.hits.rate = 0.8;
  expect(told({ now, before })).toEqual([]);
});

test("too few requests say nothing", () => {
  const now = calm();
  const [route] = now.routes;
  route.duration = { ...route.duration, count: 19, p95: 9000 };
  expect(findings({ now, before })).toEqual([]);
});

describe("for whom", () => {
  const slowIn = (of, ...colos) => {
    for (const place of of.places)
      if (colos.includes(place.colo)) place.duration = { ...place.duration, p95: 800 };
    return of;
  };

  test("one place that is slower than it was is named, with its clients' country", () => {
    expect(told({ now: slowIn(calm(), "SIN"), before })).toEqual([
      "edge, warning: SIN (clients in SG) is slower than it was: p95 800 ms",
    ]);
  });

  test("a place that is far away is as slow as it always was", () => {
    const far = slowIn(summary("calm", { to: NOW - 3600 }), "SIN");
    expect(told({ now: slowIn(calm(), "SIN"), before: far })).toEqual([]);
    expect(told({ now: slowIn(calm(), "SIN"), before: null })).toEqual([]);
  });

  test("when nearly all places are slower, it is not the places", () => {
    expect(told({ now: slowIn(calm(), "FRA", "LHR", "IAD", "SIN"), before })).toEqual([]);
  });

  test("what slows all of them is not the fault of those that it slows the most", () => {
    const now = calm();
    const past = calm();
    for (const { duration } of past.places) duration.p95 = 100;
    // Each is slower than it was, and two of them so much that it would be told.
    const p95 = { FRA: 170, LHR: 190, IAD: 220, SIN: 240 };
    for (const { colo, duration } of now.places) duration.p95 = p95[colo];
    expect(told({ now, before: past })).toEqual([]);
    now.places.find(({ colo }) => colo === "SIN").duration.p95 = 1500;
    expect(told({ now, before: past })).toEqual([
      "edge, warning: SIN (clients in SG) is slower than it was: p95 1.50 s",
    ]);
  });

  const route = "GET /api/search";
  const past = summary("calm", { to: NOW - 3600, route });
  test.each([
    [["SIN"], "for clients of SIN (clients in SG) alone"],
    [["FRA", "LHR", "IAD"], "in 3 of 4 places"],
  ])("one route that is slow says it of its own places: %s", (colos, says) => {
    const now = slowIn(summary("incident", { to: NOW, route }), ...colos);
    const [slow] = findings({ now, before: past }).filter(({ what }) => what.startsWith(route));
    expect(slow.more).toContain(says);
  });

  test("places of all routes say nothing of one", () => {
    const [slow] = findings({ now: slowIn(incident(), "SIN"), before }) //
      .filter(({ what }) => what.startsWith(route));
    expect(slow.more.join()).not.toContain("SIN");
  });

  test("a place that fails, while the others do not, is named", () => {
    const now = calm();
    now.places[3].errors = 300;
    now.total.errors = 300;
    expect(told({ now, before })).toContainEqual(
      expect.stringMatching(/^edge, warning: SIN \(clients in SG\) fails: 5.5 % of/),
    );
  });

  test("a place that fails a little more than the others is not", () => {
    const now = calm();
    const failing = (rate) =>
      now.places.forEach((place, index) => {
        place.errors = Math.round(place.requests * (index === 3 ? rate : 0.004));
      });
    const isNamed = () => {
      now.total.errors = now.places.reduce((sum, { errors }) => sum + errors, 0);
      return told({ now, before }).some((each) => each.includes("SIN (clients in SG) fails"));
    };
    failing(0.012);
    expect(isNamed()).toBe(false);
    failing(0.03);
    expect(isNamed()).toBe(true);
  });
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
    const [{ course }] = findings({ now, before });
    expect([course.since, course.until]).toEqual([now.points.at(-10).at, null]);
  });

  test("a point that goes on is not silent yet", () => {
    const now = quiet(3);
    expect(isCutOff(now)).toHaveLength(1);
    now.span.to -= 1;
    expect(isCutOff(now)).toEqual([]);
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

describe("a wave of 4xx", () => {
  const refusing = (route, share, of = calm(), from = 0) => {
    const each = of.routes.find((own) => own.route === route);
    each.refused = Math.round(share * (route === null ? of.total.requests : each.requests));
    each.spark.forEach((point, index) => {
      point.refused = index >= from ? Math.round(point.requests * 0.9) : 0;
    });
    return of;
  };
  test.each([
    ["of one route", "GET /api/users/{id}", 0.3, "warning: GET /api/users/{id} refuses 30 % of"],
    [
      "of nearly all of it",
      "GET /api/users/{id}",
      0.9,
      "critical: GET /api/users/{id} refuses 90 % of",
    ],
    ["of what no route matches", null, 0.2, "warning: 20 % of all requests match no route"],
  ])("%s is told of", (_, route, share, says) => {
    const now = refusing(route, share, calm(), 40);
    expect(told({ now, before })).toEqual([expect.stringContaining(`edge, ${says}`)]);
    expect(findings({ now, before })[0].course.since).toBe(now.points[40].at);
  });

  test("that was so before is none, unless most are refused", () => {
    const past = (share) =>
      refusing("GET /api/users/{id}", share, summary("calm", { to: NOW - 3600 }));
    const now = (share) => refusing("GET /api/users/{id}", share);
    expect(told({ now: now(0.3), before: past(0.28) })).toEqual([]);
    expect(told({ now: now(0.9), before: past(0.9) })).toEqual([
      expect.stringContaining("edge, warning: GET /api/users/{id} refuses 90 %"),
    ]);
  });
});
