// Which part of Forebay something is put down to, and where the time goes.

import { describe, expect, test } from "vitest";
import { spentIn } from "../../dashboard/src/views/overview/spent.ts";
import { summary } from "./support/dashboard_answers.js";
import { NOW, before, calm, findings } from "./support/dashboard_findings.js";

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

describe("the time spent", () => {
  const spent = (more) =>
    spentIn({ ...calm(), spent: { edge_ms: 500, shield_ms: 1500, source_ms: 8000 }, ...more });
  const work = (calls, total_ms) => ({ calls, total_ms, duration: {} });
  const total = (source, collapsed = 0) => ({
    requests: 1000,
    collapsed,
    source: { count: source },
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
