// Since when: how something went over the span, and over the one before it.

import type { Span, Summary } from "../api/summary.ts";
import * as format from "../format.ts";

/** When something was beyond a limit. */
export interface Course {
  /** When that began, in seconds since the epoch; null: nothing is known of it. */
  since: number | null;
  /** When it ended; null: it goes on. */
  until: number | null;
  /** It was seen to begin; it was so in the first point already; or nothing was measured before. */
  start: "seen" | "older" | "first";
}

export interface Value {
  at: number;
  /** Nothing was measured, which says nothing. */
  value: number | null;
}

export const UNKNOWN: Course = { since: null, until: null, start: "seen" };

/** So long, and over so many points, something has to be well to be over: one good point is chance. */
const WELL_S = 60;
const WELL_POINTS = 3;

/** A point of this length says so by itself. */
const LONG_POINT_S = 300;

/** How long a point is, and where the points end; both in seconds. */
type Ends = Pick<Span, "step" | "to">;

/** The last time in which something was beyond a limit. Points are of `step`, or earlier and longer. */
export function excursion(points: Value[], limit: number, ends: Ends): Course {
  const known = judged(points, limit, ends);
  const last = known.findLastIndex(({ isBeyond }) => isBeyond);
  if (last < 0) return UNKNOWN;
  let first = last;
  for (let index = last - 1; index >= 0; index -= 1) {
    if (known[index]?.isBeyond) first = index;
    else if (isWell(known.slice(index, first))) break;
  }
  const isFirst = points[0]?.at !== known[0]?.at;
  return {
    since: known[first]?.at ?? null,
    until: isWell(known.slice(last + 1)) ? (known[last + 1]?.at ?? null) : null,
    start: first > 0 ? "seen" : isFirst ? "first" : "older",
  };
}

interface Judged {
  at: number;
  /** In seconds. */
  length: number;
  isBeyond: boolean;
}

/** The points that say something: one that is not over may still go beyond the limit. */
function judged(points: Value[], limit: number, { step, to }: Ends): Judged[] {
  return points.flatMap(({ at, value }, index) => {
    const isBeyond = value !== null && value > limit;
    if (value === null || (!isBeyond && at + step > to)) return [];
    return [{ at, length: (points[index + 1]?.at ?? at + step) - at, isBeyond }];
  });
}

/** Whether so many good points in a row are enough. */
function isWell(row: Judged[]): boolean {
  const total = row.reduce((sum, { length }) => sum + length, 0);
  const isLong = row.some(({ length }) => length >= LONG_POINT_S);
  return isLong || (row.length >= WELL_POINTS && total >= WELL_S);
}

/** Over both spans, so that what began before this one is told with its beginning. */
export function courseOf(
  { now, before }: { now: Summary; before: Summary | null },
  limit: number,
  values: (summary: Summary) => Value[],
): Course {
  const { from } = now.span;
  // The span before is widened to whole slots, and may reach into this one.
  const earlier =
    before === null
      ? []
      : values(before).filter(({ at }) => at + before.span.step <= from && at < from);
  const found = excursion([...earlier, ...values(now)], limit, now.span);
  return found.until !== null && found.until <= from ? UNKNOWN : found;
}

/** The values of something that has one for each point of a summary. */
export const along = <T>(
  { points }: Summary,
  spark: T[] | undefined,
  value: (each: T) => number | null,
): Value[] =>
  points.map(({ at }, index) => {
    const each = spark?.[index];
    return { at, value: each === undefined ? null : value(each) };
  });

/** In words, for a span that begins at `from`. */
export function inWords({ since, until, start }: Course, from: number): string {
  if (since === null) return "";
  const begun = format.moment(since);
  const ended = until === null ? null : format.moment(until);
  switch (start) {
    case "first":
      return `${ended === null ? "since" : "from"} ${begun}, where the numbers begin${ended === null ? "" : `, to ${ended}`}`;
    case "older":
      return `${ended === null ? "all through this span" : `until ${ended}`}; it began before ${begun}`;
    case "seen":
      if (ended !== null) return `from ${begun} to ${ended}`;
      return since < from ? `all through this span, since ${begun}` : `since ${begun}`;
  }
}
