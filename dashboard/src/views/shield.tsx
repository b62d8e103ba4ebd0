// How the shield went over the span, and how it is at this moment: its fills, the databases' connections, the breakers, the origins,
// and the purge log.

import type { Breaker, PurgeLog, ShieldState, Shields } from "../api/shields.ts";
import { api } from "../api/client.ts";
import { isLive } from "../address.ts";
import { useFetched } from "../fetched.ts";
import * as format from "../format.ts";
import { useNavigation } from "../navigation.ts";
import { columnsOf } from "../parts/columns.tsx";
import { Figure } from "../parts/figure.tsx";
import { Empty, Showing } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import type { ViewProps } from "../shell.tsx";
import { OverSpan, SpanCharts } from "./shield/span.tsx";

type Shard = { shard: number; state: ShieldState };

export function ShieldView({ version }: ViewProps) {
  const { span } = useNavigation().address;
  const fetched = useFetched("shield", version, (signal) => api.shields(signal));
  const numbers = useFetched(JSON.stringify(span), isLive(span) ? version : 0, (signal) =>
    api.summary(span, null, signal),
  );
  return (
    <>
      <Showing fetched={numbers}>{(summary) => <OverSpan summary={summary} />}</Showing>
      <Showing fetched={fetched}>{(shields) => <Shown shields={shields} />}</Showing>
      {numbers.data !== null && <SpanCharts summary={numbers.data} />}
    </>
  );
}

function Shown({ shields }: { shields: Shields }) {
  const answered = shields.shards.flatMap(({ shard, state }): Shard[] =>
    state === undefined ? [] : [{ shard, state }],
  );
  const silent = shields.shards.filter(({ state }) => state === undefined);
  return (
    <>
      <h2>At this moment</h2>
      <p class="note">The objects share the keys among them.</p>
      {silent.map(({ shard, error }) => (
        <p key={shard} class="banner is-fault" role="status">
          Object {shard} does not answer: {error}
        </p>
      ))}
      <Figures states={answered.map(({ state }) => state)} />
      <Databases shards={answered} />
      <Origins shards={answered} />
      <Rooms shards={answered} />
      <Log log={shields.log} />
    </>
  );
}

/** Of all objects together. */
function Figures({ states }: { states: ShieldState[] }) {
  const databases = states.flatMap((state) => Object.values(state.databases));
  const origins = states.flatMap((state) => Object.values(state.origins));
  const breakers = [...databases, ...origins].map(({ breaker }) => breaker);
  const sum = (value: (state: ShieldState) => number) => format.count(total(states.map(value)));
  const ofPools = (value: (pool: Pool) => number) =>
    format.count(total(databases.map(({ pool }) => value(pool))));
  return (
    <dl class="figures" aria-label="In all objects">
      <Figure name="Fills under way" value={sum(({ room }) => room.fills_live)}>
        <span class="more">{sum(({ room }) => room.waiters)} requests wait for them</span>
      </Figure>
      <Figure name="Connections in use" value={ofPools(({ leased }) => leased)}>
        <span class="more">{ofPools(({ waiting }) => waiting)} wait for one</span>
      </Figure>
      <Figure
        name="Breakers open"
        value={format.count(breakers.filter(({ state }) => state !== "closed").length)}
      >
        <span class="more">of {format.count(breakers.length)}</span>
      </Figure>
      <Figure name="Keys by batches" value={sum(({ batches }) => batches.keys_served)}>
        <span class="more">in {sum(({ batches }) => batches.statements)} statements</span>
      </Figure>
    </dl>
  );
}

type Pool = ShieldState["databases"][string]["pool"];

const total = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0);

function BreakerState({ breaker }: { breaker: Breaker }) {
  const { state, opened_for_ms, failures, calls } = breaker;
  const className = state === "closed" ? "is-hit" : state === "open" ? "is-fault" : "is-stale";
  return (
    <>
      <span class={`badge ${className}`}>{state}</span>{" "}
      {opened_for_ms !== null ? (
        <span class="soft">for {format.ms(opened_for_ms)}</span>
      ) : (
        failures > 0 && (
          <span class="soft">
            {failures} of {calls} failed
          </span>
        )
      )}
    </>
  );
}

type Connections = { shard: number; name: string } & ShieldState["databases"][string];

const connections = columnsOf<Connections>();

const CONNECTIONS: Column<Connections>[] = [
  connections.name("Database", ({ name }) => name),
  connections.name("Object", ({ shard }) => shard, { numeric: true }),
  {
    name: "Breaker",
    cell: ({ breaker }) => <BreakerState breaker={breaker} />,
    sort: ({ breaker }) => breaker.state,
  },
  {
    name: "In use",
    numeric: true,
    cell: ({ pool }) => `${pool.leased} of ${pool.max}`,
    sort: ({ pool }) => pool.leased,
  },
  {
    name: "Waiting",
    numeric: true,
    cell: ({ pool }) => (pool.waiting > 0 ? <span class="is-stale">{pool.waiting}</span> : "0"),
    sort: ({ pool }) => pool.waiting,
  },
  connections.count("Idle", ({ pool }) => pool.idle, { wide: true }),
  connections.count("Refused", ({ breaker }) => breaker.refused, {
    wide: true,
    title: "Requests that the breaker kept from the database since the object began",
  }),
  connections.count("Retries", ({ retry }) => retry.made, { wide: true }),
];

