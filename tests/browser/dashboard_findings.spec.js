// What the overview says stands out, from made-up summaries: the same numbers always give the same words.

import { describe, expect, test } from "vitest";
import { spentIn } from "../../dashboard/src/views/overview/spent.ts";
import { spanBefore } from "../../dashboard/src/views/overview/before.ts";
import { excursion, inWords } from "../../dashboard/src/findings/course.ts";
import { findings as found, worst } from "../../dashboard/src/findings.ts";
import { moment } from "../../dashboard/src/format.ts";
import { alerts, summary } from "./support/dashboard_answers.js";

const NOW = 1_700_000_010;
const before = summary("calm", { to: NOW - 3600 });
const calm = () => summary("calm", { to: NOW });
const incident = () => summary("incident", { to: NOW });
/** Without alerts, unless they are given. */
const findings = (seen) => found({ alerts: null, at: NOW, ...seen });
const told = (seen) => findings(seen).map(({ part, level, what }) => `${part}, ${level}: ${what}`);

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

test("a few errors before are not when it began", () => {
  const now = incident();
  const dead = now.routes.find(({ route }) => route === "GET /legacy/*");
  for (const point of dead.spark.slice(10, 14)) point.errors = 1;
  const fails = findings({ now, before }).find(({ what }) => what.startsWith("GET /legacy/*"));
  expect(fails.course.since).toBe(now.points[80].at);
});

