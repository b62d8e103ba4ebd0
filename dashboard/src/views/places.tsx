// Where requests arrive, and where they come from.

import type { PlaceSummary, Summary } from "../api/summary.ts";
import { type Span, api } from "../api/client.ts";
import { isLive } from "../address.ts";
import { type Part, part, useFetched } from "../fetched.ts";
import { SAMPLES_MIN, samePlace } from "../findings/finding.ts";
import { slowLimit } from "../findings/rules.ts";
import * as format from "../format.ts";
import { useNavigation } from "../navigation.ts";
import { columnsOf } from "../parts/columns.tsx";
import { Empty, Missing, Showing } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import type { ViewProps } from "../shell.tsx";
import { spanBefore } from "./overview/before.ts";

export function PlacesView({ version }: ViewProps) {
  const { address } = useNavigation();
  const { span, route } = address;
  const fetched = useFetched(JSON.stringify([span, route]), isLive(span) ? version : 0, (signal) =>
    load(span, route, signal),
  );
  return (
    <Showing fetched={fetched}>
      {({ now: summary, before }) =>
        summary.places.length === 0 ? (
          <Empty title="No requests in this span">
            <p>Try a longer span.</p>
          </Empty>
        ) : (
          <Shown summary={summary} before={before} again={fetched.again} />
        )
      }
    </Showing>
  );
}

async function load(span: Span, route: string | null, signal: AbortSignal) {
  const now = await api.summary(span, route, signal);
  const earlier = spanBefore(now.span, Date.now() / 1000);
  const before = await part(api.summary(earlier, route, signal));
  return { now, before };
}

const column = columnsOf<PlaceSummary>();

const countries = new Intl.DisplayNames("en", { type: "region" });

function countryName(code: string): string {
  if (code === "XX") return "not known";
  if (code === "T1") return "Tor";
  try {
    return countries.of(code) ?? code;
  } catch {
    return code;
  }
}

/** Slower than it was, by a quantile of enough requests in both spans. */
function isSlower(place: PlaceSummary, then: PlaceSummary | undefined): boolean {
  const [p95, was] = [place.duration.p95, then?.duration.p95 ?? null];
  if (then === undefined || p95 === null || was === null) return false;
  return Math.min(place.requests, then.requests) >= SAMPLES_MIN && p95 > slowLimit(was);
}

interface ShownProps {
  summary: Summary;
  before: Part<Summary>;
  again: () => void;
}

function Shown({ summary, before, again }: ShownProps) {
  return (
    <>
      {before.failure !== null && (
        <Missing what="The span before" failure={before.failure} again={again} />
      )}
      <div class="card">
        <Table
          name="Places"
          columns={columnsFor(summary, before.data)}
          rows={summary.places}
          id={({ colo, country }) => `${colo} ${country}`}
          first={{ column: "Requests", down: true }}
        />
        <p class="note">
          Data centres are named by their airport’s code. Locally there is one, <code>local</code>.
        </p>
      </div>
    </>
  );
}

function columnsFor(summary: Summary, before: Summary | null): Column<PlaceSummary>[] {
  const then = (place: PlaceSummary) => before?.places.find(samePlace(place));
  const most = Math.max(...summary.places.map(({ requests }) => requests));
  return [
    column.code("Data centre", ({ colo }) => colo),
    {
      name: "Clients in",
      cell: ({ country }) => countryName(country),
      sort: ({ country }) => countryName(country),
    },
    {
      name: "Requests",
      numeric: true,
      cell: ({ requests }) => (
        <>
          <meter min={0} max={most} value={requests} aria-hidden="true" />
          <span class="beside">{format.count(requests)}</span>
        </>
      ),
      sort: ({ requests }) => requests,
    },
    column.ms("p50", ({ duration }) => duration.p50, { wide: true }),
    {
      name: "p95",
      numeric: true,
      cell: (place) => {
        const shown = format.ms(place.duration.p95);
        if (!isSlower(place, then(place))) return shown;
        return (
          <span class="is-stale">
            {shown}
            <span class="unseen"> slower than before</span>
          </span>
        );
      },
      sort: ({ duration }) => duration.p95,
    },
    column.ms("p95 before", (place) => then(place)?.duration.p95 ?? null, {
      wide: true,
      title: "In the span before, as long as this one",
    }),
    column.share("Hits of all", ({ hit_rate }) => hit_rate, {
      title:
        "Of all requests from there; elsewhere it is of those that a cache could have answered",
      wide: true,
    }),
    {
      name: "Errors",
      numeric: true,
      cell: ({ errors, requests }) =>
        errors === 0 ? "0" : <span class="is-fault">{format.share(errors / requests)}</span>,
      sort: ({ errors, requests }) => errors / requests,
    },
  ];
}
