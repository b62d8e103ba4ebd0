// What is neither slow nor failing, and still not as it should be.

import { pointsOver } from "../charts/points.ts";
import * as format from "../format.ts";
import { UNKNOWN, along, courseOf } from "./course.ts";
import { type Finding, type Level, SAMPLES_MIN, type Seen, was, worse } from "./finding.ts";
import { least, levelOf, limitsOf } from "./rules.ts";

/** A steady stream of requests that has not come for so long, of so many, has been cut off. */
const SILENT_S = 60;
const SILENT_POINTS = 3;
const MISSED_MIN = 20;
const MISSED_CRITICAL = 100;

/** Nearly every point had requests, over so many of them. */
const STEADY_POINTS = 10;
const STEADY_SHARE = 0.9;

/** Whom nothing reaches answers nothing wrong: all other numbers look well. */
export function cutOff({ now }: Seen): Finding[] {
  const { points, span, total } = now;
  const first = points.findIndex(({ requests }) => requests > 0);
  const last = points.findLastIndex(({ requests }) => requests > 0);
  const spoke = last - first + 1;
  const busy = points.filter(({ requests }) => requests > 0).length;
  const silent = Math.max(0, pointsOver(now) - 1 - last);
  const isSteady = first >= 0 && spoke >= STEADY_POINTS && busy >= spoke * STEADY_SHARE;
  const missed = isSteady ? (total.requests / spoke) * silent : 0;
  if (silent < SILENT_POINTS || silent * span.step < SILENT_S || missed < MISSED_MIN) return [];
  return [
    {
      kind: "traffic",
      of: span.route ?? "",
      part: "edge",
      level: missed >= MISSED_CRITICAL ? "critical" : "warning",
      what: `No requests have arrived for ${format.duration(silent * span.step)}`,
      more: [`about ${format.count(missed)} would have been usual: look at DNS, and at the zone`],
      course: { since: points[last + 1]?.at ?? null, until: null, start: "seen" },
      lead: { view: "places" },
    },
  ];
}

/** Points of hit rate. */
const HITS_LOST = 0.1;

/** Against what it was, and against what it is to be. */
export function lostHits(seen: Seen): Finding[] {
  const { now, before } = seen;
  const { rate, cacheable, misses, expired } = now.total.hits;
  const then = before?.total.hits.rate ?? null;
  if (rate === null || cacheable < SAMPLES_MIN) return [];
  const limits = limitsOf(seen, "hit_rate", now.span.route);
  // One route's rate is what its kind allows, unless it has a rule of its own.
  const isJudged = now.span.route === null || limits.isOwn;
  const below = isJudged ? levelOf(rate, "hit_rate", limits) : null;
  const isLost = then !== null && then - rate >= HITS_LOST;
  const lost: Level | null = !isLost ? null : then - rate > 3 * HITS_LOST ? "critical" : "warning";
  const level = worse(lost, below);
  if (level === null) return [];
  const limit = isLost ? then - HITS_LOST : least(limits);
  return [
    {
      kind: "hits",
      of: now.span.route ?? "",
      part: "cache",
      level,
      what: `The hit rate ${isLost ? "has fallen to" : "is low:"} ${format.share(rate)}`,
      more: [
        `${format.count(misses + expired)} of ${format.count(cacheable)} requests were not answered from what is stored`,
        ...(below === null ? [] : [`it should be ${format.share(least(limits))}`]),
        was(then === null ? null : format.share(then)),
        "purges and deployments are marked in the charts",
      ],
      // Beyond the limit means below it.
      course: courseOf(seen, -limit, ({ points }) =>
        points.map(({ at, hits }) => ({ at, value: hits.rate === null ? null : -hits.rate })),
      ),
      lead: { view: "routes", by: "Misses" },
    },
  ];
}

export function awaitedConnections(seen: Seen): Finding[] {
  const awaited = seen.now.gauges.filter(
    ({ name, average }) => name === "connections_awaited" && average >= 1,
  );
  return awaited.map(({ name, of, average, max }) => ({
    kind: "waiting",
    of: `database ${of}`,
    part: "shield",
    level: "warning",
    what: `Requests wait for connections to database ${of}`,
    more: [
      `${average.toFixed(1)} on average, ${format.count(max)} at most: statements are slow, or pool_max is small`,
    ],
    course: courseOf(seen, 0.99, (summary) => {
      const own = summary.gauges.find((each) => each.name === name && each.of === of);
      return along(summary, own?.spark, (value) => value);
    }),
    lead: { view: "shield" },
  }));
}

export function lostNumbers({ now }: Seen): Finding[] {
  const { responses_dropped: dropped } = now.losses;
  if (dropped === 0) return [];
  return [
    {
      kind: "telling",
      of: "",
      part: "edge",
      level: "warning",
      what: `${format.count(dropped)} responses are missing from these numbers`,
      more: ["their isolates could not reach the metrics object"],
      course: UNKNOWN,
      lead: { view: "overview" },
    },
  ];
}
