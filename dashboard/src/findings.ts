// What stands out in a span, held against the one before it: what is slow or failing, since when, for
// whom, and in which part of Forebay. Decided from summaries alone, so that tests can tell it.

import type { Point, RouteSummary, Summary, WorkTotals } from "./api/summary.ts";
import type { ViewName } from "./address.ts";
import * as format from "./format.ts";

/** The parts that a request goes through, in its order. */
export const PARTS = ["edge", "cache", "shield", "database", "origin"] as const;
export type Part = (typeof PARTS)[number];

export type Level = "critical" | "warning";

export interface Finding {
  part: Part;
  level: Level;
  what: string;
  /** For whom, how much, and what it was before. */
  more: string[];
  /** When it began, in seconds since the epoch; null: it is not known, or was so all the time. */
  since: number | null;
  /** When it ended; null: it goes on. */
  until: number | null;
  lead: { view: ViewName; route?: string };
}

export interface Seen {
  now: Summary;
  /** The span before, of the same length. */
  before: Summary | null;
}

/** A quantile of fewer is chance. */
const SAMPLES_MIN = 20;

/** What is slower than before by this factor, and by this many milliseconds, stands out. */
const SLOWER_BY = 2;
const SLOWER_BY_MS = 50;

/** What is slower than this stands out where there is nothing to compare with. */
const SLOW_MS = 1000;

const FAILING_WARNING = 0.01;
const FAILING_CRITICAL = 0.05;

/** Points of hit rate. */
const HITS_LOST = 0.1;

/** What of a route's time its source must take to be the cause of it. */
const SOURCE_SHARE = 0.5;

/** Routes, statements and places of a kind; more of one kind hide the rest. */
const EACH_MAX = 3;

/** What stands out, worst first. */
export function findings(seen: Seen): Finding[] {
  const found = [
    ...openBreakers(seen),
    ...failingWork(seen),
    ...failingRoutes(seen),
    ...slowRoutes(seen),
    ...slowWork(seen),
    ...lostHits(seen),
    ...farPlaces(seen),
    ...awaitedConnections(seen),
    ...lostNumbers(seen),
  ];
  const rank = { critical: 0, warning: 1 };
  return found.sort((a, b) => rank[a.level] - rank[b.level]);
}

/** The worst of a part; null: nothing stands out there. */
export function worst(found: Finding[], part: Part): Level | null {
  const levels = found.filter((each) => each.part === part).map(({ level }) => level);
  return levels.includes("critical") ? "critical" : (levels[0] ?? null);
}

/**
 * The last time in which something was beyond a limit: when that began, and when it ended if it did.
 * Points that have no value say nothing.
 */
export function excursion(
  points: { at: number; value: number | null }[],
  limit: number,
): { since: number | null; until: number | null } {
  const known = points.filter(({ value }) => value !== null);
  const isBeyond = (index: number) => (known[index]?.value ?? -Infinity) > limit;
  let last = known.length - 1;
  while (last >= 0 && !isBeyond(last)) last -= 1;
  if (last < 0) return { since: null, until: null };
  let first = last;
  while (first > 0 && isBeyond(first - 1)) first -= 1;
  return {
    since: first === 0 ? null : (known[first]?.at ?? null),
    until: known[last + 1]?.at ?? null,
  };
}

const over = (points: Point[], value: (point: Point) => number | null) =>
  points.map((point) => ({ at: point.at, value: value(point) }));

const slowLimit = (before: number | null) =>
  before === null ? SLOW_MS : Math.max(before * SLOWER_BY, before + SLOWER_BY_MS);

function failing(failures: number, calls: number): Level | null {
  if (failures === 0 || calls === 0) return null;
  const rate = failures / calls;
  if (rate >= FAILING_CRITICAL) return "critical";
  return rate >= FAILING_WARNING ? "warning" : null;
}

const was = (before: string | null) =>
  before === null ? "nothing to compare with in the span before" : `${before} in the span before`;

