// The way of a request, from the edge to its source: how much time is spent in each part, and how each is.

import type { OriginSummary, Summary } from "../../api/summary.ts";
import { type Finding, type Level, PARTS, type Part, worst } from "../../findings.ts";
import * as format from "../../format.ts";
import type { Lead } from "../../findings/finding.ts";
import { Link } from "../../parts/link.tsx";
import { PART_NAMES } from "./findings.tsx";
import { type Spent, spentIn } from "./spent.ts";

interface Tile {
  /** What is looked at first. */
  value: string;
  of: string;
  more: string;
}

const WORDS: Record<Level, string> = { critical: "in trouble", warning: "stands out" };

const LEADS: Record<Part, Lead> = {
  edge: { view: "places" },
  cache: { view: "routes", by: "Misses" },
  shield: { view: "shield" },
  database: { view: "database" },
  origin: { view: "shield" },
};

interface FlowProps {
  now: Summary;
  before: Summary | null;
  found: Finding[];
}

export function Flow({ now, before, found }: FlowProps) {
  const tiles = tilesOf(now);
  const well = before === null ? "no earlier numbers" : "as usual";
  return (
    <section aria-labelledby="flow-title">
      <h2 id="flow-title" class="unseen">
        The way of a request
      </h2>
      <ol class="flow">
        {PARTS.map((part) => {
          const level = worst(found, part);
          const { value, of, more } = tiles[part];
          const className =
            level !== null ? `is-${level}` : before === null ? "is-unknown" : "is-well";
          return (
            <li key={part} class={className}>
              <Link to={LEADS[part]}>
                <span class="name">{PART_NAMES[part]}</span>
                <span class="word">{level === null ? well : WORDS[level]}</span>
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
  const { total, database, places } = now;
  const spent = spentIn(now);
  return {
    edge: {
      value: format.ms(spent.edge.each),
      of: `a request, on average${ofAll(spent.edge)}`,
      more: `${format.perSecond(total.per_second)} from ${count(places.length, "place")}`,
    },
    cache: {
      value: format.share(total.hits.rate),
      of: "hits",
      more: `${format.count(total.hits.misses + total.hits.expired)} missed, ${format.count(total.hits.stale)} served stale`,
    },
    shield: {
      value: format.ms(spent.shield.each),
      of: `waited on average${ofAll(spent.shield)}`,
      more: `${format.count(total.collapsed)} for another’s answer${awaited(now)}`,
    },
    database: workTile("statement", database, database.duration.p95, spent.database),
    origin: workTile("exchange", ...joined(now.origins), spent.origin),
  };
}

/** Which part of the time of all requests it is. */
const ofAll = ({ share }: Spent) => (share === null ? "" : ` · ${format.share(share)} of all time`);

/** Who waits for a connection, if anybody does. */
function awaited({ gauges }: Summary): string {
  const own = gauges.filter(({ name }) => name === "connections_awaited");
  const average = own.reduce((sum, each) => sum + each.average, 0);
  return average > 0 ? `; ${average.toFixed(1)} for a connection` : "";
}

type Counted = { calls: number; failures: number };

function workTile(
  what: string,
  { calls, failures }: Counted,
  p95: number | null,
  spent: Spent,
): Tile {
  if (calls === 0) return { value: "–", of: "not asked", more: `no ${what}s` };
  return {
    value: format.ms(p95),
    of: `p95${ofAll(spent)}`,
    more: `${count(calls, what)}, ${failures === 0 ? "none" : format.count(failures)} failed`,
  };
}

/** All origins together: quantiles do not add up, so it is that of the slowest. */
function joined(all: OriginSummary[]): [Counted, number | null] {
  const known = all.flatMap(({ duration }) => duration.p95 ?? []);
  const sum = {
    calls: all.reduce((so_far, { calls }) => so_far + calls, 0),
    failures: all.reduce((so_far, { failures }) => so_far + failures, 0),
  };
  return [sum, known.length > 0 ? Math.max(...known) : null];
}

const count = (number: number, what: string) =>
  `${format.count(number)} ${what}${number === 1 ? "" : "s"}`;
