// Sources that fail, their breakers, and the routes that answer with errors.

import type { Summary } from "../api/summary.ts";
import * as format from "../format.ts";
import {
  EACH_MAX,
  type Finding,
  type Level,
  type Part,
  SAMPLES_MIN,
  type Seen,
  excursion,
  forWhom,
  leadTo,
  over,
  was,
} from "./finding.ts";

const FAILING_WARNING = 0.01;
const FAILING_CRITICAL = 0.05;

/** Sources, and then the routes that fail for other reasons as well. */
export const failing = (seen: Seen): Finding[] => [
  ...failingSources(seen),
  ...openBreakers(seen),
  ...failingRoutes(seen),
];

function levelOf(failures: number, calls: number): Level | null {
  if (failures === 0 || calls === 0) return null;
  const rate = failures / calls;
  if (rate >= FAILING_CRITICAL) return "critical";
  return rate >= FAILING_WARNING ? "warning" : null;
}

interface Source {
  /** As gauges name it: `origin app`, `database main`. */
  name: string;
  part: Part;
  calls: number;
  failures: number;
  /** What of it fails most. */
  worst: string[];
}

function sourcesOf({ origins, statements }: Summary): Source[] {
  const databases = [...new Set(statements.map(({ database }) => database))];
  return [
    ...origins.map(({ origin, calls, failures }) => ({
      name: `origin ${origin}`,
      part: "origin" as const,
      calls,
      failures,
      worst: [],
    })),
    ...databases.map((database) => {
      const own = statements.filter((each) => each.database === database);
      const bad = own
        .filter(({ failures }) => failures > 0)
        .sort((a, b) => b.failures - a.failures);
      return {
        name: `database ${database}`,
        part: "database" as const,
        calls: own.reduce((sum, { calls }) => sum + calls, 0),
        failures: own.reduce((sum, { failures }) => sum + failures, 0),
        worst: bad.slice(0, EACH_MAX).map(({ query, failures }) => `${query} ${failures}×`),
      };
    }),
  ];
}

function failingSources({ now, before }: Seen): (Finding & { source: string })[] {
  const known = before === null ? [] : sourcesOf(before);
  return sourcesOf(now).flatMap(({ name, part, calls, failures, worst }) => {
    const level = levelOf(failures, calls);
    if (level === null) return [];
    const then = known.find((each) => each.name === name);
    const isDatabase = part === "database";
    return [
      {
        source: name,
        part,
        level,
        what: `${capital(name)} fails: ${format.share(failures / calls)} of ${format.count(calls)} ${isDatabase ? "statements" : "exchanges"}`,
        more: [
          ...(worst.length > 0 ? [worst.join(", ")] : []),
          ...breakerOf(now, name),
          was(then && then.calls > 0 ? format.share(then.failures / then.calls) : null),
        ],
        ...(isDatabase ? failedStatements(now) : failedAnswers(now)),
        lead: { view: isDatabase ? "database" : "shield" },
      } as const,
    ];
  });
}

/** Of the mean: what is below is the noise that there is always. */
const NOISE = 0.25;

/** Numbers over time are of all routes together, so this is when most of the failures were. */
const failedAnswers = ({ points, total }: Summary) =>
  excursion(
    over(points, ({ errors, requests }) => (requests > 0 ? errors / requests : null)),
    total.error_rate * NOISE,
  );

const failedStatements = ({ points, database: all }: Summary) =>
  excursion(
    over(points, ({ database: { calls, failures } }) => (calls > 0 ? failures / calls : null)),
    (all.failures / Math.max(1, all.calls)) * NOISE,
  );

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const openBreakersOf = ({ gauges }: Summary) =>
  gauges.filter(({ name, max }) => name === "breaker_open" && max > 0);

const refusing = (share: number) =>
  `its breaker was open in ${format.share(share)} of the observations: then it is not asked, and stale answers or fallbacks stand in`;

/** Those whose source has not been seen to fail in this span: what fails tells of its breaker itself. */
function openBreakers(seen: Seen): Finding[] {
  const told = failingSources(seen).map(({ source }) => source);
  return openBreakersOf(seen.now)
    .filter(({ of }) => !told.includes(of))
    .map(({ of, average }) => ({
      part: of.startsWith("origin") ? "origin" : "database",
      level: "critical",
      what: `The breaker of ${of} was open`,
      more: [refusing(average)],
      since: null,
      until: null,
      lead: { view: "shield" },
    }));
}

/** What is known of a source's breaker, for who tells of the source. */
function breakerOf(now: Summary, source: string): string[] {
  const open = openBreakersOf(now).find(({ of }) => of === source);
  return open ? [refusing(open.average)] : [];
}

/** Kinds of failures that mean that Forebay itself is at fault. */
const OWN_KINDS = new Set(["internal", "misconfigured"]);

function failingRoutes({ now, before }: Seen): Finding[] {
  const bad = now.routes
    .filter(({ requests }) => requests >= SAMPLES_MIN || requests === now.total.requests)
    .filter(({ errors, requests }) => levelOf(errors, requests) !== null)
    .sort((a, b) => b.errors - a.errors);
  return bad.slice(0, EACH_MAX).map((each): Finding => {
    const kinds = now.errors.filter(({ route }) => route === each.route);
    const then = before?.routes.find(({ route }) => route === each.route);
    return {
      part: partOfFailures(
        kinds.map(({ kind }) => kind),
        now,
      ),
      level: levelOf(each.errors, each.requests) ?? "warning",
      what: `${format.routeName(each.route)} fails: ${format.share(each.error_rate)} of ${format.count(each.requests)} requests`,
      more: [
        ...(kinds.length > 0
          ? [kinds.map(({ kind, count }) => `${kind} ${format.count(count)}×`).join(", ")]
          : []),
        ...forWhom(now, ({ errors }) => errors),
        was(then ? format.share(then.error_rate) : null),
      ],
      ...failedAnswers(now),
      lead: leadTo(each),
    };
  });
}

function partOfFailures(kinds: string[], now: Summary): Part {
  if (kinds.some((kind) => OWN_KINDS.has(kind))) return "edge";
  if (now.origins.some(({ failures }) => failures > 0)) return "origin";
  return now.database.calls > 0 ? "database" : "shield";
}
