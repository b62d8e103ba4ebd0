// How the shield and the origins behind it went over the span: who waited, for what, and which origin was
// slow or failed.

import type { OriginSummary, Summary } from "../../api/summary.ts";
import type { Series } from "../../charts/chart.tsx";
import { COUNT, MILLISECONDS, type Measure, SHARE } from "../../charts/measures.ts";
import { type ChartOf, OverTime } from "../../charts/over_time.tsx";
import { linesOf } from "../../charts/points.ts";
import { Spark } from "../../charts/spark.tsx";
import * as format from "../../format.ts";
import { columnsOf } from "../../parts/columns.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Table } from "../../parts/table.tsx";
import { spentIn } from "../overview/spent.ts";

/** What the shield and the origins did, in numbers. */
export function OverSpan({ summary }: { summary: Summary }) {
  const { total } = summary;
  const { shield } = spentIn(summary);
  return (
    <section aria-labelledby="over-span-title">
      <h2 id="over-span-title">Over the span</h2>
      <dl class="figures" aria-label="Over the span">
        <Figure name="Asked a source" value={format.count(total.source.count)}>
          <span class="more">p95 {format.ms(total.source.p95)}</span>
        </Figure>
        <Figure name="Collapsed" value={format.count(total.collapsed)}>
          <span class="more">answered by another request’s fill</span>
        </Figure>
        <Figure name="Waited" value={format.ms(shield.each)}>
          <span class="more">on average, {format.share(shield.share)} of all time</span>
        </Figure>
      </dl>
      <Origins summary={summary} />
    </section>
  );
}

const column = columnsOf<OriginSummary>();

function Origins({ summary: { origins } }: { summary: Summary }) {
  if (origins.length === 0) return null;
  return (
    <section class="card" aria-labelledby="exchanges-title">
      <h3 id="exchanges-title">Exchanges with origins</h3>
      <Table
        name="Exchanges with origins"
        rows={origins}
        id={({ origin }) => origin}
        first={{ column: "Failed", down: true }}
        columns={[
          column.code("Origin", ({ origin }) => origin),
          {
            name: "p95 over time",
            wide: true,
            cell: ({ origin, spark }) => (
              <Spark
                values={spark.map(({ p95 }) => p95)}
                label={`p95 of origin ${origin} over time`}
              />
            ),
          },
          column.count("Exchanges", ({ calls }) => calls),
          column.failed((row) => row),
          column.ms("p50", ({ duration }) => duration.p50, { wide: true }),
          column.ms("p95", ({ duration }) => duration.p95),
          column.ms("p99", ({ duration }) => duration.p99, { wide: true }),
        ]}
      />
    </section>
  );
}

/** More lines than this cannot be told apart; the table has all. */
const LINES_MAX = 5;

const COLOURS = ["--p95", "--memory", "--global", "--miss", "--stale"];

const coloured = <T,>(all: T[], series: (each: T) => Omit<Series, "colour">): Series[] =>
  all.slice(0, LINES_MAX).map((each, index) => ({
    ...series(each),
    colour: COLOURS[index] ?? "--p50",
  }));

const some: Measure = { shown: (value) => (value === null ? "–" : value.toFixed(1)) };

/** The same, and the levels of connections and breakers, over time. */
export function SpanCharts({ summary }: { summary: Summary }) {
  const charts = [...originCharts(summary), ...levelCharts(summary)];
  const known = charts.filter(({ series }) => series.length > 0);
  return (
    <OverTime
      summary={summary}
      events={null}
      charts={known.map((chart) => ({ kind: "lines", ...chart }))}
    />
  );
}

type Lines = Omit<ChartOf, "kind">;

const originCharts = ({ origins }: Summary): Lines[] => [
  {
    title: "How long origins take (p95)",
    measure: MILLISECONDS,
    series: coloured(origins, ({ origin, spark }) => ({
      label: origin,
      values: spark.map(({ p95 }) => p95),
    })),
  },
  {
    title: "Failed exchanges with origins",
    measure: COUNT,
    series: coloured(origins, ({ origin, spark }) => ({
      label: origin,
      values: spark.map(({ failures }) => failures),
    })),
  },
];

function levelCharts(summary: Summary): Lines[] {
  const level = (name: string) =>
    coloured(
      summary.gauges.filter((each) => each.name === name),
      ({ of, spark }) => ({ label: of === "" ? name : of, values: spark }),
    );
  const { line } = linesOf(summary);
  return [
    { title: "Breakers open, of all observations", measure: SHARE, series: level("breaker_open") },
    { title: "Waiting for a connection", measure: some, series: level("connections_awaited") },
    { title: "Connections in use", measure: some, series: level("connections_in_use") },
    {
      title: "Waiting for another’s answer",
      measure: some,
      series: [line("collapsed", "--global", ({ collapsed }) => collapsed), ...level("fills")],
    },
  ];
}
