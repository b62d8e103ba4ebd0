// The way of a request, from the edge to its source: how each part is, in two numbers.

import type { Summary, WorkTotals } from "../../api/summary.ts";
import { type ViewName } from "../../address.ts";
import { type Finding, type Level, PARTS, type Part, worst } from "../../findings.ts";
import * as format from "../../format.ts";
import { Link } from "../../parts/link.tsx";
import { PART_NAMES } from "./findings.tsx";

interface Tile {
  /** What is looked at first. */
  value: string;
  of: string;
  more: string;
}

const WORDS: Record<Level, string> = { critical: "in trouble", warning: "stands out" };

const VIEW_OF: Record<Part, ViewName> = {
  edge: "places",
  cache: "cache",
  shield: "shield",
  database: "database",
  origin: "shield",
};

export function Flow({ now, found }: { now: Summary; found: Finding[] }) {
  const tiles = tilesOf(now);
  return (
    <section aria-labelledby="flow-title">
      <h2 id="flow-title" class="unseen">
        The way of a request
      </h2>
      <ol class="flow">
        {PARTS.map((part) => {
          const level = worst(found, part);
          const { value, of, more } = tiles[part];
          return (
            <li key={part} class={level === null ? "is-well" : `is-${level}`}>
              <Link to={{ view: VIEW_OF[part] }}>
                <span class="name">{PART_NAMES[part]}</span>
                <span class="word">{level === null ? "as usual" : WORDS[level]}</span>
                <span class="value">{value}</span>
                <span class="of">{of}</span>
                <span class="more">{more}</span>
              </Link>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function tilesOf(now: Summary): Record<Part, Tile> {
  const { total, database } = now;
  const asked = total.hits.misses + total.hits.expired + total.hits.bypassed;
  const origins = joined(now.origins);
  return {
    edge: {
      value: format.perSecond(total.per_second),
      of: "requests",
      more: `from ${count(now.places.length, "place")}`,
    },
    cache: {
      value: format.share(total.hits.rate),
      of: "hits",
      more: `${format.count(total.hits.stale)} of them stale`,
    },
    shield: {
      value: format.count(total.collapsed),
      of: "collapsed",
      more: `of ${format.count(asked)} that were asked on`,
    },
    database: tileOf(database, "statements"),
    origin: tileOf(origins, "exchanges"),
  };
}

function tileOf(
  work: { calls: number; failures: number; p95: number | null } | WorkTotals,
  what: string,
): Tile {
  const p95 = "p95" in work ? work.p95 : work.duration.p95;
  if (work.calls === 0) return { value: "–", of: "not asked", more: `no ${what}` };
  return {
    value: format.ms(p95),
    of: "p95",
    more: `${format.count(work.calls)} ${what}, ${work.failures === 0 ? "none" : format.count(work.failures)} failed`,
  };
}

/** All origins together: quantiles do not add up, so it is that of the slowest. */
const joined = (all: Summary["origins"]) => ({
  calls: all.reduce((sum, { calls }) => sum + calls, 0),
  failures: all.reduce((sum, { failures }) => sum + failures, 0),
  p95: all.reduce<number | null>(
    (most, { duration }) =>
      duration.p95 !== null && (most === null || duration.p95 > most) ? duration.p95 : most,
    null,
  ),
});

const count = (number: number, what: string) =>
  `${format.count(number)} ${what}${number === 1 ? "" : "s"}`;
