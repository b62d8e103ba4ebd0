// Every route in one table, and one route looked at closely.

import type { RouteSummary, Summary } from "../api/summary.ts";
import { api } from "../api/client.ts";
import { isLive } from "../address.ts";
import { Chart } from "../charts/chart.tsx";
import { Spark } from "../charts/spark.tsx";
import { useFetched } from "../fetched.ts";
import * as format from "../format.ts";
import { useNavigation } from "../navigation.ts";
import { columnsOf } from "../parts/columns.tsx";
import { Figure } from "../parts/figure.tsx";
import { Link } from "../parts/link.tsx";
import { Empty, Showing } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import type { ViewProps } from "../shell.tsx";

export function RoutesView({ version }: ViewProps) {
  const { address } = useNavigation();
  const { span, route } = address;
  const fetched = useFetched(JSON.stringify([span, route]), isLive(span) ? version : 0, (signal) =>
    api.summary(span, route, signal),
  );
  return (
    <Showing fetched={fetched}>
      {(summary) => {
        if (summary.total.requests === 0)
          return (
            <Empty title="No requests in this span">
              <p>
                {route === null ? (
                  "Try a longer span."
                ) : (
                  <>
                    Try a longer span, or <Link to={{ route: null }}>look at all routes</Link>.
                  </>
                )}
              </p>
            </Empty>
          );
        return route === null ? <All summary={summary} /> : <One summary={summary} />;
      }}
    </Showing>
  );
}

const column = columnsOf<RouteSummary>();

const COLUMNS: Column<RouteSummary>[] = [
  {
    name: "Route",
    cell: ({ route }) =>
      route === null ? (
        <span class="soft">(no route)</span>
      ) : (
        <Link to={{ view: "routes", route }} class="url">
          {route}
        </Link>
      ),
    sort: ({ route }) => route ?? "",
  },
  {
    name: "p95 over time",
    wide: true,
    cell: ({ spark, route }) => (
      <Spark
        values={spark.map(({ p95 }) => p95)}
        label={`p95 of ${format.routeName(route)} over time`}
      />
    ),
  },
  column.count("Requests", ({ requests }) => requests),
  column.ms("p50", ({ duration }) => duration.p50, { wide: true }),
  column.ms("p95", ({ duration }) => duration.p95),
  column.ms("p99", ({ duration }) => duration.p99, { wide: true }),
  column.ms("Source p95", ({ source }) => source.p95, {
    wide: true,
    title: "How long its source took, of the requests that asked it",
  }),
  column.share("Hits", ({ hits }) => hits.rate, { wide: true }),
  {
    name: "Errors",
    numeric: true,
    cell: ({ errors, error_rate }) =>
      errors === 0 ? "0" : <span class="is-fault">{format.share(error_rate)}</span>,
    sort: ({ error_rate }) => error_rate,
  },
];

function All({ summary }: { summary: Summary }) {
  return (
    <div class="card">
      <Table
        name="Routes"
        columns={COLUMNS}
        rows={summary.routes}
        id={({ route }) => route ?? ""}
        first={{ column: "Requests", down: true }}
      />
    </div>
  );
}

function One({ summary }: { summary: Summary }) {
  const { total, span } = summary;
  return (
    <>
      <p>
        <Link to={{ view: "routes", route: null }}>← All routes</Link> ·{" "}
        <Link to={{ view: "overview", route: span.route }}>What stands out in it</Link>
      </p>
      <dl class="figures" aria-label="In all">
        <Figure name="Requests" value={format.perSecond(total.per_second)}>
          <span class="more">{format.count(total.requests)} in all</span>
        </Figure>
        <Figure name="p95" value={format.ms(total.duration.p95)}>
          <span class="more">
            p50 {format.ms(total.duration.p50)}, p99 {format.ms(total.duration.p99)}
          </span>
        </Figure>
        <Figure name="Source p95" value={format.ms(total.source.p95)}>
          <span class="more">asked {format.count(total.source.count)}×</span>
        </Figure>
        <Figure name="Hit rate" value={format.share(total.hits.rate)}>
          <span class="more">{format.count(total.hits.misses)} misses</span>
        </Figure>
        <Figure name="Errors" value={format.share(total.error_rate)}>
          <span class="more">
            {summary.errors
              .map(({ kind, count }) => `${kind} ${format.count(count)}×`)
              .join(", ") || "none"}
          </span>
        </Figure>
      </dl>
      <Charts summary={summary} />
    </>
  );
}

function Charts({ summary }: { summary: Summary }) {
  const { points, span } = summary;
  const times = points.map(({ at }) => at);
  const per = (value: number | null) => (value === null ? "–" : format.perSecond(value));
  return (
    <div class="charts">
      <Chart
        title="How long answers take"
        kind="lines"
        times={times}
        format={format.ms}
        series={[
          { label: "p50", colour: "--p50", values: points.map(({ duration }) => duration.p50) },
          { label: "p95", colour: "--p95", values: points.map(({ duration }) => duration.p95) },
          {
            label: "source p95",
            colour: "--p99",
            values: points.map(({ source }) => source.p95),
          },
        ]}
      />
      <Chart
        title="What answered"
        kind="stacked"
        times={times}
        format={per}
        series={[
          {
            label: "caches",
            colour: "--memory",
            values: points.map(({ hits }) => (hits.memory + hits.colo + hits.global) / span.step),
          },
          {
            label: "the source",
            colour: "--miss",
            values: points.map(
              ({ hits }) => (hits.misses + hits.expired + hits.revalidated) / span.step,
            ),
          },
          {
            label: "past the caches",
            colour: "--bypass",
            values: points.map(({ hits }) => hits.bypassed / span.step),
          },
        ]}
      />
    </div>
  );
}
