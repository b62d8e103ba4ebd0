// Where the time of all requests went, part by part.

import type { Summary, WorkTotals } from "../../api/summary.ts";

export interface Spent {
  /** Milliseconds on average, of those that came so far; null: none did. */
  each: number | null;
  /** Of the time of all requests; null: they took none. */
  share: number | null;
}

export type Parts = Record<"edge" | "shield" | "database" | "origin", Spent>;

export function spentIn(summary: Summary): Parts {
  const { total, spent, database, origins } = summary;
  const { requests, source, collapsed } = total;
  const all = spent.edge_ms + spent.shield_ms + spent.source_ms;
  const working = workingTime(summary, [database, ...origins]);
  const work = totalMs([database, ...origins]);
  const own = (works: WorkTotals[]) => (work > 0 ? (working * totalMs(works)) / work : 0);
  const shield = spent.shield_ms + spent.source_ms - working;
  const part = (ms: number, of: number): Spent => ({
    each: of > 0 ? ms / of : null,
    share: all > 0 ? ms / all : null,
  });
  return {
    edge: part(spent.edge_ms, requests),
    shield: part(shield, source.count + collapsed),
    database: part(own([database]), database.calls),
    origin: part(
      own(origins),
      origins.reduce((sum, { calls }) => sum + calls, 0),
    ),
  };
}

const totalMs = (works: WorkTotals[]) => works.reduce((sum, { total_ms }) => sum + total_ms, 0);

/**
 * Of the time until sources had answered, that in which they worked; the rest is the wait for a connection. A
 * statement may serve many requests, so only averages can be held against one another.
 */
function workingTime({ spent, total }: Summary, works: WorkTotals[]): number {
  const calls = works.reduce((sum, each) => sum + each.calls, 0);
  if (calls === 0) return 0;
  return Math.min(spent.source_ms, (totalMs(works) / calls) * total.source.count);
}
