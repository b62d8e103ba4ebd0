// Sources that fail, their breakers, and the routes that answer with errors.

import type { FailureReasons, Summary, WorkSpark } from "../api/summary.ts";
import * as format from "../format.ts";
import { causeOfFailures } from "./cause.ts";
import { type Value, along, courseOf } from "./course.ts";
import {
  EACH_MAX,
  NOISE,
  type Finding,
  type Level,
  SAMPLES_MIN,
  type Seen,
  capital,
  earlier,
  leadTo,
  was,
} from "./finding.ts";
import { whoFails } from "./places.ts";
import { levelOf, limitsOf } from "./rules.ts";

/** Sources, and then the routes that fail for other reasons as well. */
export const failing = (seen: Seen): Finding[] => {
  const sources = failingSources(seen);
  const told = sources.map(({ source }) => source);
  return [...sources, ...openBreakers(seen, told), ...failingRoutes(seen)];
};

/** There is no rule for sources: the built-in one of answers. */
const SOURCE_LIMITS = { warning: 0.01, critical: 0.05 };

/** Fewer failures, of fewer than SAMPLES_MIN, are no emergency. */
const FAILURES_MIN = 3;

const calmed = (level: Level, samples: number, failures: number): Level =>
  samples < SAMPLES_MIN && failures < FAILURES_MIN ? "warning" : level;

interface Source {
  /** As gauges name it: `origin app`, `database main`. */
  name: string;
  part: "database" | "origin";
  calls: number;
  failures: number;
  /** What of it fails most, and why. */
  worst: string[];
  /** Of its failures, for each point. */
  share: Value[];
}

const sourcesOf = (summary: Summary): Source[] => [...originsOf(summary), ...databasesOf(summary)];

const originsOf = (summary: Summary): Source[] =>
  summary.origins.map(({ origin, calls, failures, reasons, spark }) => ({
    name: `origin ${origin}`,
    part: "origin",
    calls,
    failures,
    worst: why([reasons]),
    share: failedShare(summary, [spark]),
  }));

function databasesOf(summary: Summary): Source[] {
  const names = [...new Set(summary.statements.map(({ database }) => database))];
  return names.map((database) => {
    const own = summary.statements.filter((each) => each.database === database);
    const bad = own.filter(({ failures }) => failures > 0);
    return {
      name: `database ${database}`,
      part: "database",
      calls: total(own.map(({ calls }) => calls)),
      failures: total(own.map(({ failures }) => failures)),
      worst: [
        ...why(own.map(({ reasons }) => reasons)),
        ...named(bad.sort((a, b) => b.failures - a.failures)),
      ],
      share: failedShare(
        summary,
        own.map(({ spark }) => spark),
      ),
    };
  });
}

const named = (bad: { query: string; failures: number }[]) =>
  bad.length === 0
    ? []
    : [
        bad
          .slice(0, EACH_MAX)
          .map(({ query, failures }) => `${query} ${format.count(failures)}×`)
          .join(", "),
      ];

const REASONS: Record<keyof FailureReasons, string> = {
  unreached: "no connection",
  late: "no answer in time",
  unable: "refused or broken off",
  dropped: "whoever asked had left",
};

/** Most first. */
function why(all: FailureReasons[]): string[] {
  const reasons = Object.entries(REASONS).map(([name, words]) => ({
    words,
    count: total(all.map((each) => each[name as keyof FailureReasons])),
  }));
  const known = reasons.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  const told = known.map(({ words, count }) => `${words} ${format.count(count)}×`);
  return told.length === 0 ? [] : [told.join(", ")];
}

const total = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0);

function failedShare({ points }: Summary, sparks: WorkSpark[][]): Value[] {
  return points.map(({ at }, index) => {
    const each = sparks.flatMap((spark) => spark[index] ?? []);
    const calls = total(each.map((point) => point.calls));
    const failures = total(each.map((point) => point.failures));
    return { at, value: calls > 0 ? failures / calls : null };
  });
}