function openBreakers({ now }: Seen): Finding[] {
  const open = now.gauges.filter(({ name, max }) => name === "breaker_open" && max > 0);
  return open.map(({ of, average }) => ({
    part: of.startsWith("origin") ? "origin" : "database",
    level: "critical",
    what: `The breaker of ${of} was open`,
    more: [
      `${format.share(average)} of the time it was looked at: it is not asked then, and stale answers or fallbacks stand in`,
    ],
    since: null,
    until: null,
    lead: { view: "shield" },
  }));
}

function failingWork({ now, before }: Seen): Finding[] {
  const origins = now.origins.flatMap((each): Finding[] => {
    const level = failing(each.failures, each.calls);
    if (level === null) return [];
    const then = before?.origins.find(({ origin }) => origin === each.origin);
    return [
      {
        part: "origin",
        level,
        what: `Origin ${each.origin} fails: ${format.share(each.failures / each.calls)} of ${format.count(each.calls)} exchanges`,
        more: [was(then && then.calls > 0 ? format.share(then.failures / then.calls) : null)],
        ...excursion(
          over(now.points, ({ errors, requests }) => (requests > 0 ? errors : null)),
          0,
        ),
        lead: { view: "shield" },
      },
    ];
  });
  const level = failing(now.database.failures, now.database.calls);
  if (level === null) return origins;
  const worstOf = now.statements
    .filter(({ failures }) => failures > 0)
    .sort((a, b) => b.failures - a.failures)
    .slice(0, EACH_MAX);
  const named = worstOf.map(({ query, failures }) => `${query} (${format.count(failures)})`);
  const then = before?.database;
  return [
    ...origins,
    {
      part: "database",
      level,
      what: `Statements fail: ${format.share(now.database.failures / now.database.calls)} of ${format.count(now.database.calls)}`,
      more: [
        named.length > 0 ? `most of ${named.join(", ")}` : "of no query that is known",
        was(then && then.calls > 0 ? format.share(then.failures / then.calls) : null),
      ],
      ...excursion(
        over(now.points, ({ database }) => (database.calls > 0 ? database.failures : null)),
        0,
      ),
      lead: { view: "database" },
    },
  ];
}

/** Kinds of failures that mean that Forebay itself is at fault. */
const OWN_KINDS = new Set(["internal", "misconfigured"]);

function failingRoutes({ now, before }: Seen): Finding[] {
  const bad = now.routes
    .filter(({ requests }) => requests >= SAMPLES_MIN || requests === now.total.requests)
    .filter(({ errors, requests }) => failing(errors, requests) !== null)
    .sort((a, b) => b.errors - a.errors);
  return bad.slice(0, EACH_MAX).map((each): Finding => {
    const kinds = now.errors.filter(({ route }) => route === each.route);
    const then = before?.routes.find(({ route }) => route === each.route);
    return {
      part: partOfFailures(
        kinds.map(({ kind }) => kind),
        now,
      ),
      level: failing(each.errors, each.requests) ?? "warning",
      what: `${format.routeName(each.route)} fails: ${format.share(each.error_rate)} of ${format.count(each.requests)} requests`,
      more: [
        ...(kinds.length > 0
          ? [kinds.map(({ kind, count }) => `${kind} ${format.count(count)}×`).join(", ")]
          : []),
        ...forWhom(now, ({ errors }) => errors),
        was(then ? format.share(then.error_rate) : null),
      ],
      ...excursion(
        over(now.points, ({ errors, requests }) => (requests > 0 ? errors : null)),
        0,
      ),
      lead: leadTo(each),
    };
  });
}

function partOfFailures(kinds: string[], now: Summary): Part {
  if (kinds.some((kind) => OWN_KINDS.has(kind))) return "edge";
  if (now.origins.some(({ failures }) => failures > 0)) return "origin";
  return now.database.calls > 0 ? "database" : "shield";
}

