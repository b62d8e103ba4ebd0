// What is slow, since when, for whom, and in which part: the view for an incident.

import type { Point, Summary } from "../api/summary.ts";
import { type Span, api } from "../api/client.ts";
import type { Alert } from "../api/alerts.ts";
import type { Happening } from "../api/happenings.ts";
import { isLive } from "../address.ts";
import { Chart, type Series } from "../charts/chart.tsx";
import { useFetched, unlessMissing } from "../fetched.ts";
import { findings } from "../findings.ts";
import * as format from "../format.ts";
import { useNavigation } from "../navigation.ts";
import { Figure } from "../parts/figure.tsx";
import { Empty, Showing } from "../parts/states.tsx";
import type { ViewProps } from "../shell.tsx";
import { Findings } from "./overview/findings.tsx";
import { Flow } from "./overview/flow.tsx";

interface Overview {
  now: Summary;
  before: Summary | null;
  recent: Summary | null;
  alerts: Alert[];
  events: Happening[];
}

export function OverviewView({ version }: ViewProps) {
  const { address } = useNavigation();
  const { span, route } = address;
  const fetched = useFetched(JSON.stringify([span, route]), isLive(span) ? version : 0, (signal) =>
    load(span, route, signal),
  );
  return <Showing fetched={fetched}>{(overview) => <Shown {...overview} />}</Showing>;
}

/** What has begun in it is looked for by itself. */
const RECENT_S = 180;

async function load(span: Span, route: string | null, signal: AbortSignal): Promise<Overview> {
  const now = await api.summary(span, route, signal);
  const { from, to } = now.span;
  const isLong = isLive(span) && to - from > 2 * RECENT_S;
  const [before, recent, alerts, events] = await Promise.all([
    unlessMissing(api.summary({ from: from - (to - from), to: from }, route, signal)),
    isLong ? unlessMissing(api.summary({ from: to - RECENT_S, to }, route, signal)) : null,
    unlessMissing(api.alerts(signal)),
    unlessMissing(api.events(from, to, signal)),
  ]);
  return {
    now,
    before: before !== null && before.total.requests > 0 ? before : null,
    recent,
    alerts: alerts?.alerts ?? [],
    events: events ?? [],
  };
}

function Shown({ now, before, recent, alerts, events }: Overview) {
  const { total } = now;
  const firing = alerts.filter(({ state }) => state !== "ok");
  if (total.requests === 0 && firing.length === 0) return <NoRequests />;
  const found = findings({ now, before }, recent);
  const then = before?.total;
  return (
    <>
      <Findings found={found} alerts={firing} summary={now} compared={before !== null} />
      <Flow now={now} found={found} />
      <dl class="figures" aria-label="In all">
        <Figure
          name="Requests"
          value={format.perSecond(total.per_second)}
          now={total.per_second}
          before={then?.per_second ?? null}
        >
          <span class="more">{format.count(total.requests)} in all</span>
        </Figure>
        <Figure
          name="p95"
          value={format.ms(total.duration.p95)}
          now={total.duration.p95}
          before={then?.duration.p95 ?? null}
          better="down"
        >
          <span class="more">
            p50 {format.ms(total.duration.p50)}, p99 {format.ms(total.duration.p99)}
          </span>
        </Figure>
        <Figure
          name="Hit rate"
          value={format.share(total.hits.rate)}
          now={total.hits.rate}
          before={then?.hits.rate ?? null}
          better="up"
        >
          <span class="more">{format.count(total.hits.misses)} misses</span>
        </Figure>
        <Figure
          name="Errors"
          value={format.share(total.error_rate)}
          now={total.error_rate}
          before={then?.error_rate ?? null}
          better="down"
        >
          <span class="more">{format.count(total.errors)} answers of 5xx</span>
        </Figure>
      </dl>
      <Charts summary={now} events={events} />
    </>
  );
}

