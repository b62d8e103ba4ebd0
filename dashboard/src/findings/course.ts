// Since when: how something went over the span, and over the one before it.

import type { Summary } from "../api/summary.ts";
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

/** The last time in which something was beyond a limit. */
export function excursion(points: Value[], limit: number): Course {
  const known = points.filter(({ value }) => value !== null);
  const isBeyond = (index: number) => (known[index]?.value ?? -Infinity) > limit;
  let last = known.length - 1;
  while (last >= 0 && !isBeyond(last)) last -= 1;
  if (last < 0) return UNKNOWN;
  let first = last;
  while (first > 0 && isBeyond(first - 1)) first -= 1;
  const isFirst = points[0]?.at !== known[0]?.at;
  return {
    since: known[first]?.at ?? null,
    until: known[last + 1]?.at ?? null,
    start: first > 0 ? "seen" : isFirst ? "first" : "older",
  };
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
  const found = excursion([...earlier, ...values(now)], limit);
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