const leadTo = ({ route }: RouteSummary): Finding["lead"] =>
  route === null ? { view: "routes" } : { view: "routes", route };

/** Named only where most of it comes from one place, and most requests do not. */
function forWhom(now: Summary, value: (place: Summary["places"][number]) => number): string[] {
  const total = now.places.reduce((sum, place) => sum + value(place), 0);
  const requests = now.places.reduce((sum, place) => sum + place.requests, 0);
  const most = now.places.find(
    (place) => value(place) > total * 0.8 && place.requests < requests * 0.5,
  );
  return most ? [`nearly all of it in ${placeName(most)}`] : [];
}

const placeName = ({ colo, country }: { colo: string; country: string }) =>
  country === "XX" ? colo : `${colo} (clients in ${country})`;

function slowRoutes({ now, before }: Seen): Finding[] {
  const slow = now.routes.flatMap((each) => {
    const then = before?.routes.find(({ route }) => route === each.route);
    const known = then && then.duration.count >= SAMPLES_MIN ? then.duration.p95 : null;
    const { p95, count } = each.duration;
    if (p95 === null || count < SAMPLES_MIN || p95 <= slowLimit(known)) return [];
    return [{ each, p95, known, time: p95 * count }];
  });
  slow.sort((a, b) => b.p95 - a.p95);
  return slow.slice(0, EACH_MAX).map(({ each, p95, known }): Finding => {
    const cause = causeOf(each, now);
    const at = now.points.map((point, index) => ({
      at: point.at,
      value: each.spark[index]?.p95 ?? null,
    }));
    return {
      part: cause.part,
      level: known === null ? "warning" : p95 > known * 4 ? "critical" : "warning",
      what: `${format.routeName(each.route)} is slow: p95 ${format.ms(p95)}`,
      more: [cause.says, was(known === null ? null : format.ms(known))],
      ...excursion(at, slowLimit(known)),
      lead: leadTo(each),
    };
  });
}

/** Where a route's time goes, as far as it can be told. */
function causeOf(route: RouteSummary, now: Summary): { part: Part; says: string } {
  const [own, source] = [route.duration.p95 ?? 0, route.source.p95 ?? 0];
  if (source < own * SOURCE_SHARE) {
    return {
      part: source > 0 ? "shield" : "edge",
      says: `its source is quick (p95 ${format.ms(route.source.p95)}): the time goes before it is asked`,
    };
  }
  const slowest = (all: { name: string; work: WorkTotals; part: Part }[]) =>
    all.sort((a, b) => (b.work.duration.p95 ?? 0) - (a.work.duration.p95 ?? 0))[0];
  const suspect = slowest([
    ...now.statements.map((work) => ({
      name: `query ${work.query}`,
      work,
      part: "database" as const,
    })),
    ...now.origins.map((work) => ({
      name: `origin ${work.origin}`,
      work,
      part: "origin" as const,
    })),
  ]);
  const p95 = suspect?.work.duration.p95 ?? 0;
  if (suspect === undefined || p95 < source * SOURCE_SHARE) {
    return {
      part: "shield",
      says: `its source takes p95 ${format.ms(source)}, but no statement and no origin does: it waits in the shield`,
    };
  }
  return {
    part: suspect.part,
    says: `its source takes p95 ${format.ms(source)}; slowest now is ${suspect.name}, p95 ${format.ms(p95)}`,
  };
}