function Databases({ shards }: { shards: Shard[] }) {
  const rows = shards.flatMap(({ shard, state }) =>
    Object.entries(state.databases).map(([name, database]) => ({ shard, name, ...database })),
  );
  return (
    <section class="card" aria-labelledby="databases-title">
      <h2 id="databases-title">Connections to databases</h2>
      {rows.length === 0 ? (
        <p>No database has been needed since the objects began.</p>
      ) : (
        <Table
          name="Connections to databases"
          rows={rows}
          id={({ shard, name }) => `${shard} ${name}`}
          columns={CONNECTIONS}
        />
      )}
    </section>
  );
}

function Origins({ shards }: { shards: Shard[] }) {
  const rows = shards.flatMap(({ shard, state }) =>
    Object.entries(state.origins).flatMap(([name, { servers, breaker }]) =>
      servers.map((server) => ({ shard, name, server, breaker })),
    ),
  );
  if (rows.length === 0) return null;
  return (
    <section class="card" aria-labelledby="origins-title">
      <h2 id="origins-title">Servers of origins</h2>
      <Table
        name="Servers of origins"
        rows={rows}
        id={({ shard, name, server }) => `${shard} ${name} ${server.url}`}
        columns={[
          { name: "Origin", cell: ({ name }) => name, sort: ({ name }) => name },
          { name: "Object", numeric: true, cell: ({ shard }) => shard, sort: ({ shard }) => shard },
          { name: "Breaker", cell: ({ breaker }) => <BreakerState breaker={breaker} /> },
          { name: "Server", wide: true, cell: ({ server }) => <code>{server.url}</code> },
          {
            name: "State",
            cell: ({ server }) =>
              server.failures > 0 ? (
                <span class="is-fault">
                  {server.state}, {server.failures} failed in a row
                </span>
              ) : (
                server.state
              ),
          },
        ]}
      />
    </section>
  );
}

const objects = columnsOf<Shard>();

const OBJECTS: Column<Shard>[] = [
  objects.name("Object", ({ shard }) => shard, { numeric: true }),
  objects.count("Fills", ({ state }) => state.room.fills_live),
  objects.count("Waiting", ({ state }) => state.room.waiters),
  objects.count("Contacts", ({ state }) => state.contacts.contacts_live, {
    title: "Exchanges with origins under way",
  }),
  {
    name: "Ended fills",
    numeric: true,
    wide: true,
    title: "Kept for who asks a moment later",
    cell: ({ state }) => format.bytes(state.room.settled_bytes),
    sort: ({ state }) => state.room.settled_bytes,
  },
  objects.name("Knows purges to", ({ state }) => state.room.purge_seq, { numeric: true }),
  {
    name: "As of",
    wide: true,
    cell: ({ state }) =>
      state.room.purge_view_age_ms === null
        ? "never"
        : `${format.ms(state.room.purge_view_age_ms)} ago`,
  },
];

function Rooms({ shards }: { shards: Shard[] }) {
  if (shards.length === 0) return <Empty title="No object of the shield answers" />;
  return (
    <section class="card" aria-labelledby="rooms-title">
      <h2 id="rooms-title">Objects</h2>
      <Table
        name="Objects of the shield"
        rows={shards}
        id={({ shard }) => String(shard)}
        columns={OBJECTS}
      />
    </section>
  );
}

function Log({ log }: { log: PurgeLog }) {
  const { status, error } = log;
  const failed = Object.entries(status?.last_drain_failed ?? {});
  return (
    <section class="card" aria-labelledby="log-title">
      <h2 id="log-title">Purge log</h2>
      {status === undefined ? (
        <p class="is-fault">It does not answer: {error}</p>
      ) : (
        <dl class="pairs">
          <dt>Last purge</dt>
          <dd>{status.seq}</dd>
          <dt>Targets kept apart</dt>
          <dd>
            {format.count(status.targets)} of {format.count(status.targets_max)}
          </dd>
          <dt>Databases heard</dt>
          <dd>
            {status.drained_at_ms === null ? "never" : format.ago(status.drained_at_ms / 1000)}
          </dd>
          {failed.map(([database, why]) => (
            <>
              <dt key={database} class="is-fault">
                {database} not heard
              </dt>
              <dd>{why}</dd>
            </>
          ))}
        </dl>
      )}
    </section>
  );
}
