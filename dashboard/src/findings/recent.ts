// What the last minutes of a longer span say by themselves. What has just begun is little of an hour: its
// quantiles hide it until a twentieth of the hour is bad.

import type { Summary } from "../api/summary.ts";
import type { Finding, Seen } from "./finding.ts";

/** The same judgement of the last minutes, with when it began by the points of the whole span. */
export function ofRecent(
  seen: Seen,
  recent: Summary | null,
  judge: (seen: Seen) => Finding[],
): Finding[] {
  if (recent === null) return [];
  // It is widened to whole slots.
  const minutes = Math.round((recent.span.to - recent.span.from) / 60);
  return judge({ ...seen, now: alongWhole(recent, seen.now) }).map((each) => ({
    ...each,
    what: `${each.what} in the last ${minutes} min`,
  }));
}

/** The sums of the one, and the courses of the other. */
const alongWhole = (recent: Summary, whole: Summary): Summary => ({
  ...recent,
  span: whole.span,
  points: whole.points,
  routes: withSpark(recent.routes, whole.routes, ({ route }) => route ?? ""),
  statements: withSpark(
    recent.statements,
    whole.statements,
    ({ database, query }) => `${database} ${query}`,
  ),
  origins: withSpark(recent.origins, whole.origins, ({ origin }) => origin),
  gauges: withSpark(recent.gauges, whole.gauges, ({ name, of }) => `${name} ${of}`),
});

const withSpark = <Each, T extends { spark: Each[] }>(
  part: T[],
  whole: T[],
  name: (each: T) => string,
): T[] =>
  part.map((each) => ({
    ...each,
    spark: whole.find((other) => name(other) === name(each))?.spark ?? [],
  }));

/** Of those about the same, the worst; of equally bad ones, the first. */
export const once = (found: Finding[]): Finding[] =>
  found.filter((each) => {
    const same = found.filter(({ kind, of }) => kind === each.kind && of === each.of);
    return each === (same.find(({ level }) => level === "critical") ?? same[0]);
  });
