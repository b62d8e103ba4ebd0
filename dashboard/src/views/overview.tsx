// What is slow, since when, for whom, and in which part: the view for an incident.

import { useRef } from "preact/hooks";
import type { Summary } from "../api/summary.ts";
import { api } from "../api/client.ts";
import type { Alerts } from "../api/alerts.ts";
import type { Happening } from "../api/happenings.ts";
import { isLive } from "../address.ts";
import { type ChartOf, OverTime } from "../charts/over_time.tsx";
import { COUNT, MILLISECONDS, PER_SECOND, SHARE } from "../charts/measures.ts";
import { linesOf } from "../charts/points.ts";
import { type Fetched, type Part, part, useFetched } from "../fetched.ts";
import { findings } from "../findings.ts";
import { useNavigation } from "../navigation.ts";
import { Empty, Missing, Showing } from "../parts/states.tsx";
import type { ViewProps } from "../shell.tsx";
import { spanBefore } from "./overview/before.ts";
import { Figures } from "./overview/figures.tsx";
import { Findings } from "./overview/findings.tsx";
import { Flow } from "./overview/flow.tsx";

interface Overview {
  now: Summary;
  before: Part<Summary>;
  recent: Part<Summary>;
  events: Part<Happening[]>;
}

/** What has begun in it is looked for by itself, in seconds. */
const RECENT_S = 180;
const NO_RECENT: Part<Summary> = { data: null, failure: null };

export function OverviewView({ version, alerts }: ViewProps) {
  const { address } = useNavigation();
  const { span, route } = address;
  const summaryBefore = useBefore();
  const load = async (signal: AbortSignal): Promise<Overview> => {
    const now = await api.summary(span, route, signal);
    const { from, to } = now.span;
    const isLong = isLive(span) && to - from > 2 * RECENT_S;
    const [before, recent, events] = await Promise.all([
      summaryBefore(now, signal),
      isLong ? part(api.summary({ from: to - RECENT_S, to }, route, signal)) : NO_RECENT,
      part(api.events(from, to, signal)),
    ]);
    return { now, before, recent, events };
  };
  const question = JSON.stringify([span, route]);
  const fetched = useFetched(question, isLive(span) ? version : 0, load);
  return (
    <Showing fetched={fetched}>
      {(overview) => <Shown {...overview} alerts={alerts} again={fetched.again} />}
    </Showing>
  );
}

/** The summary of the span before, which is asked for once: it does not change any more. */
function useBefore() {
  const kept = useRef<{ question: string; data: Summary | null } | null>(null);
  return async ({ span }: Summary, signal: AbortSignal): Promise<Part<Summary>> => {
    const { from, to, step, route } = span;
    // Of whole points, so that it moves on with them only.
    const length = Math.ceil((to - from) / step) * step;
    const before = spanBefore({ from, to: from + length }, Date.now() / 1000);
    const question = JSON.stringify([before, route]);
    if (kept.current?.question === question) return { data: kept.current.data, failure: null };
    const found = await part(api.summary(before, route, signal));
    if (found.failure === null) kept.current = { question, data: found.data };
    return found;
  };
}

interface ShownProps extends Overview {
  alerts: Fetched<Alerts>;
  again: () => void;
}

function Shown({ now, before, recent, alerts, events, again }: ShownProps) {
  const missing = [
    { what: "Alerts", failure: alerts.failure, again: alerts.again },
    { what: "The span before", failure: before.failure, again },
    { what: "The last minutes by themselves", failure: recent.failure, again },
    { what: "Deployments, purges and alerts in the charts", failure: events.failure, again },
  ].flatMap(({ failure, ...rest }) => (failure === null ? [] : [{ failure, ...rest }]));
  const isKnown = alerts.data !== null || alerts.failure !== null;
  const compared = before.data !== null && before.data.total.requests > 0 ? before.data : null;
  const seen = { now, before: compared, alerts: alerts.data };
  const found = findings(seen, recent.data);
  if (now.total.requests === 0 && isKnown && found.length === 0 && missing.length === 0)
    return <NoRequests />;
  return (
    <>
      {missing.map((each) => (
        <Missing key={each.what} {...each} />
      ))}
      {isKnown && (
        <Findings
          found={found}
          summary={now}
          compared={compared !== null}
          isWhole={missing.length === 0}
        />
      )}
      <Flow now={now} before={compared} found={found} />
      {now.total.requests === 0 && <NoRequests />}
      <Figures total={now.total} then={compared?.total ?? null} />
      <OverTime summary={now} events={events.data} charts={chartsOf(now)} />
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

function chartsOf(summary: Summary): ChartOf[] {
  const { line, rate, quantiles, answers } = linesOf(summary);
  return [
    answers(),
    {
      title: "What answered",
      kind: "stacked",
      measure: PER_SECOND,
      series: [
        rate("memory", "--memory", ({ hits }) => hits.memory),
        rate("colo", "--colo", ({ hits }) => hits.colo),
        rate("global", "--global", ({ hits }) => hits.global),
        rate("revalidated", "--revalidated", ({ hits }) => hits.revalidated),
        rate("the source", "--miss", ({ hits }) => hits.misses + hits.expired),
        rate("past the caches", "--bypass", ({ hits }) => hits.bypassed),
      ],
    },
    {
      title: "Hit rate",
      kind: "lines",
      measure: SHARE,
      series: [line("hits", "--memory", ({ hits }) => hits.rate)],
    },
    {
      title: "Errors",
      kind: "lines",
      measure: COUNT,
      series: [
        line("5xx", "--fault", ({ errors }) => errors),
        line("4xx", "--stale", ({ refused }) => refused),
        line("failed statements", "--miss", ({ database }) => database.failures),
      ],
    },
    {
      title: "How long the database takes",
      kind: "lines",
      measure: MILLISECONDS,
      series: quantiles(({ database }) => database.duration),
    },
    {
      title: "Requests and statements",
      kind: "lines",
      measure: PER_SECOND,
      series: [
        line("requests", "--memory", ({ per_second }) => per_second),
        rate("statements", "--p99", ({ database }) => database.calls),
        rate("collapsed", "--global", ({ collapsed }) => collapsed),
      ],
    },
  ];
}
