// What stands out in a span: what is slow or failing, since when, for whom, and in which part of Forebay.
// It is held against the span before and against the site's own rules. Decided from what Forebay answers
// alone, so that tests can tell it.
//
// While an alert fires, or these numbers break a rule of the site, there is something.

import type { Summary } from "./api/summary.ts";
import { alerted, broken, standstill } from "./findings/alerted.ts";
import { failing } from "./findings/failing.ts";
import type { Finding, Level, Part, Seen } from "./findings/finding.ts";
import { awaitedConnections, cutOff, lostHits, lostNumbers } from "./findings/others.ts";
import { hitPlaces } from "./findings/places.ts";
import { ofRecent, once } from "./findings/recent.ts";
import { refused } from "./findings/refused.ts";
import { slow } from "./findings/slow.ts";

export { inWords } from "./findings/course.ts";
export { type Finding, type Level, PARTS, type Part, type Seen } from "./findings/finding.ts";

/** What stands out: worst first, what is named before the alerts of it, and last those that are pending. */
export function findings(seen: Seen, recent: Summary | null = null): Finding[] {
  const found = once([
    ...ofRecent(seen, recent, (last) => [
      ...failing(last),
      ...slow(last),
      ...refused(last),
      ...lostHits(last),
      ...awaitedConnections(last),
    ]),
    ...cutOff(seen),
    ...failing(seen),
    ...slow(seen),
    ...refused(seen),
    ...lostHits(seen),
    ...hitPlaces(seen),
    ...awaitedConnections(seen),
  ]);
  const alerts = alerted(seen, found);
  const all = [
    ...found,
    ...alerts,
    ...broken(seen, [...alerts, ...found]),
    ...standstill(seen),
    ...lostNumbers(seen),
  ];
  return all.sort((a, b) => rankOf(a) - rankOf(b));
}

function rankOf({ level, alert }: Finding): number {
  if (alert?.state === "pending") return 2;
  return level === "critical" ? 0 : 1;
}

/** The worst of a part; null: nothing stands out there. */
export function worst(found: Finding[], part: Part): Level | null {
  const levels = found.filter((each) => each.part === part).map(({ level }) => level);
  return levels.includes("critical") ? "critical" : (levels[0] ?? null);
}
