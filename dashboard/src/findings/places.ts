// For whom: places against their own past, as a far one is slow on any day.

import type { PlaceSummary } from "../api/summary.ts";
import * as format from "../format.ts";
import { UNKNOWN } from "./course.ts";
import {
  EACH_MAX,
  type Finding,
  SAMPLES_MIN,
  type Seen,
  placeName,
  samePlace,
  some,
  was,
} from "./finding.ts";
import { least, limitsOf, slowLimit } from "./rules.ts";

interface Judged {
  place: PlaceSummary;
  p95: number;
  /** null: it is not known. */
  known: number | null;
}

/** The places that are told of by enough requests. */
function judged({ now, before }: Seen): Judged[] {
  return now.places.flatMap((place) => {
    const { p95 } = place.duration;
    if (p95 === null || place.requests < SAMPLES_MIN) return [];
    const then = before?.places.find(samePlace(place));
    const known = then !== undefined && then.requests >= SAMPLES_MIN ? then.duration.p95 : null;
    return [{ place, p95, known }];
  });
}

const isSlower = ({ p95, known }: Judged) => known !== null && p95 > slowLimit(known);

/** More than this share of the places is everywhere. */
const NEARLY_ALL = 0.7;

/** Who is hit by what one route does. Places of all routes would tell of another one. */
export function whoIsSlow(seen: Seen): string[] {
  const all = judged(seen);
  if (seen.now.span.route === null || all.length < 2) return [];
  const limit = least(limitsOf(seen, "p95", seen.now.span.route));
  const slower = all.filter(isSlower);
  const hit = slower.length > 0 ? slower : all.filter(({ p95 }) => p95 > limit);
  return hit.length === 0
    ? []
    : [
        whom(
          hit.map(({ place }) => place),
          all.length,
        ),
      ];
}

/** Who is hit by the failures of one route. */
export function whoFails({ now }: Seen): string[] {
  const hit = now.places.filter(({ errors }) => errors > 0).sort((a, b) => b.errors - a.errors);
  if (now.span.route === null || hit.length === 0 || now.places.length < 2) return [];
  const total = hit.reduce((sum, { errors }) => sum + errors, 0);
  const requests = now.places.reduce((sum, place) => sum + place.requests, 0);
  const [most] = hit;
  if (most !== undefined && most.errors > total * 0.8 && most.requests < requests * 0.5)
    return [`nearly all of it in ${placeName(most)}`];
  return [whom(hit, now.places.length)];
}

function whom(hit: PlaceSummary[], all: number): string {
  if (hit.length >= all * NEARLY_ALL) return `in ${hit.length} of ${all} places`;
  return `for clients of ${some(hit.map(placeName))} alone`;
}

/** Places that stand out by themselves. When all do, it is not the places. */
export const hitPlaces = (seen: Seen): Finding[] => [...slowPlaces(seen), ...failingPlaces(seen)];

/** By what factor most places are slower than they were: what slows them all is no place's own. */
function slowedBy(all: Judged[]): number {
  const factors = all.flatMap(({ p95, known }) => (known ? [p95 / known] : []));
  const typical = factors.sort((a, b) => a - b)[Math.floor((factors.length - 1) / 2)];
  return all.length > 1 ? Math.max(typical ?? 1, 1) : 1;
}

function slowPlaces(seen: Seen): Finding[] {
  const all = judged(seen);
  const factor = slowedBy(all);
  const isItsOwn = ({ p95, known }: Judged) => known !== null && p95 > slowLimit(known * factor);
  const slower = all.filter(isItsOwn);
  return slower.slice(0, EACH_MAX).map(({ place, p95, known }): Finding => ({
    kind: "slow",
    of: placeName(place),
    part: "edge",
    level: "warning",
    what: `${placeName(place)} is slower than it was: p95 ${format.ms(p95)}`,
    more: [
      `${format.ms(seen.now.total.duration.p95)} over all places`,
      was(known === null ? null : format.ms(known)),
    ],
    course: UNKNOWN,
    lead: { view: "places" },
  }));
}

const rateOf = ({ errors, requests }: { errors: number; requests: number }) =>
  requests > 0 ? errors / requests : 0;

/** A place that fails so many times as often as the others is not a little more of the same. */
const FAILS_BY = 4;

/** Where it fails, while it does not elsewhere. */
function failingPlaces(seen: Seen): Finding[] {
  const { places, total } = seen.now;
  const limit = least(limitsOf(seen, "error_rate", seen.now.span.route));
  const failing = places.filter((place) => place.requests >= SAMPLES_MIN && rateOf(place) > limit);
  const others = {
    errors: total.errors - failing.reduce((sum, { errors }) => sum + errors, 0),
    requests: total.requests - failing.reduce((sum, { requests }) => sum + requests, 0),
  };
  const isFew = failing.length > 0 && others.requests > total.requests / 2;
  if (!isFew || rateOf(others) > limit / 2) return [];
  const apart = failing.filter((place) => rateOf(place) > rateOf(others) * FAILS_BY);
  return apart.slice(0, EACH_MAX).map((place): Finding => {
    const then = seen.before?.places.find(samePlace(place));
    return {
      kind: "failing",
      of: placeName(place),
      part: "edge",
      level: "warning",
      what: `${placeName(place)} fails: ${format.share(rateOf(place))} of ${format.count(place.requests)} requests`,
      more: ["the other places hardly do", was(then ? format.share(rateOf(then)) : null)],
      course: UNKNOWN,
      lead: { view: "places" },
    };
  });
}
