// Every route in one table, and one route looked at closely.

import type { RouteSummary, Summary } from "../api/summary.ts";
import { api } from "../api/client.ts";
import type { Happening } from "../api/happenings.ts";
import { isLive } from "../address.ts";
import { COUNT, MILLISECONDS, PER_SECOND } from "../charts/measures.ts";
import { type ChartOf, OverTime } from "../charts/over_time.tsx";
import { linesOf } from "../charts/points.ts";
import { Spark } from "../charts/spark.tsx";
import { type Part, part, useFetched } from "../fetched.ts";
import * as format from "../format.ts";
import { missed } from "../hits.ts";
import { useNavigation } from "../navigation.ts";
import { columnsOf } from "../parts/columns.tsx";
import { Figure } from "../parts/figure.tsx";
import { Link } from "../parts/link.tsx";
import { Empty, Missing, Showing } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import type { ViewProps } from "../shell.tsx";

/** The table of all routes has no charts that they are drawn into. */
const NO_EVENTS: Part<Happening[]> = { data: null, failure: null };

export function RoutesView({ version }: ViewProps) {
  const { address } = useNavigation();
  const { span, route } = address;
  const load = async (signal: AbortSignal) => {
    const summary = await api.summary(span, route, signal);
    const { from, to } = summary.span;
    const events = route === null ? NO_EVENTS : await part(api.events(from, to, signal));
    return { summary, events };
  };
  const question = JSON.stringify([span, route]);
  const fetched = useFetched(question, isLive(span) ? version : 0, load);
  return (
    <Showing fetched={fetched}>
      {({ summary, events }) => {
        if (summary.total.requests === 0) return <NoRequests route={route} />;
        return route === null ? (
          <All summary={summary} />
        ) : (
          <One summary={summary} events={events} again={fetched.again} />
        );
      }}
    </Showing>
  );
}

function NoRequests({ route }: { route: string | null }) {
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
}

const column = columnsOf<RouteSummary>();

const COLUMNS: Column<RouteSummary>[] = [
  {
    name: "Route",
    cell: (row) => <Named row={row} />,
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
  column.count("Misses", ({ hits }) => missed(hits), {
    wide: true,
    title: "Requests that could have been answered from what is stored, and were not",
  }),
  {
    name: "Errors",
    numeric: true,
    cell: ({ errors, error_rate }) =>
      errors === 0 ? "0" : <span class="is-fault">{format.share(error_rate)}</span>,
    sort: ({ error_rate }) => error_rate,
  },
];

/** What has no room of its own is counted under this name: OTHER in src/metrics/frame.rs. */
const OTHER = "other";

/** Only what the site has now can be looked at closely: nothing is answered of another route. */
function Named({ row: { route, own_source: own } }: { row: RouteSummary }) {
  if (route === null) return <span class="soft">(no route)</span>;
  if (own !== null)
    return (
      <Link to={{ view: "routes", route }} class="url">
        {route}
      </Link>
    );
  return (
    <>
      <span class="url">{route}</span>{" "}
      <span class="soft">
        {route === OTHER ? "(too many to tell apart)" : "(no longer in the site)"}
      </span>
    </>
  );
}

function All({ summary }: { summary: Summary }) {
  const { by } = useNavigation().address;
  return (
    <div class="card">
      <Table
        key={by}
        name="Routes"
        columns={COLUMNS}
        rows={summary.routes}
        id={({ route }) => route ?? ""}
        first={{ column: by ?? "Requests", down: true }}
      />
    </div>
  );
}

interface OneProps {
  summary: Summary;
  events: Part<Happening[]>;
  again: () => void;
}

function One({ summary, events, again }: OneProps) {
  const { span } = summary;
  return (
    <>
      <p>
        <Link to={{ view: "routes", route: null }}>← All routes</Link> ·{" "}
        <Link to={{ view: "overview", route: span.route }}>What stands out in it</Link>
      </p>
      {events.failure !== null && (
        <Missing
          what="Deployments, purges and alerts in the charts"
          failure={events.failure}
          again={again}
        />
      )}
      <Figures summary={summary} />
      <OverTime summary={summary} events={events.data} charts={chartsOf(summary)} />
    </>
  );
}

function Figures({ summary }: { summary: Summary }) {
  const { total } = summary;
  const errors = summary.errors.map(({ kind, count }) => `${kind} ${format.count(count)}×`);
  return (
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
        <span class="more">{format.count(missed(total.hits))} missed</span>
      </Figure>
      <Figure name="Errors" value={format.share(total.error_rate)}>
        <span class="more">{errors.join(", ") || "none"}</span>
      </Figure>
    </dl>
  );
}

function chartsOf(summary: Summary): ChartOf[] {
  const { line, rate, quantiles, answers } = linesOf(summary);
  return [
    answers(),
    {
      title: "How long its source takes",
      kind: "lines",
      measure: MILLISECONDS,
      series: quantiles(({ source }) => source),
    },
    {
      title: "What answered",
      kind: "stacked",
      measure: PER_SECOND,
      series: [
        rate("caches", "--memory", ({ hits }) => hits.memory + hits.colo + hits.global),
        rate("the source", "--miss", ({ hits }) => missed(hits) + hits.revalidated),
        rate("past the caches", "--bypass", ({ hits }) => hits.bypassed),
      ],
    },
    {
      title: "Errors",
      kind: "lines",
      measure: COUNT,
      series: [
        line("5xx", "--fault", ({ errors }) => errors),
        line("4xx", "--stale", ({ refused }) => refused),
      ],
    },
  ];
}
