// The way of a request, from the edge to its source: how much time is spent in each part, and how each is.

import type { OriginSummary, Summary, WorkTotals } from "../../api/summary.ts";
import { type Finding, type Level, PARTS, type Part, worst } from "../../findings.ts";
import * as format from "../../format.ts";
import { type Lead, SAMPLES_MIN } from "../../findings/finding.ts";
import { missed } from "../../hits.ts";
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
      more: `${format.count(missed(total.hits))} missed, ${format.count(total.hits.stale)} served stale`,
    },
    shield: {
      value: format.ms(spent.shield.each),
      of: `waited on average${ofAll(spent.shield)}`,
      more: `${format.count(total.collapsed)} for another’s answer${awaited(now)}`,
    },
    database: workTile("statement", database, p95Of(database), spent.database),
    origin: workTile("exchange", sumOf(now.origins), slowestOf(now.origins), spent.origin),
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

/** A quantile, and whose it is. */
interface Judged {
  p95: number | null;
  name: string;
}

function workTile(
  what: string,
  { calls, failures }: Counted,
  { p95, name }: Judged,
  spent: Spent,
): Tile {
  if (calls === 0) return { value: "–", of: "not asked", more: `no ${what}s` };
  return {
    value: format.ms(p95),
    of: `${name}${ofAll(spent)}`,
    more: `${count(calls, what)}, ${failures === 0 ? "none" : format.count(failures)} failed`,
  };
}

const sumOf = (all: Counted[]): Counted => ({
  calls: all.reduce((so_far, { calls }) => so_far + calls, 0),
  failures: all.reduce((so_far, { failures }) => so_far + failures, 0),
});

const p95Of = ({ duration }: WorkTotals): Judged => ({ p95: duration.p95, name: "p95" });

/** Quantiles do not add up: of several origins it is that of the slowest, of those that were asked enough. */
function slowestOf(origins: OriginSummary[]): Judged {
  const known = origins.flatMap(({ calls, duration: { p95 } }) =>
    p95 === null ? [] : { calls, p95 },
  );
  const sure = known.filter(({ calls }) => calls >= SAMPLES_MIN);
  const all = (sure.length > 0 ? sure : known).map(({ p95 }) => p95);
  return {
    p95: all.length > 0 ? Math.max(...all) : null,
    name: origins.length > 1 ? "p95 of the slowest" : "p95",
  };
}

const count = (number: number, what: string) =>
  `${format.count(number)} ${what}${number === 1 ? "" : "s"}`;
