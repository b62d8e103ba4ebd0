// Databases of the suite's own, made from a template that holds the schema and a small seed, so
// that neither the demo's data nor another file's tests are touched.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { migrate } from "../../../scripts/setup/migrations.mjs";
import { inRoot } from "../../../scripts/setup/paths.mjs";

const SEED = fileURLToPath(new URL("seed.sql", import.meta.url));
const TEMPLATES = "forebay_edge_template_";
// Any number that nobody else locks.
const LOCK = 4_117_208;
const quiet = { doing() {}, done() {}, skip() {} };

/**
 * @typedef {object} Database
 * @property {string} url
 * @property {(sql: string, values?: unknown[]) => Promise<object[]>} sql runs a statement in it
 * @property {() => Promise<number>} calls how many statements other sessions have run in it so far
 * @property {() => Promise<pg.Client>} connect a session of one's own
 * @property {(sql: string) => Promise<object[]>} outside runs a statement in another database
 * @property {() => Promise<void>} refuse ends all other sessions, and lets none begin
 * @property {() => Promise<void>} accept lets sessions begin again
 * @property {() => Promise<void>} endOthers ends all sessions in it but those of `sql`
 * @property {() => Promise<void>} drop
 */

/**
 * Makes an empty copy of the template.
 *
 * @param {string} server connection string of any database of the server
 * @param {string} name
 * @returns {Promise<Database>}
 */
export async function makeDatabase(server, name) {
  const outside = await connect(server);
  const template = await ensureTemplate(outside, server);
  const database = `forebay_edge_${name}`;
  await outside.query(`drop database if exists ${database} with (force)`);
  await outside.query(`create database ${database} template ${template}`);
  const url = withDatabase(server, database);
  const inside = await connect(url);
  const { rows } = await inside.query("select oid from pg_database where datname = $1", [database]);
  const [{ oid }] = rows;
  const endOthers = async () => {
    await inside.query(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
  };
  const allow = (whether) =>
    outside.query(`alter database ${database} with allow_connections ${whether}`);
  return {
    url,
    sql: async (text, values) => (await inside.query(text, values)).rows,
    connect: () => connect(url),
    // Asked from another database, so that the question is not among what it counts; `sql` above
    // is, and so belongs outside of what a test counts.
    calls: () => calls(outside, oid),
    outside: async (text) => (await outside.query(text)).rows,
    refuse: async () => {
      await allow(false);
      await endOthers();
    },
    accept: () => allow(true),
    endOthers,
    drop: async () => {
      await inside.end();
      await outside.query(`drop database if exists ${database} with (force)`);
      await outside.end();
    },
  };
}

export async function connect(connectionString) {
  const client = new pg.Client({ connectionString });
  // A server that is stopped says so on idle sessions too.
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function calls(outside, oid) {
  const text = "select coalesce(sum(calls), 0)::int as calls from pg_stat_statements where dbid = $1";
  return (await outside.query(text, [oid])).rows[0].calls;
}

function withDatabase(server, database) {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}

/** The template of this schema and seed; those of others that came before are dropped. */
async function ensureTemplate(outside, server) {
  const name = `${TEMPLATES}${fingerprint()}`;
  await outside.query("select pg_advisory_lock($1)", [LOCK]);
  try {
    const { rows } = await outside.query(
      "select datname from pg_database where starts_with(datname, $1)",
      [TEMPLATES],
    );
    if (rows.some(({ datname }) => datname === name)) return name;
    for (const { datname } of rows) await outside.query(`drop database ${datname} with (force)`);
    // It gets its name last, so that a template is never half-made.
    const unfinished = "forebay_edge_unfinished";
    await outside.query(`drop database if exists ${unfinished} with (force)`);
    await outside.query(`create database ${unfinished}`);
    await fillTemplate(withDatabase(server, unfinished));
    await outside.query(`alter database ${unfinished} rename to ${name}`);
    return name;
  } finally {
    await outside.query("select pg_advisory_unlock($1)", [LOCK]);
  }
}

async function fillTemplate(url) {
  await migrate(quiet, url);
  const client = await connect(url);
  await client.query(readFileSync(SEED, "utf8"));
  await client.end();
}

function fingerprint() {
  const hash = createHash("sha256");
  const migrations = inRoot("migrations");
  const files = readdirSync(migrations).sort();
  for (const file of [...files.map((each) => join(migrations, each)), SEED]) {
    hash.update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 12);
}
