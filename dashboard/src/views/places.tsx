// Where requests arrive, and where they come from.

import type { PlaceSummary, Summary } from "../api/summary.ts";
import { api } from "../api/client.ts";
import { isLive } from "../address.ts";
import { useFetched } from "../fetched.ts";
import * as format from "../format.ts";
import { useNavigation } from "../navigation.ts";
import { columnsOf } from "../parts/columns.tsx";
import { Empty, Showing } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import type { ViewProps } from "../shell.tsx";

export function PlacesView({ version }: ViewProps) {
  const { address } = useNavigation();
  const { span, route } = address;
  const fetched = useFetched(JSON.stringify([span, route]), isLive(span) ? version : 0, (signal) =>
    api.summary(span, route, signal),
  );
  return (
    <Showing fetched={fetched}>
      {(summary) =>
        summary.places.length === 0 ? (
          <Empty title="No requests in this span">
            <p>Try a longer span.</p>
          </Empty>
        ) : (
          <Shown summary={summary} />
        )
      }
    </Showing>
  );
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

function Shown({ summary }: { summary: Summary }) {
  const most = Math.max(...summary.places.map(({ requests }) => requests));
  const columns: Column<PlaceSummary>[] = [
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
      cell: ({ duration }) => {
        const overall = summary.total.duration.p95;
        const isSlow =
          duration.p95 !== null && overall !== null && duration.p95 > Math.max(overall * 2, 50);
        return <span class={isSlow ? "is-stale" : ""}>{format.ms(duration.p95)}</span>;
      },
      sort: ({ duration }) => duration.p95,
    },
    column.share("Hits", ({ hit_rate }) => hit_rate, {
      title: "Of all requests from there",
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
  return (
    <div class="card">
      <Table
        name="Places"
        columns={columns}
        rows={summary.places}
        id={({ colo, country }) => `${colo} ${country}`}
        first={{ column: "Requests", down: true }}
      />
      <p class="note">
        Data centres are named by their airport’s code. Locally there is one, <code>local</code>.
      </p>
    </div>
  );
}
