// What is neither slow nor failing, and still not as it should be.

import * as format from "../format.ts";
import {
  EACH_MAX,
  type Finding,
  SAMPLES_MIN,
  type Seen,
  excursion,
  over,
  placeName,
  was,
} from "./finding.ts";
import { slowLimit } from "./slow.ts";

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
  const silent = points.length - 1 - last;
  const isSteady = first >= 0 && spoke >= STEADY_POINTS && busy >= spoke * STEADY_SHARE;
  const missed = isSteady ? (total.requests / spoke) * silent : 0;
  if (silent < SILENT_POINTS || silent * span.step < SILENT_S || missed < MISSED_MIN) return [];
  return [
    {
      part: "edge",
      level: missed >= MISSED_CRITICAL ? "critical" : "warning",
      what: `No requests have arrived for ${format.duration(silent * span.step)}`,
      more: [`about ${format.count(missed)} would have been usual: look at DNS, and at the zone`],
      since: points[last + 1]?.at ?? null,
      until: null,
      lead: { view: "places" },
    },
  ];
}

/** Points of hit rate. */
const HITS_LOST = 0.1;

export function lostHits({ now, before }: Seen): Finding[] {
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

export function farPlaces({ now, before }: Seen): Finding[] {
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

export function awaitedConnections({ now }: Seen): Finding[] {
  const awaited = now.gauges.filter(
    ({ name, average }) => name === "connections_awaited" && average >= 1,
  );
  return awaited.map(({ of, average, max }) => ({
    part: "shield",
    level: "warning",
    what: `Requests wait for connections to database ${of}`,
    more: [
      `${average.toFixed(1)} on average, ${format.count(max)} at most: statements are slow, or pool_max is small`,
    ],
    since: null,
    until: null,
    lead: { view: "shield" },
  }));
}

export function lostNumbers({ now }: Seen): Finding[] {
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