function NoRequests() {
  const { address } = useNavigation();
  return (
    <Empty title="No requests in this span">
      <p>
        {address.route !== null
          ? "Nobody asked for this route. Show all routes, or a longer span."
          : "Try a longer span, or send some: "}
        {address.route === null && <code>curl -i {location.origin}/</code>}
      </p>
      <p class="note">
        Forebay counts what it answers by its routes, not this dashboard’s own questions. New
        numbers arrive about ten seconds after a request.
      </p>
    </Empty>
  );
}

function Charts({ summary, events }: { summary: Summary; events: Happening[] }) {
  const { go } = useNavigation();
  const { points } = summary;
  const times = points.map(({ at }) => at);
  const onSelect = (from: number, to: number) => {
    const { step } = summary.span;
    const start = Math.floor(from / step) * step;
    go({ span: { from: start, to: Math.max(start + step, Math.ceil(to / step) * step) } });
  };
  const shared = { times, events, onSelect };
  const { step } = summary.span;
  const rate = (value: number | null) => (value === null ? "–" : format.perSecond(value));
  return (
    <section aria-labelledby="charts-title">
      <h2 id="charts-title">Over time</h2>
      <p class="note">
        Each point is of {format.duration(step)}. Draw a stretch with the pointer to look closer.{" "}
        <Legend events={events} />
      </p>
      <div class="charts">
        <Chart
          {...shared}
          title="How long answers take"
          kind="lines"
          format={format.ms}
          series={[
            line(points, "p50", "--p50", ({ duration }) => duration.p50),
            line(points, "p95", "--p95", ({ duration }) => duration.p95),
            line(points, "p99", "--p99", ({ duration }) => duration.p99),
          ]}
        />
        <Chart
          {...shared}
          title="What answered"
          kind="stacked"
          format={rate}
          series={[
            line(points, "memory", "--memory", ({ hits }) => hits.memory / step),
            line(points, "colo", "--colo", ({ hits }) => hits.colo / step),
            line(points, "global", "--global", ({ hits }) => hits.global / step),
            line(points, "revalidated", "--revalidated", ({ hits }) => hits.revalidated / step),
            line(points, "the source", "--miss", ({ hits }) => (hits.misses + hits.expired) / step),
            line(points, "past the caches", "--bypass", ({ hits }) => hits.bypassed / step),
          ]}
        />
        <Chart
          {...shared}
          title="Hit rate"
          kind="lines"
          format={format.share}
          series={[line(points, "hits", "--memory", ({ hits }) => hits.rate)]}
        />
        <Chart
          {...shared}
          title="Errors"
          kind="lines"
          format={(value) => (value === null ? "–" : format.count(value))}
          series={[
            line(points, "5xx", "--fault", ({ errors }) => errors),
            line(points, "4xx", "--stale", ({ refused }) => refused),
            line(points, "failed statements", "--miss", ({ database }) => database.failures),
          ]}
        />
        <Chart
          {...shared}
          title="How long the database takes"
          kind="lines"
          format={format.ms}
          series={[
            line(points, "p50", "--p50", ({ database }) => database.duration.p50),
            line(points, "p95", "--p95", ({ database }) => database.duration.p95),
            line(points, "p99", "--p99", ({ database }) => database.duration.p99),
          ]}
        />
        <Chart
          {...shared}
          title="Requests and statements"
          kind="lines"
          format={rate}
          series={[
            line(points, "requests", "--memory", ({ per_second }) => per_second),
            line(points, "statements", "--p99", ({ database }) => database.calls / step),
            line(points, "collapsed", "--global", ({ collapsed }) => collapsed / step),
          ]}
        />
      </div>
    </section>
  );
}

const line = (
  points: Point[],
  label: string,
  colour: string,
  value: (point: Point) => number | null,
): Series => ({ label, colour, values: points.map(value) });

function Legend({ events }: { events: Happening[] }) {
  const kinds = [...new Set(events.map(({ kind }) => kind))];
  if (kinds.length === 0) return null;
  return (
    <>
      Dashed lines:{" "}
      {kinds.map((kind) => (
        <span key={kind} class={`mark mark-${kind}`}>
          {kind}{" "}
        </span>
      ))}
    </>
  );
}
