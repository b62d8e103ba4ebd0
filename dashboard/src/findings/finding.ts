// What a finding is, and what all kinds of them reckon by.

import type { Point, RouteSummary, Summary } from "../api/summary.ts";
import type { ViewName } from "../address.ts";

/** The parts that a request goes through, in its order. */
export const PARTS = ["edge", "cache", "shield", "database", "origin"] as const;
export type Part = (typeof PARTS)[number];

export type Level = "critical" | "warning";

export interface Finding {
  part: Part;
  level: Level;
  what: string;
  /** For whom, how much, and what it was before. */
  more: string[];
  /** When it began, in seconds since the epoch; null: it is not known, or was so all the time. */
  since: number | null;
  /** When it ended; null: it goes on. */
  until: number | null;
  lead: { view: ViewName; route?: string };
}

export interface Seen {
  now: Summary;
  /** The span before, of the same length. */
  before: Summary | null;
}

/** A quantile of fewer is chance. */
export const SAMPLES_MIN = 20;

/** Findings of one kind; more hide the rest. */
export const EACH_MAX = 3;

/**
 * The last time in which something was beyond a limit: when that began, and when it ended if it did.
 * Points that have no value say nothing.
 */
export function excursion(
  points: { at: number; value: number | null }[],
  limit: number,
): { since: number | null; until: number | null } {
  const known = points.filter(({ value }) => value !== null);
  const isBeyond = (index: number) => (known[index]?.value ?? -Infinity) > limit;
  let last = known.length - 1;
  while (last >= 0 && !isBeyond(last)) last -= 1;
  if (last < 0) return { since: null, until: null };
  let first = last;
  while (first > 0 && isBeyond(first - 1)) first -= 1;
  return {
    since: first === 0 ? null : (known[first]?.at ?? null),
    until: known[last + 1]?.at ?? null,
  };
}

export const over = (points: Point[], value: (point: Point) => number | null) =>
  points.map((point) => ({ at: point.at, value: value(point) }));

export const was = (before: string | null) =>
  before === null ? "nothing to compare with in the span before" : `${before} in the span before`;

export const leadTo = ({ route }: RouteSummary): Finding["lead"] =>
  route === null ? { view: "routes" } : { view: "routes", route };

/** Named only where most of it comes from one place, and most requests do not. */
export function forWhom(
  now: Summary,
  value: (place: Summary["places"][number]) => number,
): string[] {
  const total = now.places.reduce((sum, place) => sum + value(place), 0);
  const requests = now.places.reduce((sum, place) => sum + place.requests, 0);
  const most = now.places.find(
    (place) => value(place) > total * 0.8 && place.requests < requests * 0.5,
  );
  return most ? [`nearly all of it in ${placeName(most)}`] : [];
}

export const placeName = ({ colo, country }: { colo: string; country: string }) =>
  country === "XX" ? colo : `${colo} (clients in ${country})`;
