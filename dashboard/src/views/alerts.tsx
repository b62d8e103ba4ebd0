// Alerts and how they stand, silences, what was told to whom, protections, and the runs of cron.

import { useState } from "preact/hooks";
import type { Alert, Alerts, Silence } from "../api/alerts.ts";
import type { Run } from "../api/happenings.ts";
import { api } from "../api/client.ts";
import { useFetched } from "../fetched.ts";
import * as format from "../format.ts";
import { orderInWords } from "../orders.ts";
import { Empty, Showing } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { ViewProps } from "../shell.tsx";
import { SilenceDialog } from "./alerts/silence.tsx";

export function AlertsView({ version, alerts: fetched }: ViewProps) {
  const runs = useFetched("runs", version, api.runs);
  return (
    <>
      <Showing fetched={fetched}>
        {(alerts) => (
          <>
            <States alerts={alerts} again={fetched.again} />
            <Silences alerts={alerts} again={fetched.again} />
            <Protections alerts={alerts} />
            <Deliveries alerts={alerts} />
          </>
        )}
      </Showing>
      <Showing fetched={runs}>{(all) => <Runs runs={all} />}</Showing>
    </>
  );
}

interface PartProps {
  alerts: Alerts;
  again: () => void;
}

const RANK: Record<Alert["state"], number> = { firing: 0, pending: 1, ok: 2 };

function States({ alerts, again }: PartProps) {
  const [silencing, setSilencing] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const sorted = [...alerts.alerts].sort((a, b) => RANK[a.state] - RANK[b.state]);
  const test = async (name: string) => {
    setSaid(`Sending a test of ${name}…`);
    try {
      const { result } = await api.testAlert(name);
      setSaid(`The test of ${name}: ${result}.`);
    } catch (error) {
      const why = orderInWords(error, "look at who was told.");
      setSaid(`The test of ${name}: ${why}`);
    }
    again();
  };
  if (sorted.length === 0)
    return (
      <Empty title="No alerts">
        <p>Every rule is switched off: see [[alert]] in docs/configuration.md.</p>
      </Empty>
    );
  return (
    <section aria-labelledby="states-title">
      <h2 id="states-title" class="unseen">
        States
      </h2>
      <p class="note">
        {alerts.evaluated_at === null
          ? "Never evaluated yet: cron does it each minute."
          : `Evaluated ${format.ago(alerts.evaluated_at)}.`}
      </p>
      <p role="status" class="said">
        {said}
      </p>
      <ul class="alerts">
        {sorted.map((alert) => (
          <State
            key={`${alert.name} ${alert.route}`}
            alert={alert}
            silence={() => setSilencing(alert.name)}
            test={() => void test(alert.name)}
          />
        ))}
      </ul>
      {silencing !== null && (
        <SilenceDialog
          alert={silencing}
          onClose={() => setSilencing(null)}
          onDone={() => {
            setSilencing(null);
            again();
          }}
        />
      )}
    </section>
  );
}

interface StateProps {
  alert: Alert;
  silence: () => void;
  test: () => void;
}

function State({ alert, silence, test }: StateProps) {
  return (
    <li class={`card alert is-${classOf(alert)}`}>
      <h3>
        {alert.name} <span class="badge">{stateOf(alert)}</span>
      </h3>
      <p>{alert.says}</p>
      <p class="soft">
        {format.count(alert.samples)} {alert.samples === 1 ? "sample" : "samples"} in {alert.over}
        {alert.since !== null && alert.state !== "ok"
          ? `; since ${format.moment(alert.since)} (${format.ago(alert.since)})`
          : ""}
        {alert.on_fire !== null ? `; switches on ${alert.on_fire}` : ""}
      </p>
      {alert.silenced_until !== null && (
        <p class="is-stale">Silenced until {format.moment(alert.silenced_until)}.</p>
      )}
      <div class="actions">
        <button type="button" class="quiet" onClick={silence} aria-label={`Silence ${alert.name}`}>
          Silence…
        </button>
        <button
          type="button"
          class="quiet"
          onClick={test}
          aria-label={`Send a test of ${alert.name}`}
        >
          Send a test
        </button>
      </div>
    </li>
  );
}

const classOf = ({ state, level }: Alert): string =>
  state === "firing" ? (level ?? "warning") : state;

const stateOf = ({ state, level }: Alert): string =>
  state === "firing" && level !== null ? `firing, ${level}` : state;

