// Routes, queries and origins that are slower than they were, or than they may be.

import type { OriginSummary, RouteSummary, StatementSummary, WorkTotals } from "../api/summary.ts";
import * as format from "../format.ts";
import { causeOfTime } from "./cause.ts";
import { along, courseOf } from "./course.ts";
import {
  EACH_MAX,
  type Finding,
  type Level,
  SAMPLES_MIN,
  type Seen,
  earlier,
  leadTo,
  was,
} from "./finding.ts";
import { whoIsSlow } from "./places.ts";
import { type Limits, isSlowInAll, least, levelOf, limitsOf, slowLimit } from "./rules.ts";

/** By this factor it is no longer a nuisance. */
const MUCH_SLOWER_BY = 4;

/** There is no rule for origins: a second is long for any. */
const ORIGIN_LIMITS: Limits = { warning: 1000, critical: null, isOwn: true };

/** A p95, if it is of enough. */
export const p95Of = (duration: WorkTotals["duration"] | undefined): number | null =>
  duration !== undefined && duration.count >= SAMPLES_MIN ? duration.p95 : null;

interface Slow extends Finding {
  /** The source that it is put down to, as `query search` or `origin app`; null: none. */
  source: string | null;
}

/** Routes first, each with its likely cause; then what is slow besides. */
export function slow(seen: Seen): Finding[] {
  const routes = slowRoutes(seen);
  const told = routes.map(({ source }) => source);
  const work = [...slowStatements(seen), ...slowOrigins(seen)];
  return [...routes, ...work.filter(({ source }) => !told.includes(source))];
}

interface Judged {
  p95: number;
  known: number | null;
  level: Level;
  /** From where on it is slow. */
  limit: number;
  says: string[];
}

/** Against what it was, and against what it may be; null: it is well. */
function judge(
  now: WorkTotals["duration"],
  before: WorkTotals["duration"] | undefined,
  limits: Limits,
  isFewCritical: (level: Level | null) => Level | null,
): Judged | null {
  const [p95, known] = [p95Of(now), p95Of(before)];
  if (p95 === null) return null;
  const beyond = levelOf(p95, "p95", limits);
  const isSlower = known !== null && p95 > slowLimit(known);
  const isMuch = isSlower && beyond !== null && p95 > known * MUCH_SLOWER_BY;
  const level = isMuch ? "critical" : isSlower ? (beyond ?? "warning") : isFewCritical(beyond);
  if (level === null) return null;
  const over = beyond === null ? [] : [`over its limit of ${format.ms(least(limits))}`];
  return {
    p95,
    known,
    level,
    limit: isSlower ? slowLimit(known) : least(limits),
    says: [...over, was(known === null ? null : format.ms(known))],
  };
}

/** What was so before, while all together are well, is a nuisance and no emergency. */
const calmed =
  (isRuled: boolean) =>
  (level: Level | null): Level | null =>
    isRuled || level === null ? level : "warning";

function slowRoutes(seen: Seen): Slow[] {
  const isAll = isSlowInAll(seen);
  const found = seen.now.routes.flatMap((route) => {
    const limits = limitsOf(seen, "p95", route.route);
    const then = earlier(route, seen.before);
    const judged = judge(route.duration, then?.duration, limits, calmed(limits.isOwn || isAll));
    return judged === null ? [] : [{ route, judged }];
  });
  found.sort((a, b) => rank(a.judged) - rank(b.judged) || b.judged.p95 - a.judged.p95);
  return found.slice(0, EACH_MAX).map(({ route, judged }) => slowRoute(seen, route, judged));
}

/** What has changed comes before what was so already. */
const rank = ({ level, known, p95 }: Judged): number =>
  (level === "critical" ? 0 : 2) + (known === null || p95 > slowLimit(known) ? 0 : 1);

function slowRoute(seen: Seen, route: RouteSummary, { p95, level, limit, says }: Judged): Slow {
  const cause = causeOfTime(route, seen.now);
  return {
    source: cause.source,
    kind: "slow",
    of: format.routeName(route.route),
    part: cause.part,
    level,
    what: `${format.routeName(route.route)} is slow: p95 ${format.ms(p95)}`,
    more: [cause.says, ...whoIsSlow(seen), ...says],
    course: courseOf(seen, limit, (summary) =>
      along(summary, sparkOf(summary.routes, route), ({ p95: each }) => each),
    ),
    lead: leadTo(route),
  };
}

const sparkOf = (routes: RouteSummary[], { route }: RouteSummary) =>
  routes.find((each) => each.route === route)?.spark;

const isSame = (one: StatementSummary) => (other: StatementSummary) =>
  one.query === other.query && one.database === other.database;

function slowStatements(seen: Seen): Slow[] {
  const { now, before } = seen;
  const limits = limitsOf(seen, "database", null);
  const all = p95Of(now.database.duration);
  const isAll = all !== null && levelOf(all, "database", limits) !== null;
  const found = now.statements.flatMap((each): Slow[] => {
    const then = before?.statements.find(isSame(each));
    const judged = judge(each.duration, then?.duration, limits, calmed(isAll));
    if (judged === null) return [];
    return [
      {
        source: `query ${each.query}`,
        kind: "slow",
        of: `query ${each.query} on ${each.database}`,
        part: "database",
        level: judged.level,
        what: `Query ${each.query} on ${each.database} is slow: p95 ${format.ms(judged.p95)}`,
        more: [
          `${format.count(each.calls)} calls, ${format.ms(each.total_ms)} in all`,
          ...judged.says,
        ],
        course: courseOf(seen, judged.limit, (summary) =>
          along(summary, summary.statements.find(isSame(each))?.spark, ({ p95 }) => p95),
        ),
        lead: { view: "database" },
      },
    ];
  });
  return found.slice(0, EACH_MAX);
}

function slowOrigins(seen: Seen): Slow[] {
  const { now, before } = seen;
  const same =
    ({ origin }: OriginSummary) =>
    (other: OriginSummary) =>
      other.origin === origin;
  const found = now.origins.flatMap((each): Slow[] => {
    const then = before?.origins.find(same(each));
    const judged = judge(each.duration, then?.duration, ORIGIN_LIMITS, calmed(true));
    if (judged === null) return [];
    return [
      {
        source: `origin ${each.origin}`,
        kind: "slow",
        of: `origin ${each.origin}`,
        part: "origin",
        level: judged.level,
        what: `Origin ${each.origin} is slow: p95 ${format.ms(judged.p95)}`,
        more: [`${format.count(each.calls)} exchanges`, ...judged.says],
        course: courseOf(seen, judged.limit, (summary) =>
          along(summary, summary.origins.find(same(each))?.spark, ({ p95 }) => p95),
        ),
        lead: { view: "shield" },
      },
    ];
  });
  return found.slice(0, EACH_MAX);
}
