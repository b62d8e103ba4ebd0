// How the shield is at this moment: its fills, the databases' connections, the breakers, the origins,
// and the purge log.

import type { Breaker, PurgeLog, ShieldState, Shields } from "../api/shields.ts";
import { api } from "../api/client.ts";
import { useFetched } from "../fetched.ts";
import * as format from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Empty, Showing } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { ViewProps } from "../shell.tsx";

type Shard = { shard: number; state: ShieldState };

export function ShieldView({ version }: ViewProps) {
  const fetched = useFetched("shield", version, (signal) => api.shields(signal));
  return <Showing fetched={fetched}>{(shields) => <Shown shields={shields} />}</Showing>;
}

function Shown({ shields }: { shields: Shields }) {
  const answered = shields.shards.flatMap(({ shard, state }): Shard[] =>
    state === undefined ? [] : [{ shard, state }],
  );
  const silent = shields.shards.filter(({ state }) => state === undefined);
  const sum = (value: (state: ShieldState) => number) =>
    answered.reduce((so_far, { state }) => so_far + value(state), 0);
  const breakers = answered.flatMap(({ state }) => [
    ...Object.values(state.databases).map(({ breaker }) => breaker),
    ...Object.values(state.origins).map(({ breaker }) => breaker),
  ]);
  const open = breakers.filter(({ state }) => state !== "closed").length;
  return (
    <>
      <p class="note">
        As it is now; the objects share the keys among them. How it went over time is in the
        overview.
      </p>
      {silent.map(({ shard, error }) => (
        <p key={shard} class="banner is-fault" role="status">
          Object {shard} does not answer: {error}
        </p>
      ))}
      <dl class="figures" aria-label="In all objects">
        <Figure name="Fills under way" value={format.count(sum(({ room }) => room.fills_live))}>
          <span class="more">
            {format.count(sum(({ room }) => room.waiters))} requests wait for them
          </span>
        </Figure>
        <Figure
          name="Connections in use"
          value={format.count(
            sum(({ databases }) => total(Object.values(databases).map(({ pool }) => pool.leased))),
          )}
        >
          <span class="more">
            {format.count(
              sum(({ databases }) =>
                total(Object.values(databases).map(({ pool }) => pool.waiting)),
              ),
            )}{" "}
            wait for one
          </span>
        </Figure>
        <Figure name="Breakers open" value={format.count(open)}>
          <span class="more">of {format.count(breakers.length)}</span>
        </Figure>
        <Figure
          name="Keys by batches"
          value={format.count(sum(({ batches }) => batches.keys_served))}
        >
          <span class="more">
            in {format.count(sum(({ batches }) => batches.statements))} statements
          </span>
        </Figure>
      </dl>
      <Databases shards={answered} />
      <Origins shards={answered} />
      <Rooms shards={answered} />
      <Log log={shields.log} />
    </>
  );
}

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
          columns={[
            { name: "Database", cell: ({ name }) => name, sort: ({ name }) => name },
            {
              name: "Object",
              numeric: true,
              cell: ({ shard }) => shard,
              sort: ({ shard }) => shard,
            },
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
              cell: ({ pool }) =>
                pool.waiting > 0 ? <span class="is-stale">{pool.waiting}</span> : "0",
              sort: ({ pool }) => pool.waiting,
            },
            { name: "Idle", numeric: true, wide: true, cell: ({ pool }) => pool.idle },
            {
              name: "Refused",
              numeric: true,
              wide: true,
              title: "Requests that the breaker kept from the database since the object began",
              cell: ({ breaker }) => format.count(breaker.refused),
              sort: ({ breaker }) => breaker.refused,
            },
            {
              name: "Retries",
              numeric: true,
              wide: true,
              cell: ({ retry }) => format.count(retry.made),
              sort: ({ retry }) => retry.made,
            },
          ]}
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

function Rooms({ shards }: { shards: Shard[] }) {
  if (shards.length === 0) return <Empty title="No object of the shield answers" />;
  return (
    <section class="card" aria-labelledby="rooms-title">
      <h2 id="rooms-title">Objects</h2>
      <Table
        name="Objects of the shield"
        rows={shards}
        id={({ shard }) => String(shard)}
        columns={[
          { name: "Object", cell: ({ shard }) => shard, sort: ({ shard }) => shard },
          {
            name: "Fills",
            numeric: true,
            cell: ({ state }) => state.room.fills_live,
            sort: ({ state }) => state.room.fills_live,
          },
          {
            name: "Waiting",
            numeric: true,
            cell: ({ state }) => state.room.waiters,
            sort: ({ state }) => state.room.waiters,
          },
          {
            name: "Contacts",
            numeric: true,
            title: "Exchanges with origins under way",
            cell: ({ state }) => state.contacts.contacts_live,
          },
          {
            name: "Ended fills",
            numeric: true,
            wide: true,
            title: "Kept for who asks a moment later",
            cell: ({ state }) => format.bytes(state.room.settled_bytes),
          },
          {
            name: "Knows purges to",
            numeric: true,
            cell: ({ state }) => state.room.purge_seq,
            sort: ({ state }) => state.room.purge_seq,
          },
          {
            name: "As of",
            wide: true,
            cell: ({ state }) =>
              state.room.purge_view_age_ms === null
                ? "never"
                : `${format.ms(state.room.purge_view_age_ms)} ago`,
          },
        ]}
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
