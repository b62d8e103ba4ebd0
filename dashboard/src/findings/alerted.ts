// What the site's own rules say: alerts that fire, rules that this span's numbers break, and whether
// anybody looks at them.

import type { Summary } from "../api/summary.ts";
import type { Alert } from "../api/alerts.ts";
import * as format from "../format.ts";
import { UNKNOWN } from "./course.ts";
import type { Finding, Kind, Level, Part, Seen } from "./finding.ts";
import { kindOf, levelNow, ofRoute, shown, valueOf } from "./rules.ts";

/** Rules are evaluated each minute: after this, nobody is called any more. */
const STANDS_STILL_S = 180;

/** When the rules are not looked at, no alert can fire. */
export function standstill({ alerts }: Seen): Finding[] {
  if (alerts === null || alerts.alerts.length === 0) return [];
  // By the clock that evaluates them: the answer may be old, and the browser's clock wrong.
  const { evaluated_at: last, at } = alerts;
  if (last !== null && at - last <= STANDS_STILL_S) return [];
  return [
    {
      kind: "telling",
      of: "",
      part: "edge",
      level: last === null ? "warning" : "critical",
      what:
        last === null
          ? "Alerting has never run: nobody will be called"
          : `Alerting stands still for ${format.duration(at - last)}: nobody will be called`,
      more: ["cron evaluates the rules each minute; its runs are told in Alerts"],
      course: { since: last, until: null, start: "seen" },
      lead: { view: "alerts" },
    },
  ];
}

/** A span that ended longer ago than this says nothing of alerts of now. */
const PAST_S = 300;

/** Alerts that fire, and those that are about to; `found` tells which part they are of. */
export function alerted({ alerts, now }: Seen, found: Finding[]): Finding[] {
  const on = (alerts?.alerts ?? []).flatMap((alert) =>
    alert.state === "ok" ? [] : [{ alert, state: alert.state }],
  );
  const isPast = alerts !== null && now.span.to < alerts.at - PAST_S;
  return on.map(({ alert, state }) => ({
    kind: kindOf(alert.metric) ?? "telling",
    of: alert.route ?? "",
    part: isPast || isElsewhere(alert, now, found) ? null : partOf(alert, found),
    level: state === "pending" ? "warning" : (alert.level ?? "warning"),
    what: alert.says,
    more: [...firedAt(alert.since, state), ...silenced(alert.silenced_until)],
    // It fires minutes after what it tells of began.
    course: UNKNOWN,
    lead: { view: "alerts" },
    alert: { state, silencedUntil: alert.silenced_until },
  }));
}

function firedAt(since: number | null, state: "pending" | "firing"): string[] {
  if (since === null) return [];
  return [`${state === "pending" ? "pending since" : "fired at"} ${format.moment(since)}`];
}

const silenced = (until: number | null): string[] =>
  until === null ? [] : [`silenced until ${format.moment(until)}: nobody is told of it`];

/** Where one route is looked at, an alert of others, or of all, may have nothing to do with it. */
const isElsewhere = ({ metric, route }: Alert, { span }: Summary, found: Finding[]) =>
  span.route !== null && route !== span.route && !found.some(({ kind }) => kind === kindOf(metric));

/** Whether something else has told why a rule is broken. */
const isTold = ({ route }: Alert, kind: Kind, level: Level, found: Finding[]) =>
  found.some(
    (each) =>
      each.kind === kind &&
      (route === null || each.of === route) &&
      (each.level === "critical" || level === "warning"),
  );

/** A rule of the site that these numbers break, where nothing else has told why. */
export function broken({ alerts, now }: Seen, found: Finding[]): Finding[] {
  const rules = (alerts?.alerts ?? []).filter(({ state }) => state === "ok");
  return rules.flatMap((rule): Finding[] => {
    const [level, value, kind] = [levelNow(rule, now), valueOf(rule, now), kindOf(rule.metric)];
    if (level === null || value === null || kind === null) return [];
    if (isTold(rule, kind, level, found)) return [];
    const bound = level === "critical" ? rule.critical : rule.warning;
    return [
      {
        kind,
        of: rule.route ?? "",
        part: partOf(rule, found),
        level,
        what: `${WORDS[rule.metric] ?? rule.metric} ${ofRoute(rule)} is ${shown(rule, value)} in this span`,
        more: [
          `alert ${rule.name} has its limit at ${bound === null ? "–" : shown(rule, bound)}, over ${rule.over}`,
        ],
        course: UNKNOWN,
        lead: rule.route === null ? { view: "alerts" } : { view: "routes", route: rule.route },
      },
    ];
  });
}

const WORDS: Record<string, string> = {
  p50: "The median",
  p95: "The p95",
  p99: "The p99",
  hit_rate: "The hit rate",
  error_rate: "The share of errors",
  database: "The p95 of statements",
  throughput: "The throughput",
  breaker_open: "The number of open breakers",
};

/** An alert is of the part that the numbers put it down to. */
function partOf({ metric, route }: Alert, found: Finding[]): Part {
  if (metric === "hit_rate" || metric === "purge_lag") return "cache";
  if (metric === "database") return "database";
  const kind = metric === "burn_rate" ? null : kindOf(metric);
  const why = found.filter((each) => kind === null || each.kind === kind);
  const own = route === null ? undefined : why.find(({ of }) => of === route);
  return (own ?? why[0])?.part ?? "edge";
}
