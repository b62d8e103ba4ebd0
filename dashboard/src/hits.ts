// What the caches did for the requests that they could have answered.

import type { HitTotals } from "./api/summary.ts";

/** Could have been answered from what is stored, and were not: what the hit rate counts as no hits. */
export const missed = ({ misses, expired }: HitTotals): number => misses + expired;
