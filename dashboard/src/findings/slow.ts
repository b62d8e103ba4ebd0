// Routes, queries and origins that are slower than they were.

import type { RouteSummary, Summary, WorkTotals } from "../api/summary.ts";
import * as format from "../format.ts";
import {
  EACH_MAX,
  type Finding,
  type Part,
  SAMPLES_MIN,
  type Seen,
  excursion,
  leadTo,
  over,
  was,
} from "./finding.ts";

/** What is slower than before by this factor, and by this many milliseconds, stands out. */
const SLOWER_BY = 2;
const SLOWER_BY_MS = 50;

/** What is slower than this stands out where there is nothing to compare with. */
const SLOW_MS = 1000;

/** By this factor it is no longer a nuisance. */
const MUCH_SLOWER_BY = 4;

/** What of a route's time its source must take to be the cause of it. */
const SOURCE_SHARE = 0.5;

export const slowLimit = (before: number | null) =>
  before === null ? SLOW_MS : Math.max(before * SLOWER_BY, before + SLOWER_BY_MS);

interface Slow extends Finding {
  /** The source that it is put down to, as `query search` or `origin app`; null: none. */
  source: string | null;
}

/** Routes first, each with its likely cause; then what is slow besides. */
export function slow(seen: Seen): Finding[] {
  const routes = slowRoutes(seen);
  const told = routes.map(({ source }) => source);
  return [...routes, ...slowWork(seen).filter(({ source }) => !told.includes(source))];
}

function slowRoutes({ now, before }: Seen): Slow[] {
  const slow = now.routes.flatMap((each) => {
    const then = before?.routes.find(({ route }) => route === each.route);
    const known = then && then.duration.count >= SAMPLES_MIN ? then.duration.p95 : null;
    const { p95, count } = each.duration;
    if (p95 === null || count < SAMPLES_MIN || p95 <= slowLimit(known)) return [];
    return [{ each, p95, known, time: p95 * count }];
  });
  slow.sort((a, b) => b.p95 - a.p95);
  return slow.slice(0, EACH_MAX).map(({ each, p95, known }): Slow => {
    const cause = causeOf(each, now);
    const at = now.points.map((point, index) => ({
      at: point.at,
      value: each.spark[index]?.p95 ?? null,
    }));
    return {
      source: cause.source,
      part: cause.part,
      level: known === null ? "warning" : p95 > known * MUCH_SLOWER_BY ? "critical" : "warning",
      what: `${format.routeName(each.route)} is slow: p95 ${format.ms(p95)}`,
      more: [cause.says, was(known === null ? null : format.ms(known))],
      ...excursion(at, slowLimit(known)),
      lead: leadTo(each),
    };
  });
}

/** Where a route's time goes, as far as it can be told. */
function causeOf(
  route: RouteSummary,
  now: Summary,
): { part: Part; says: string; source: string | null } {
  const [own, source] = [route.duration.p95 ?? 0, route.source.p95 ?? 0];
  if (source < own * SOURCE_SHARE) {
    return {
      source: null,
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
      source: null,
      part: "shield",
      says: `its source takes p95 ${format.ms(source)}, but no statement and no origin does: it waits in the shield`,
    };
  }
  return {
    source: suspect.name,
    part: suspect.part,
    says: `its source takes p95 ${format.ms(source)}; slowest now is ${suspect.name}, p95 ${format.ms(p95)}`,
  };
}

function slowWork({ now, before }: Seen): Slow[] {
  const beyond = (work: WorkTotals, then: WorkTotals | undefined) => {
    const known = then && then.duration.count >= SAMPLES_MIN ? then.duration.p95 : null;
    const { p95, count } = work.duration;
    return p95 !== null && count >= SAMPLES_MIN && p95 > slowLimit(known) ? { p95, known } : null;
  };
  const statements = now.statements.flatMap((each): Slow[] => {
    const then = before?.statements.find(
      ({ query, database }) => query === each.query && database === each.database,
    );
    const found = beyond(each, then);
    if (found === null) return [];
    return [
      {
        source: `query ${each.query}`,
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
  const origins = now.origins.flatMap((each): Slow[] => {
    const found = beyond(
      each,
      before?.origins.find(({ origin }) => origin === each.origin),
    );
    if (found === null) return [];
    return [
      {
        source: `origin ${each.origin}`,
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
