// A gate that queries of the tests' site wait at: an advisory lock, held by the test.

import { until } from "./until.js";

/** Closes the gate of this number. Queries that call `wait_for_gate` then wait until it opens. */
export async function closeGate(database, number) {
  const holder = await database.connect();
  await holder.query("select pg_advisory_lock($1)", [number]);
  const waiting = async () => {
    const { rows } = await holder.query(
      `select pid from pg_locks
       where locktype = 'advisory' and not granted and objid = $1
         and database = (select oid from pg_database where datname = current_database())`,
      [number],
    );
    return rows.map(({ pid }) => pid);
  };
  return {
    /** The server processes that wait now. */
    waiting,
    /** Resolves once so many wait. */
    reached: (count) =>
      until(`${count} queries wait`, async () => (await waiting()).length === count),
    open: () => holder.end(),
  };
}
