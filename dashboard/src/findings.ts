// What stands out in a span, held against the one before it: what is slow or failing, since when, for
// whom, and in which part of Forebay. Decided from summaries alone, so that tests can tell it.

import type { Summary } from "./api/summary.ts";
import { failing } from "./findings/failing.ts";
import type { Finding, Level, Part, Seen } from "./findings/finding.ts";
import { awaitedConnections, cutOff, farPlaces, lostHits, lostNumbers } from "./findings/others.ts";
import { ofRecent, once } from "./findings/recent.ts";
import { slow } from "./findings/slow.ts";

export { type Finding, type Level, PARTS, type Part, type Seen } from "./findings/finding.ts";

/** What stands out, worst first. */
export function findings(seen: Seen, recent: Summary | null = null): Finding[] {
  const found = once([
    ...ofRecent(seen, recent, (now) => [
      ...failing(now),
      ...slow(now),
      ...lostHits(now),
      ...awaitedConnections(now),
    ]),
    ...cutOff(seen),
    ...failing(seen),
    ...slow(seen),
    ...lostHits(seen),
    ...farPlaces(seen),
    ...awaitedConnections(seen),
    ...lostNumbers(seen),
  ]);
  const rank = { critical: 0, warning: 1 };
  return found.sort((a, b) => rank[a.level] - rank[b.level]);
}

/** The worst of a part; null: nothing stands out there. */
export function worst(found: Finding[], part: Part): Level | null {
  const levels = found.filter((each) => each.part === part).map(({ level }) => level);
  return levels.includes("critical") ? "critical" : (levels[0] ?? null);
}
