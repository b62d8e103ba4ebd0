// What the alerts and the rules of the site make stand out, besides what the numbers do by themselves.

import { describe, expect, test } from "vitest";
import { moment } from "../../dashboard/src/format.ts";
import { alerts, summary } from "./support/dashboard_answers.js";
import { NOW, before, calm, incident, findings, told } from "./support/dashboard_findings.js";

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
  });

  test.each([
    ["firing", {}, [`fired at ${moment(at - 900)}`]],
    ["pending", { level: "warning" }, [`pending since ${moment(at - 900)}`]],
    [
      "firing",
      { silenced_until: at + 600 },
      [`fired at ${moment(at - 900)}`, `silenced until ${moment(at + 600)}: nobody is told of it`],
    ],
  ])("that are %s %o say when they were, which is not when it began", (state, more, says) => {
    const [alert] = findings({ now: calm(), before, alerts: firing({ state, ...more }) });
    expect([alert.more, alert.course.since]).toEqual([says, null]);
  });

  test.each([
    [300, "edge"],
    [301, null],
  ])("of now, %d s after the span's end, are of the part %s of it", (after, part) => {
    const alerted = firing();
    alerted.at = calm().span.to + after;
    alerted.evaluated_at = alerted.at;
    const all = findings({ now: calm(), before, alerts: alerted });
    expect(all.map((each) => [each.what, each.part])) //
      .toEqual([["slow answers is as it should be.", part]]);
  });

  test("are of the part that the numbers put them down to", () => {
    const all = findings({ now: incident(), before, alerts: firing() });
    expect(all.find(({ alert }) => alert !== undefined).part).toBe("database");
  });

  test("of all routes colour no part of one route that is looked at, unless it has the same", () => {
    const route = "GET /api/search";
    const one = (kind, to = NOW) => summary(kind, { to, route });
    const partOf = (kind) =>
      findings({ now: one(kind), before: one("calm", NOW - 3600), alerts: firing() }) //
        .find(({ alert }) => alert !== undefined).part;
    expect([partOf("calm"), partOf("incident")]).toEqual([null, "database"]);
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

  const USERS = "GET /api/users/{id}";
  test.each([
    ["another route", USERS, { warning: 5 }, 900, [`The p99 of ${USERS} is 13 ms in this span`]],
    ["its own route", "GET /api/search", { warning: 5 }, 900, []],
    ["some route", null, { warning: 5 }, 900, []],
    ["some route, as badly", null, { critical: 5 }, 900, []],
    [
      "some route, but not as badly",
      null,
      { critical: 5 },
      95,
      ["The p99 over all routes is 22 ms in this span"],
    ],
  ])("a broken rule is told of where what is slow is %s", (_, route, bounds, p95, says) => {
    const now = calm();
    const search = now.routes.find((each) => each.route === "GET /api/search");
    search.duration = { ...search.duration, p95 };
    const all = alerts("calm", at);
    all.alerts = [{ ...all.alerts[0], metric: "p99", critical: null, warning: null }];
    Object.assign(all.alerts[0], { route, ...bounds });
    const found = findings({ now, before, alerts: all }).map(({ what }) => what);
    expect(found).toContainEqual(expect.stringMatching(/^GET \/api\/search is slow/));
    expect(found.filter((each) => each.endsWith("in this span"))).toEqual(says);
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

  test.each([
    ["180 s before the answer", -7200, 180, 0],
    ["181 s before the answer", -7200, 181, 1],
    ["180 s before the answer", 7200, 180, 0],
  ])(
    "that were looked at %s, which was made %d s from now: by that clock",
    (_, when, ago, count) => {
      const all = { ...alerts("calm", at), at: at + when, evaluated_at: at + when - ago };
      expect(findings({ now: calm(), before, alerts: all }).length).toBe(count);
    },
  );
});

describe("there is something wherever an alert fires or a rule is broken by the numbers", () => {
  const SEARCH = "GET /api/search";
  const made = new Map([null, SEARCH].map((route) => [route, summary("calm", { to: NOW, route })]));
  const earlier = new Map(
    [null, SEARCH].map((route) => [route, summary("calm", { to: NOW - 3600, route })]),
  );

  /** The same with other numbers. */
  const drawn = (of, random) => {
    const scale = 10 ** (random() * 6 - 3);
    const scaled = (duration) => {
      const [p50, p95, p99] = ["p50", "p95", "p99"].map((name) => duration[name] * scale);
      return { ...duration, p50, p95, p99 };
    };
    const other = (each) => ({
      ...each,
      duration: scaled(each.duration),
      error_rate: random() * 0.02,
      hits: { ...each.hits, rate: random() },
    });
    const database = { ...of.database, duration: scaled(of.database.duration) };
    return { ...of, total: other(of.total), routes: of.routes.map(other), database };
  };

  const valueOf = (metric, all, database) => {
    if (metric === "hit_rate") return all?.hits.rate;
    if (metric === "error_rate") return all?.error_rate;
    if (metric === "throughput") return all?.per_second ?? 0;
    if (metric === "database") return database.duration.p95;
    return all?.duration[metric];
  };

  const isBroken = ({ metric, route, warning }, now) => {
    if (now.span.route !== null && route !== now.span.route) return false;
    const all = route === null ? now.total : now.routes.find((each) => each.route === route);
    const value = valueOf(metric, all, now.database);
    if (value === undefined) return false;
    return metric === "hit_rate" || metric === "throughput" ? value < warning : value > warning;
  };

  test("by generated numbers and rules", () => {
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const one = (list) => list[Math.floor(random() * list.length)];
    const metrics = ["p50", "p95", "p99", "hit_rate", "error_rate", "throughput", "database"];
    let broken = 0;
    for (let round = 0; round < 300; round += 1) {
      const looked = one([null, null, SEARCH]);
      const now = drawn(made.get(looked), random);
      const past = one([null, earlier.get(looked), now]);
      const all = alerts("calm", NOW);
      const metric = one(metrics);
      const rule = {
        ...all.alerts[0],
        metric,
        route: metric === "database" ? null : one([null, SEARCH, "GET /api/pitches/{id}"]),
        warning: metric.endsWith("_rate") ? random() : random() * 500,
        critical: null,
        state: one(["ok", "ok", "ok", "firing"]),
      };
      all.alerts = [rule];
      if (rule.state === "ok" && !isBroken(rule, now)) continue;
      broken += 1;
      const says = JSON.stringify([looked, rule]);
      expect(findings({ now, before: past, alerts: all }).length, says).toBeGreaterThan(0);
    }
    expect(broken).toBeGreaterThan(100);
  });
});
