// What stands out, in sentences: alerts that are on their way or fire, and what the numbers say.

import type { Summary } from "../../api/summary.ts";
import type { Alert } from "../../api/alerts.ts";
import type { Finding, Level, Part } from "../../findings.ts";
import * as format from "../../format.ts";
import { Link } from "../../parts/link.tsx";
import { Pending } from "./pending.tsx";

interface FindingsProps {
  found: Finding[];
  alerts: Alert[];
  summary: Summary;
  compared: boolean;
}

export const PART_NAMES: Record<Part, string> = {
  edge: "Edge",
  cache: "Cache",
  shield: "Shield",
  database: "Database",
  origin: "Origins",
};

export function Findings({ found, alerts, summary, compared }: FindingsProps) {
  const isCalm = found.length === 0 && alerts.length === 0;
  const pending = alerts.filter(({ state }) => state === "pending");
  const of = (wanted: Level) =>
    found
      .filter(({ level }) => level === wanted)
      .map((finding) => <Found key={finding.what} finding={finding} />);
  return (
    <section class={`card findings ${isCalm ? "calm" : ""}`} aria-labelledby="findings-title">
      <h2 id="findings-title">What stands out</h2>
      {isCalm ? (
        <Calm summary={summary} compared={compared} />
      ) : (
        <ul>
          {/* What is named first: an alert says that something is wrong, and seldom what. */}
          {of("critical")}
          {alerts
            .filter(({ state }) => state === "firing")
            .map((alert) => (
              <Fired key={`${alert.name} ${alert.route}`} alert={alert} />
            ))}
          {of("warning")}
          {pending.length > 0 && <Pending alerts={pending} />}
        </ul>
      )}
    </section>
  );
}

function Calm({ summary, compared }: { summary: Summary; compared: boolean }) {
  const { total } = summary;
  const words = [
    `p95 ${format.ms(total.duration.p95)}`,
    total.hits.rate === null ? "nothing cacheable" : `hit rate ${format.share(total.hits.rate)}`,
    total.errors === 0 ? "no errors" : `${format.share(total.error_rate)} errors`,
  ];
  return (
    <p>
      <strong class="is-hit">Nothing.</strong> {words.join(", ")}
      {compared ? ", much as in the span before." : ". There is no span before to compare with."}
    </p>
  );
}

function Fired({ alert }: { alert: Alert }) {
  const level = alert.level ?? "warning";
  const className = alert.state === "pending" ? "is-pending" : `is-${level}`;
  return (
    <li class={`finding ${className}`}>
      <span class="badge">alert {alert.state}</span>
      <div>
        <p class="what">
          <Link to={{ view: "alerts" }}>{alert.says}</Link>
        </p>
        {alert.since !== null && <p class="more">since {format.moment(alert.since)}</p>}
      </div>
    </li>
  );
}

function Found({ finding }: { finding: Finding }) {
  const { what, more, since, until, part, level, lead } = finding;
  return (
    <li class={`finding is-${level}`}>
      <span class="badge">{PART_NAMES[part]}</span>
      <div>
        <p class="what">
          <Link to={lead}>{what}</Link>
        </p>
        <p class="more">{[when(since, until), ...more].filter(Boolean).join("; ")}</p>
      </div>
    </li>
  );
}

function when(since: number | null, until: number | null): string {
  if (since === null && until === null) return "";
  if (until === null) return `since ${format.moment(since ?? 0)}`;
  if (since === null) return `until ${format.moment(until)}`;
  return `from ${format.moment(since)} to ${format.moment(until)}`;
}