function Silences({ alerts, again }: PartProps) {
  const [says, setSays] = useState("");
  const end = async (id: string) => {
    try {
      await api.unsilence(id);
      setSays("The silence has ended.");
    } catch (error) {
      setSays(orderInWords(error, "look at the table."));
    }
    again();
  };
  return (
    <>
      {/* The last silence takes the table with it, and what is said of its end has to stay. */}
      <p role="status" class="said">
        {says}
      </p>
      {alerts.silences.length > 0 && <Silenced silences={alerts.silences} end={end} />}
    </>
  );
}

interface SilencedProps {
  silences: Silence[];
  end: (id: string) => Promise<void>;
}

function Silenced({ silences, end }: SilencedProps) {
  return (
    <section class="card" aria-labelledby="silences-title">
      <h2 id="silences-title">Silences</h2>
      <Table
        name="Silences"
        rows={silences}
        id={({ id }) => id}
        columns={[
          { name: "Alert", cell: ({ alert }) => alert, sort: ({ alert }) => alert },
          { name: "Until", cell: ({ until }) => format.moment(until), sort: ({ until }) => until },
          { name: "Why", cell: ({ reason }) => reason },
          {
            name: "End",
            cell: ({ id, alert }) => (
              <button
                type="button"
                class="quiet small"
                onClick={() => void end(id)}
                aria-label={`End it: the silence of ${alert}`}
              >
                End it
              </button>
            ),
          },
        ]}
      />
    </section>
  );
}

function Protections({ alerts }: { alerts: Alerts }) {
  if (alerts.protections.length === 0) return null;
  return (
    <section class="card" aria-labelledby="protections-title">
      <h2 id="protections-title">Protections</h2>
      <Table
        name="Protections"
        rows={alerts.protections}
        id={({ name }) => name}
        columns={[
          { name: "Name", cell: ({ name }) => <code>{name}</code> },
          {
            name: "State",
            cell: ({ on, until }) =>
              on ? (
                <span class="is-stale">
                  on{until === null ? "" : ` until ${format.moment(until)}`}
                </span>
              ) : (
                "off"
              ),
          },
          { name: "Why", cell: ({ why }) => why },
        ]}
      />
    </section>
  );
}

function Deliveries({ alerts }: { alerts: Alerts }) {
  return (
    <section class="card" aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">Who was told</h2>
      {alerts.deliveries.length === 0 ? (
        <p>Nobody yet. Notifications go to the secret ALERT_WEBHOOK_URL; send a test to try it.</p>
      ) : (
        <Table
          name="Notifications"
          rows={alerts.deliveries.map((delivery, index) => ({ ...delivery, index }))}
          id={({ index }) => String(index)}
          columns={[
            { name: "At", cell: ({ at }) => format.moment(at), sort: ({ at }) => at },
            { name: "Alert", cell: ({ alert }) => alert, sort: ({ alert }) => alert },
            { name: "State", cell: ({ state }) => state },
            { name: "Result", cell: ({ result }) => result },
            { name: "Tries", numeric: true, wide: true, cell: ({ attempts }) => attempts },
          ]}
        />
      )}
    </section>
  );
}

const RESULTS: Record<Run["result"], string> = {
  done: "is-hit",
  failed: "is-fault",
  skipped: "is-stale",
};

function Runs({ runs }: { runs: Run[] }) {
  return (
    <section class="card" aria-labelledby="runs-title">
      <h2 id="runs-title">Runs of cron</h2>
      {runs.length === 0 ? (
        <p>
          None yet. Locally nothing calls cron:{" "}
          <code>curl "{location.origin}/cdn-cgi/handler/scheduled"</code> does under npm start.
        </p>
      ) : (
        <Table
          name="Runs of cron"
          rows={runs.slice(0, 30).map((run, index) => ({ ...run, index }))}
          id={({ index }) => String(index)}
          columns={[
            {
              name: "Began",
              cell: ({ began_at }) => format.moment(began_at),
              sort: ({ began_at }) => began_at,
            },
            { name: "Job", cell: ({ job }) => job, sort: ({ job }) => job },
            {
              name: "Result",
              cell: ({ result }) => <span class={`badge ${RESULTS[result]}`}>{result}</span>,
              sort: ({ result }) => result,
            },
            {
              name: "Took",
              numeric: true,
              cell: ({ took_ms }) => format.ms(took_ms),
              sort: ({ took_ms }) => took_ms,
            },
            { name: "Says", wide: true, cell: ({ says }) => says },
          ]}
        />
      )}
    </section>
  );
}
