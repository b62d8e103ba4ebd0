// From where on a number is bad: by the site's own rules, and by the built-in targets where it has none.

import type { RouteSummary, Summary } from "../api/summary.ts";
import type { Alert } from "../api/alerts.ts";
import * as format from "../format.ts";
import { type Kind, type Level, SAMPLES_MIN, type Seen } from "./finding.ts";

export interface Limits {
  warning: number | null;
  critical: number | null;
  /** The rule is of this route alone, and not of all. */
  isOwn: boolean;
}

type Limited = "p95" | "error_rate" | "hit_rate" | "database";

/** What is slower than before by this factor, and by this many milliseconds, stands out. */
const SLOWER_BY = 2;
const SLOWER_BY_MS = 50;

export const slowLimit = (before: number) => Math.max(before * SLOWER_BY, before + SLOWER_BY_MS);

/** As src/config/alerts/built_in.rs has them. */
const BUILT_IN: Record<Limited, { warning: number; critical: number }> = {
  p95: { warning: 100, critical: 500 },
  error_rate: { warning: 0.01, critical: 0.05 },
  hit_rate: { warning: 0.7, critical: 0.4 },
  database: { warning: 50, critical: 250 },
};

/** Where less is worse. */
const BELOW: ReadonlySet<string> = new Set(["hit_rate", "throughput"]);

/** The limits of a number of one route: its own rule, else that of all routes. */
export function limitsOf({ alerts }: Seen, metric: Limited, route: string | null): Limits {
  const rules = (alerts?.alerts ?? []).filter((rule) => rule.metric === metric);
  const own = route === null ? undefined : rules.find((rule) => rule.route === route);
  const found = own ?? rules.find((rule) => rule.route === null) ?? BUILT_IN[metric];
  return { warning: found.warning, critical: found.critical, isOwn: own !== undefined };
}

type Bounds = Pick<Limits, "warning" | "critical">;

export function levelOf(
  value: number,
  metric: string,
  { warning, critical }: Bounds,
): Level | null {
  const isBeyond = (bound: number | null) =>
    bound !== null && (BELOW.has(metric) ? value < bound : value > bound);
  if (isBeyond(critical)) return "critical";
  return isBeyond(warning) ? "warning" : null;
}

/** Where it begins to be bad. */
export const least = ({ warning, critical }: Bounds): number => warning ?? critical ?? Infinity;

/** What rules of a metric are about; null: of what summaries do not tell. */
export function kindOf(metric: string): Kind | null {
  switch (metric) {
    case "p50":
    case "p95":
    case "p99":
    case "database":
      return "slow";
    case "error_rate":
    case "breaker_open":
      return "failing";
    case "hit_rate":
      return "hits";
    case "throughput":
      return "traffic";
    default:
      return null;
  }
}

/** The number that a rule is about, as this summary has it; null: it has not, or of too few. */
export function valueOf({ metric, route }: Alert, now: Summary): number | null {
  // What is asked of one route alone says nothing of all of them.
  if (route === null && now.span.route !== null) return null;
  const all = route === null ? now.total : now.routes.find((each) => each.route === route);
  // Nobody asks: that is the one number that there is.
  if (all === undefined) return metric === "throughput" ? 0 : null;
  const enough = (samples: number, value: number | null) => (samples >= SAMPLES_MIN ? value : null);
  switch (metric) {
    case "p50":
    case "p95":
    case "p99":
      return enough(all.duration.count, all.duration[metric]);
    case "hit_rate":
      return enough(all.hits.cacheable, all.hits.rate);
    case "error_rate":
      return enough(all.requests, all.error_rate);
    case "throughput":
      return all.per_second;
    case "database":
      return enough(now.database.duration.count, now.database.duration.p95);
    case "breaker_open":
      return now.gauges.filter(({ name, max }) => name === "breaker_open" && max > 0).length;
    default:
      return null;
  }
}

/** The level of a rule by this summary's own numbers. */
export function levelNow(rule: Alert, now: Summary): Level | null {
  const value = valueOf(rule, now);
  return value === null ? null : levelOf(value, rule.metric, rule);
}

/** Whether all routes together are beyond the rule, or the target, of a number. */
export function isSlowInAll(seen: Seen): boolean {
  const { duration } = seen.now.total;
  const { warning, critical } = limitsOf(seen, "p95", null);
  if (seen.now.span.route !== null || duration.p95 === null) return false;
  return levelOf(duration.p95, "p95", { warning, critical }) !== null;
}

export function shown({ unit }: Alert, value: number): string {
  switch (unit) {
    case "ms":
      return format.ms(value);
    case "share":
      return format.share(value);
    case "per_second":
      return format.perSecond(value);
    case "count":
      return format.count(value);
  }
}

export const ofRoute = ({ route }: RouteSummary | Alert) =>
  route === null ? "over all routes" : `of ${route}`;