function failingSources(seen: Seen): (Finding & { source: string })[] {
  const known = seen.before === null ? [] : sourcesOf(seen.before);
  return sourcesOf(seen.now).flatMap(({ name, part, calls, failures, worst }) => {
    const rate = calls > 0 ? failures / calls : 0;
    const level = levelOf(rate, "error_rate", SOURCE_LIMITS);
    if (level === null) return [];
    const then = known.find((each) => each.name === name);
    const isDatabase = part === "database";
    const breaker = breakerOf(seen.now, name);
    return [
      {
        source: name,
        kind: "failing" as const,
        of: name,
        part,
        // An open breaker lets few calls through: then few tell enough.
        level: breaker.length > 0 ? level : calmed(level, calls, failures),
        what: `${capital(name)} fails: ${format.share(rate)} of ${format.count(calls)} ${isDatabase ? "statements" : "exchanges"}`,
        more: [
          ...worst,
          ...breaker,
          was(then && then.calls > 0 ? format.share(then.failures / then.calls) : null),
        ],
        course: courseOf(
          seen,
          rate * NOISE,
          (summary) => sourcesOf(summary).find((each) => each.name === name)?.share ?? [],
        ),
        lead: isDatabase ? { view: "database", by: "Failed" } : { view: "shield" },
      } satisfies Finding & { source: string },
    ];
  });
}

const openBreakersOf = ({ gauges }: Summary) =>
  gauges.filter(({ name, max }) => name === "breaker_open" && max > 0);

const refusing = (share: number) =>
  `its breaker was open in ${format.share(share)} of the observations: then it is not asked, and stale answers or fallbacks stand in`;

/** Those whose source has not been seen to fail in this span: what fails tells of its breaker itself. */
function openBreakers(seen: Seen, told: string[]): Finding[] {
  const open = openBreakersOf(seen.now).filter(({ of }) => !told.includes(of));
  return open.map(({ of, average }) => ({
    kind: "failing",
    of: `breaker of ${of}`,
    part: of.startsWith("origin") ? "origin" : "database",
    level: "critical",
    what: `The breaker of ${of} was open`,
    more: [refusing(average)],
    course: courseOf(seen, 0, (summary) => {
      const own = openBreakersOf(summary).find((each) => each.of === of);
      return along(summary, own?.spark, (value) => value);
    }),
    lead: { view: "shield" },
  }));
}

/** What is known of a source's breaker, for who tells of the source. */
function breakerOf(now: Summary, source: string): string[] {
  const open = openBreakersOf(now).find(({ of }) => of === source);
  return open ? [refusing(open.average)] : [];
}

/** By kind. A failure that a stale answer stood in for is no error, but is told among them. */
function failuresOf(
  { errors, refused }: Summary["routes"][number],
  kinds: Summary["errors"],
): string[] {
  if (kinds.length === 0) return [];
  const told = kinds.map(({ kind, count }) => `${kind} ${format.count(count)}×`).join(", ");
  const covered = total(kinds.map(({ count }) => count)) - errors - refused;
  return [
    covered > 0
      ? `${told}; stale answers stood in for at least ${format.count(covered)} of them`
      : told,
  ];
}

function failingRoutes(seen: Seen): Finding[] {
  const { now, before } = seen;
  const bad = now.routes.flatMap((route) => {
    const isEnough = route.requests >= SAMPLES_MIN || route.requests === now.total.requests;
    const limits = limitsOf(seen, "error_rate", route.route);
    const level = isEnough ? levelOf(route.error_rate, "error_rate", limits) : null;
    if (level === null) return [];
    return [{ route, level: calmed(level, route.requests, route.errors) }];
  });
  bad.sort((a, b) => b.route.errors - a.route.errors);
  return bad.slice(0, EACH_MAX).map(({ route, level }): Finding => {
    const kinds = now.errors.filter((each) => each.route === route.route);
    const cause = causeOfFailures(
      route,
      kinds.map(({ kind }) => kind),
      now,
    );
    const then = earlier(route, before);
    return {
      kind: "failing",
      of: format.routeName(route.route),
      part: cause.part,
      level,
      what: `${format.routeName(route.route)} fails: ${format.share(route.error_rate)} of ${format.count(route.requests)} requests`,
      more: [
        ...failuresOf(route, kinds),
        cause.says,
        ...whoFails(seen),
        was(then ? format.share(then.error_rate) : null),
      ],
      course: courseOf(seen, route.error_rate * NOISE, (summary) =>
        along(summary, earlier(route, summary)?.spark, ({ errors, requests }) =>
          requests > 0 ? errors / requests : null,
        ),
      ),
      lead: leadTo(route),
    };
  });
}