test("an open breaker is told of by itself where nothing is seen to fail", () => {
  const now = calm();
  now.gauges.push({ name: "breaker_open", of: "database main", average: 0.5, max: 1 });
  expect(told({ now, before })).toEqual([
    "database, critical: The breaker of database main was open",
  ]);
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

describe("the cause of a slow route", () => {
  const route = "GET /api/search";
  const slow = ({ source, works = true, ...more }) => {
    const now = calm();
    const each = now.routes.find((own) => own.route === route);
    each.duration = { ...each.duration, p95: 900 };
    each.source = { ...each.source, ...source };
    Object.assign(each, more);
    const own = now.statements.find(({ query }) => query === "search");
    if (!works) now.statements = [];
    own.duration = { ...own.duration, p95: more.query ?? 9 };
    // What belongs to other routes is slower by far.
    now.origins[0].duration = { ...now.origins[0].duration, p95: 90 };
    now.statements.push({ ...own, query: "other", duration: { ...own.duration, p95: 49 } });
    return now;
  };
  const asked = { count: 400, p95: 850 };
  const none = { count: 0, p95: null };
  const misses = (count) => ({ ...calm().routes[0].hits, misses: count, expired: 0 });
  const assets = { kind: "assets", name: "", asks: [] };
  test.each([
    [
      "its own query",
      { source: asked, query: 840 },
      "database",
      "its query search takes p95 840 ms",
    ],
    ["waits for a connection", { source: asked }, "shield", "but its query search only 9 ms"],
    ["its query was never reached", { source: asked, works: false }, "shield", "was never reached"],
    ["a quick source", { source: { p95: 20 } }, "shield", "its source is quick (p95 20 ms)"],
    [
      "a quick source, and slow caches",
      { source: { p95: 20 }, spent: { edge_ms: 9e9, shield_ms: 1, source_ms: 1 } },
      "edge",
      "at the edge and in its caches",
    ],
    [
      "waiting for another's answer",
      { source: none, collapsed: 70 },
      "shield",
      "70 requests waited",
    ],
    [
      "no source reached",
      { source: none, collapsed: 0, hits: misses(9) },
      "shield",
      "none of them reached its source",
    ],
    ["not asked", { source: none, collapsed: 0, hits: misses(0) }, "edge", "was not asked"],
    ["assets", { source: none, collapsed: 0, own_source: assets }, "edge", "was not asked"],
    ["a source that nobody knows", { source: asked, own_source: null }, "edge", "is not known"],
  ])("%s", (_, given, part, says) => {
    const [finding] = findings({ now: slow(given), before });
    expect([finding.what, finding.part]).toEqual([`${route} is slow: p95 900 ms`, part]);
    expect(finding.more[0]).toContain(says);
    if (given.source.count === 0) expect(finding.more.join()).not.toContain("quick");
  });

  test("is the database also when one looks at that route alone", () => {
    const now = summary("incident", { to: NOW, route });
    const past = summary("calm", { to: NOW - 3600, route });
    const [finding] = findings({ now, before: past });
    expect([finding.what, finding.part]).toEqual([`${route} is slow: p95 1.90 s`, "database"]);
  });
});

describe("the part of a failing route", () => {
  const fails = (route, { kind = "timeout", statements = 0, origin = 0, open = null }) => {
    const now = calm();
    const each = now.routes.find((own) => own.route === route);
    [each.errors, each.error_rate] = [900, 900 / each.requests];
    now.errors = [{ route, kind, count: 900 }];
    now.statements.find(({ query }) => query === "search").failures = statements;
    now.origins[0].failures = origin;
    if (open) now.gauges.push({ name: "breaker_open", of: open, average: 0.5, max: 1, spark: [] });
    const all = findings({ now, before });
    return all.find(({ what }) => what.startsWith(`${route} fails`)).part;
  };
  test.each([
    [
      "its own query, and not another's origin",
      "GET /api/search",
      { statements: 9, origin: 1 },
      "database",
    ],
    ["before its query", "GET /api/search", { origin: 1 }, "shield"],
    ["its database's breaker", "GET /api/search", { open: "database main" }, "database"],
    ["another one's breaker", "GET /api/search", { open: "origin legacy" }, "shield"],
    ["our own fault", "GET /api/search", { kind: "internal", statements: 9 }, "edge"],
    ["its origin", "GET /legacy/*", { statements: 9, origin: 400 }, "origin"],
    ["an origin that answers with errors", "GET /legacy/*", { kind: "bad-gateway" }, "origin"],
  ])("%s", (_, route, given, part) => {
    expect(fails(route, given)).toBe(part);
  });
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
    ["of what no route matches", null, 0.2, "warning: (no route) refuses 20 % of all requests"],
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

describe("alerts", () => {
  const at = NOW;
  const firing = (more) => {
    const all = alerts("calm", at);
    Object.assign(all.alerts[0], { state: "firing", level: "critical", since: at - 900, ...more });
    return all;
  };

  test("that fire are named though the numbers are as before, and colour their part", () => {
    const all = findings({ now: calm(), before, alerts: firing() });
    expect(all.map(({ what, part, level }) => [what, part, level])).toEqual([
      ["slow answers is as it should be.", "edge", "critical"],
    ]);
    expect(all[0].alert).toEqual({ state: "firing", silencedUntil: null });
    expect(all[0].course.since).toBe(at - 900);
  });

  test("are of the part that the numbers put them down to", () => {
    const all = findings({ now: incident(), before, alerts: firing() });
    expect(all.find(({ alert }) => alert !== undefined).part).toBe("database");
  });

  test("that are silenced say so", () => {
    const [alert] = findings({ now: calm(), before, alerts: firing({ silenced_until: at + 600 }) });
    expect(alert.more.join()).toContain(`silenced until ${moment(at + 600)}`);
  });

  test.each([
    ["p95", { metric: "p95", warning: 10 }, "GET /api/search is slow: p95 44 ms"],
    [
      "of one route",
      { metric: "p95", route: "GET /api/users/{id}", warning: 5 },
      "GET /api/users/{id} is slow",
    ],
    [
      "hit rate",
      { metric: "hit_rate", unit: "share", critical: 0.95 },
      "cache, critical: The hit rate",
    ],
    [
      "throughput",
      { metric: "throughput", unit: "per_second", critical: 1e6 },
      "The throughput over all",
    ],
    [
      "a route that nobody asks",
      { metric: "throughput", unit: "per_second", route: "GET /x", warning: 1 },
      "of GET /x is 0/s",
    ],
    ["database", { metric: "database", warning: 20 }, "is slow: p95"],
    ["p99", { metric: "p99", warning: 20 }, "The p99 over all routes"],
  ])("a rule that the numbers break is told of before it fires: %s", (_, rule, says) => {
    const all = alerts("calm", at);
    all.alerts = [{ ...all.alerts[0], warning: null, critical: null, ...rule }];
    expect(told({ now: calm(), before, alerts: all }).join("\n")).toContain(says);
  });

  test("so is one of which no single route is the reason", () => {
    const now = calm();
    now.total.error_rate = 0.02;
    expect(told({ now, before, alerts: alerts("calm", at) })).toEqual([
      "edge, warning: The share of errors over all routes is 2.0 % in this span",
    ]);
  });

  test("limits are those of the site's own rules", () => {
    const all = alerts("calm", at);
    const own = { ...all.alerts[0], route: "GET /api/search", warning: 5000, critical: 9000 };
    all.alerts.push(own);
    const slow = (given) =>
      told({ now: incident(), before: incident(), alerts: given }).filter((each) =>
        each.includes("search is slow"),
      );
    expect(slow(all)).toEqual([]);
    own.warning = 1000;
    expect(slow(all)).toEqual(["database, warning: GET /api/search is slow: p95 1.90 s"]);
  });

  test.each([
    ["an hour ago", at - 3600, "critical", "Alerting stands still for 1 h: nobody will be called"],
    ["never", null, "warning", "Alerting has never run: nobody will be called"],
  ])("that nobody has looked at are told of: %s", (_, last, level, what) => {
    const all = { ...alerts("calm", at), evaluated_at: last };
    expect(told({ now: calm(), before, alerts: all })).toEqual([`edge, ${level}: ${what}`]);
    expect(findings({ now: calm(), before, alerts: all })[0].lead.view).toBe("alerts");
  });
});

test("there is something wherever an alert fires or a rule is broken by the numbers", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const one = (list) => list[Math.floor(random() * list.length)];
  let broken = 0;
  for (let round = 0; round < 150; round += 1) {
    const route = one([null, null, "GET /api/search"]);
    const now = summary("calm", { to: NOW, route });
    const past = one([null, summary("calm", { to: NOW - 3600, route }), structuredClone(now)]);
    const rule = one(["p50", "p95", "p99", "hit_rate", "error_rate", "throughput", "database"]);
    const routes = [null, "GET /api/search", "GET /api/pitches/{id}"];
    const of = rule === "database" ? null : one(routes);
    const scale = 10 ** (random() * 6 - 3);
    for (const each of [now.total, ...now.routes]) {
      for (const name of ["p50", "p95", "p99"]) each.duration[name] *= scale;
      each.error_rate = random() * 0.02;
      each.hits.rate = random();
    }
    now.database.duration.p95 *= scale;
    const all = alerts("calm", NOW);
    const [alert] = (all.alerts = [{ ...all.alerts[0], metric: rule, route: of }]);
    alert.warning = rule === "error_rate" || rule === "hit_rate" ? random() : random() * 500;
    alert.state = one(["ok", "ok", "ok", "firing"]);
    const own = of === null ? now.total : now.routes.find((each) => each.route === of);
    const isTold = route === null || of === route;
    const value =
      {
        hit_rate: own?.hits.rate,
        error_rate: own?.error_rate,
        throughput: own?.per_second ?? 0,
        database: now.database.duration.p95,
      }[rule] ?? own?.duration[rule];
    const isLess = rule === "hit_rate" || rule === "throughput";
    const isBroken =
      isTold && value !== undefined && (isLess ? value < alert.warning : value > alert.warning);
    if (!isBroken && alert.state === "ok") continue;
    broken += 1;
    const says = JSON.stringify([route, rule, of, value, alert.warning, alert.state]);
    expect(findings({ now, before: past, alerts: all }).length, says).toBeGreaterThan(0);
  }
  expect(broken).toBeGreaterThan(50);
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

describe("the time spent", () => {
  const spent = (more) => spentIn({ ...calm(), ...more });
  const work = (calls, total_ms) => ({ calls, total_ms, duration: {} });
  const total = (source, collapsed = 0) => ({
    requests: 1000,
    collapsed,
    source: { count: source },
    spent: { edge_ms: 500, shield_ms: 1500, source_ms: 8000 },
  });
  const rounded = (parts) =>
    Object.fromEntries(Object.entries(parts).map(([part, { share }]) => [part, share]));
  test.each([
    [
      "all of a source's time is its work",
      { total: total(100), database: work(100, 8000), origins: [] },
      { edge: 0.05, shield: 0.15, database: 0.8, origin: 0 },
    ],
    [
      "what is no work is waiting for a connection",
      { total: total(100), database: work(100, 2000), origins: [] },
      { edge: 0.05, shield: 0.75, database: 0.2, origin: 0 },
    ],
    [
      "a statement of many requests is the work of each",
      { total: total(100), database: work(10, 800), origins: [] },
      { edge: 0.05, shield: 0.15, database: 0.8, origin: 0 },
    ],
    [
      "databases and origins share it",
      { total: total(100), database: work(50, 2000), origins: [work(50, 6000)] },
      { edge: 0.05, shield: 0.15, database: 0.2, origin: 0.6 },
    ],
    [
      "a source that was never reached did no work",
      { total: total(100), database: work(0, 0), origins: [] },
      { edge: 0.05, shield: 0.95, database: 0, origin: 0 },
    ],
  ])("%s", (_, given, shares) => {
    expect(rounded(spent(given))).toEqual(shares);
  });

  test("each one's is of those that came so far", () => {
    const parts = spent({ total: total(80, 20), database: work(80, 8000), origins: [] });
    expect([parts.edge.each, parts.shield.each, parts.database.each, parts.origin.each]) //
      .toEqual([0.5, 15, 100, null]);
  });
});
