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
    expect(all[0].course.since).toBe(at - 900);
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
