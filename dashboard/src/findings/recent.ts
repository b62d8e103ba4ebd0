// What the last minutes of a longer span say by themselves. What has just begun is little of an hour: its
// quantiles hide it until a twentieth of the hour is bad.

import type { Summary } from "../api/summary.ts";
import type { Finding, Seen } from "./finding.ts";

/** The same judgement of the last minutes, with when it began by the points of the whole span. */
export function ofRecent(
  { now: whole, before }: Seen,
  recent: Summary | null,
  judge: (seen: Seen) => Finding[],
): Finding[] {
  if (recent === null) return [];
  const routes = recent.routes.map((each) => ({
    ...each,
    spark: whole.routes.find(({ route }) => route === each.route)?.spark ?? [],
  }));
  // It is widened to whole slots.
  const minutes = Math.round((recent.span.to - recent.span.from) / 60);
  return judge({ now: { ...recent, points: whole.points, routes }, before }).map((each) => ({
    ...each,
    what: `${each.what} in the last ${minutes} min`,
  }));
}

/** Of those about the same, the first. */
export const once = (found: Finding[]): Finding[] =>
  found.filter(
    (each, index) => found.findIndex((other) => subjectOf(other) === subjectOf(each)) === index,
  );

/** A sentence up to its numbers. */
const subjectOf = ({ what }: Finding) => what.split(/: | to \d| in the last /)[0];
