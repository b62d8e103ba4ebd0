// The embedded PostgreSQL as a process: its data directory, its start, its end, and what a crash
// left.

import { spawn } from "node:child_process";
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { capture } from "./command.mjs";
import { SetupFailure } from "./failure.mjs";
import { isAlive } from "./lock.mjs";
import { freePort, isFree } from "./port.mjs";
import { makeOwned } from "./postgres_home.mjs";

const NAME = "forebay";
const ATTEMPTS = 5;
const START_MS = 60_000;
const STOP_MS = 10_000;
const MEND = "Set DATABASE_URL to a PostgreSQL 15 or newer instead.";

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  // The path of a Unix socket may be too long for the system; nobody here needs one.
  unix_socket_directories: "",
  shared_preload_libraries: "pg_stat_statements",
  max_connections: "200",
  shared_buffers: "256MB",
  // The demo data is made in one go. A crash of the machine may lose the last moment, not the
  // database.
  synchronous_commit: "off",
  max_wal_size: "2GB",
};

/** The connection string, by the settings that were kept. */
export function urlOf(home, database = NAME) {
  const { port, password } = JSON.parse(readFileSync(home.settings, "utf8"));
  return `postgres://${NAME}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

/** Makes the data directory if there is none. It gets its name last, so it is never half-made. */
export async function initialise(home) {
  if (existsSync(home.data)) return;
  const fresh = `${home.data}.new`;
  const passwordFile = `${home.data}.password`;
  makeOwned(fresh, home.user);
  writeFileSync(passwordFile, JSON.parse(readFileSync(home.settings, "utf8")).password, {
    mode: 0o600,
  });
  if (home.user.uid !== undefined) chownSync(passwordFile, home.user.uid, home.user.gid);
  // The builtin provider: the same text rules on every machine, whatever locales it has.
  const locale = [
    "--no-locale",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
  ];
  const login = [`--username=${NAME}`, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  const args = [`--pgdata=${fresh}`, ...locale, ...login];
  const { code, stdout, stderr } = await capture(join(home.bin, "initdb"), args, {
    cwd: "/",
    user: home.user,
  });
  rmSync(passwordFile, { force: true });
  if (code !== 0)
    throw new SetupFailure(
      "The embedded PostgreSQL could not make its data.",
      MEND,
      stdout + stderr,
    );
  renameSync(fresh, home.data);
}

/** Starts the server and waits until it takes queries. */
export async function start(home) {
  await endLeftOver(home.data);
  await keepPort(home);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const server = launch(home);
    if (await takesQueries(home, server)) {
      await makeDatabase(home);
      return server;
    }
    await stop(server);
    // After a crash, the last processes of the old server may need a moment to go.
    await pause(1_000);
  }
  const said = readFileSync(home.log, "utf8").split("\n").slice(-30).join("\n");
  throw new SetupFailure("The embedded PostgreSQL did not start.", MEND, said);
}

/** Stops the server: it ends open sessions and writes out what it holds. */
export async function stop(server) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGINT");
  const late = pause(STOP_MS, "late", { ref: false });
  if ((await Promise.race([gone, late])) !== "late") return;
  server.kill("SIGQUIT");
  await gone;
}

function launch(home) {
  const settings = Object.entries({ ...SETTINGS, port: new URL(urlOf(home)).port });
  const args = [
    "-D",
    home.data,
    ...settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
  const log = openSync(home.log, "a", 0o644);
  const server = spawn(join(home.bin, "postgres"), args, {
    cwd: "/",
    stdio: ["ignore", log, log],
    ...home.user,
  });
  closeSync(log);
  return server;
}

async function takesQueries(home, server) {
  let over = false;
  server.once("exit", () => (over = true));
  server.once("error", () => (over = true));
  for (const end = Date.now() + START_MS; !over && Date.now() < end; await pause(50)) {
    if (await answers(urlOf(home, "postgres"))) return true;
  }
  return false;
}

const answers = (url) => withClient(url, () => true).catch(() => false);

async function makeDatabase(home) {
  await withClient(urlOf(home, "postgres"), async (client) => {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [NAME]);
    if (rowCount === 0) await client.query(`create database ${NAME}`);
  });
  await withClient(urlOf(home), (client) =>
    client.query("create extension if not exists pg_stat_statements"),
  );
}

async function withClient(connectionString, work) {
  const client = new pg.Client({ connectionString });
  // A server that goes down says so on idle sessions too; whoever waits for a query hears it there.
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The port stays the same from start to start, unless somebody else took it meanwhile. */
async function keepPort(home) {
  const settings = JSON.parse(readFileSync(home.settings, "utf8"));
  if (settings.port !== undefined && (await isFree(settings.port))) return;
  writeFileSync(home.settings, JSON.stringify({ ...settings, port: await freePort() }), {
    mode: 0o600,
  });
}

/**
 * A killed server leaves `postmaster.pid`, a killed keeper its server. The server is stopped. The
 * file is removed where its process id now belongs to something else, which PostgreSQL cannot tell.
 */
async function endLeftOver(data) {
  const file = join(data, "postmaster.pid");
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
  if (!(await isServerOf(pid, data))) return rmSync(file, { force: true });
  process.kill(pid, "SIGINT");
  const patience = Date.now() + STOP_MS;
  while (isAlive(pid)) {
    if (Date.now() > patience) process.kill(pid, "SIGQUIT");
    await pause(100);
  }
}

async function isServerOf(pid, data) {
  if (!Number.isInteger(pid) || !isAlive(pid)) return false;
  const proc = `/proc/${pid}/cmdline`;
  if (existsSync(proc)) return readFileSync(proc, "utf8").split("\0").includes(data);
  const { stdout } = await capture("ps", ["-o", "command=", "-p", `${pid}`]);
  return stdout.includes(data);
}