function slowWork({ now, before }: Seen): Finding[] {
  const slow = (work: WorkTotals, then: WorkTotals | undefined) => {
    const known = then && then.duration.count >= SAMPLES_MIN ? then.duration.p95 : null;
    const { p95, count } = work.duration;
    return p95 !== null && count >= SAMPLES_MIN && p95 > slowLimit(known) ? { p95, known } : null;
  };
  const statements = now.statements.flatMap((each): Finding[] => {
    const then = before?.statements.find(
      ({ query, database }) => query === each.query && database === each.database,
    );
    const found = slow(each, then);
    if (found === null) return [];
    return [
      {
        part: "database",
        level: "warning",
        what: `Query ${each.query} on ${each.database} is slow: p95 ${format.ms(found.p95)}`,
        more: [
          `${format.count(each.calls)} calls, ${format.ms(each.total_ms)} in all`,
          was(found.known === null ? null : format.ms(found.known)),
        ],
        ...excursion(
          over(now.points, ({ database }) => database.duration.p95),
          slowLimit(found.known),
        ),
        lead: { view: "database" },
      },
    ];
  });
  const origins = now.origins.flatMap((each): Finding[] => {
    const found = slow(
      each,
      before?.origins.find(({ origin }) => origin === each.origin),
    );
    if (found === null) return [];
    return [
      {
        part: "origin",
        level: "warning",
        what: `Origin ${each.origin} is slow: p95 ${format.ms(found.p95)}`,
        more: [was(found.known === null ? null : format.ms(found.known))],
        since: null,
        until: null,
        lead: { view: "shield" },
      },
    ];
  });
  return [...statements.slice(0, EACH_MAX), ...origins.slice(0, EACH_MAX)];
}

function lostHits({ now, before }: Seen): Finding[] {
  const [rate, then] = [now.total.hits.rate, before?.total.hits.rate ?? null];
  const enough = now.total.hits.cacheable >= SAMPLES_MIN;
  if (rate === null || then === null || !enough || then - rate < HITS_LOST) return [];
  return [
    {
      part: "cache",
      level: then - rate > 3 * HITS_LOST ? "critical" : "warning",
      what: `The hit rate has fallen to ${format.share(rate)}`,
      more: [was(format.share(then)), "purges and deployments are marked in the charts"],
      // Beyond the limit means below it.
      ...excursion(
        over(now.points, ({ hits }) => (hits.rate === null ? null : -hits.rate)),
        -(then - HITS_LOST),
      ),
      lead: { view: "cache" },
    },
  ];
}

function farPlaces({ now, before }: Seen): Finding[] {
  const overall = now.total.duration.p95;
  if (overall === null || now.places.length < 2) return [];
  const slow = now.places.filter(
    ({ duration, requests }) =>
      requests >= SAMPLES_MIN && duration.p95 !== null && duration.p95 > slowLimit(overall),
  );
  return slow.slice(0, EACH_MAX).map((place): Finding => {
    const then = before?.places.find(
      ({ colo, country }) => colo === place.colo && country === place.country,
    );
    return {
      part: "edge",
      level: "warning",
      what: `${placeName(place)} is slower than the rest: p95 ${format.ms(place.duration.p95)}`,
      more: [
        `${format.ms(overall)} over all places`,
        was(then?.duration.p95 == null ? null : format.ms(then.duration.p95)),
      ],
      since: null,
      until: null,
      lead: { view: "places" },
    };
  });
}

function awaitedConnections({ now }: Seen): Finding[] {
  const awaited = now.gauges.filter(
    ({ name, average }) => name === "connections_awaited" && average >= 1,
  );
  return awaited.map(({ of, average, max }) => ({
    part: "shield",
    level: "warning",
    what: `Requests wait for connections to ${of}`,
    more: [
      `${average.toFixed(1)} on average, ${format.count(max)} at most: statements are slow, or pool_max is small`,
    ],
    since: null,
    until: null,
    lead: { view: "shield" },
  }));
}

function lostNumbers({ now }: Seen): Finding[] {
  const { responses_dropped: dropped } = now.losses;
  if (dropped === 0) return [];
  return [
    {
      part: "edge",
      level: "warning",
      what: `${format.count(dropped)} responses are missing from these numbers`,
      more: ["their isolates could not reach the metrics object"],
      since: null,
      until: null,
      lead: { view: "overview" },
    },
  ];
}
