// The PostgreSQL server that the suite makes its databases on: that of `DATABASE_URL`, which
// `npm test` gives, else the embedded one of this checkout, shared with whoever else uses it.

import { closeAll } from "../../../scripts/setup/closing.mjs";
import { openDatabase } from "../../../scripts/setup/postgres.mjs";

const quiet = { doing() {}, done() {}, skip() {} };

let opened;

/** @returns {Promise<string>} the connection string of a database that exists */
export function serverUrl() {
  opened ??= process.env.DATABASE_URL
    ? Promise.resolve(process.env.DATABASE_URL)
    : openDatabase(quiet);
  return opened;
}

/** Leaves the server. Only the last one that leaves an embedded server stops it. */
export const leaveServer = () => closeAll();
