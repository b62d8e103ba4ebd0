// Where a route's time goes, and what of it fails: judged by the route's own source alone.

import type { RouteSummary, Summary, WorkSpark, WorkTotals } from "../api/summary.ts";
import * as format from "../format.ts";
import type { Part } from "./finding.ts";

export interface Cause {
  part: Part;
  says: string;
  /** The source that it is put down to, as `query search` or `origin app`; null: none. */
  source: string | null;
}

/** What of a route's time its source must take to be the cause of it. */
const SOURCE_SHARE = 0.5;

type Work = WorkTotals & { spark: WorkSpark[] };

interface OwnSource {
  /** `query search`, `origin app`. */
  name: string;
  part: "database" | "origin";
  /** Its work, by who was asked; without what was not asked at all. */
  works: Work[];
  /** Its breakers, as gauges name them. */
  breakers: string[];
}

/** The route's own source; null: it has none, or nobody knows. */
export function ownSource({ own_source: own }: RouteSummary, now: Summary): OwnSource | null {
  switch (own?.kind) {
    case "query":
      return {
        name: `query ${own.name}`,
        part: "database",
        works: now.statements.filter(
          ({ query, database }) => query === own.name && own.asks.includes(database),
        ),
        breakers: own.asks.map((database) => `database ${database}`),
      };
    case "origin":
      return {
        name: `origin ${own.name}`,
        part: "origin",
        works: now.origins.filter(({ origin }) => own.asks.includes(origin)),
        breakers: own.asks.map((origin) => `origin ${origin}`),
      };
    case "assets":
    case undefined:
      return null;
  }
}

/** Where a slow route's time goes, as far as it can be told. */
export function causeOfTime(route: RouteSummary, now: Summary): Cause {
  const { source, duration } = route;
  if (source.count === 0 || source.p95 === null) return unasked(route);
  if (source.p95 < (duration.p95 ?? 0) * SOURCE_SHARE) return beforeSource(route);
  const own = ownSource(route, now);
  const asked = `its source takes p95 ${format.ms(source.p95)}`;
  if (own === null) {
    const says = route.own_source === null ? `${asked}; which one it is, is not known` : asked;
    return { part: "edge", says, source: null };
  }
  const p95 = Math.max(...own.works.map(({ duration: each }) => each.p95 ?? 0), 0);
  if (p95 >= source.p95 * SOURCE_SHARE)
    return {
      part: own.part,
      says: `its ${own.name} takes p95 ${format.ms(p95)}`,
      source: own.name,
    };
  const says =
    own.works.length === 0
      ? `${asked}, but its ${own.name} was never reached: it waits in the shield, or cannot connect`
      : `${asked}, but its ${own.name} only ${format.ms(p95)}: it waits in the shield, as for a connection`;
  return { part: "shield", says, source: null };
}

/** No source was asked in the route's name, so its source is neither quick nor slow. */
function unasked({ collapsed, hits, own_source: own }: RouteSummary): Cause {
  if (collapsed > 0) {
    const says = `${format.count(collapsed)} requests waited for another one's answer; none asked its source itself`;
    return { part: "shield", says, source: null };
  }
  const on = hits.misses + hits.expired;
  if (on > 0 && own?.kind !== "assets") {
    const says = `${format.count(on)} requests went to the shield, and none of them reached its source`;
    return { part: "shield", says, source: null };
  }
  return {
    part: "edge",
    says: "its source was not asked: the time goes at the edge",
    source: null,
  };
}

function beforeSource({ source, spent, requests, collapsed }: RouteSummary): Cause {
  const asked = source.count + collapsed;
  const atEdge = spent.edge_ms / Math.max(1, requests - asked);
  const part = atEdge > spent.shield_ms / Math.max(1, asked) ? "edge" : "shield";
  const where =
    part === "edge" ? "at the edge and in its caches" : "in the shield, before it is asked";
  const says = `its source is quick (p95 ${format.ms(source.p95)}): the time goes ${where}`;
  return { part, says, source: null };
}

/** Kinds of failures that mean that Forebay itself is at fault. */
const OWN_KINDS = new Set(["internal", "misconfigured"]);

/** Which part a route's failures are of. */
export function causeOfFailures(route: RouteSummary, kinds: string[], now: Summary): Cause {
  if (kinds.some((kind) => OWN_KINDS.has(kind)))
    return { part: "edge", says: "Forebay's own fault, or its configuration's", source: null };
  const own = ownSource(route, now);
  if (own === null) {
    const says = route.own_source === null ? "its source is not known" : "it is served from assets";
    return { part: "edge", says, source: null };
  }
  const sum = (value: (work: Work) => number) =>
    own.works.reduce((so_far, work) => so_far + value(work), 0);
  const [calls, failures] = [sum((work) => work.calls), sum((work) => work.failures)];
  if (failures > 0) {
    const says = `its ${own.name} failed ${format.count(failures)} of ${format.count(calls)} times`;
    return { part: own.part, says, source: own.name };
  }
  const isOpen = now.gauges.some(
    ({ name, of, max }) => name === "breaker_open" && max > 0 && own.breakers.includes(of),
  );
  if (isOpen)
    return { part: own.part, says: `its ${own.name} is kept from being asked`, source: own.name };
  return own.part === "origin" && calls > 0
    ? { part: "origin", says: `its ${own.name} answers with errors`, source: own.name }
    : {
        part: "shield",
        says: `its ${own.name} did not fail: requests gave up before`,
        source: null,
      };
}
