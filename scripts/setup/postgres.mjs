// The database: `DATABASE_URL` where it is set, else the embedded PostgreSQL of this checkout,
// which is started if nobody has yet, shared if somebody has, and stopped when its last user
// leaves.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { atEnd } from "./closing.mjs";
import { SetupFailure } from "./failure.mjs";
import { root, state } from "./paths.mjs";
import { findHome } from "./postgres_home.mjs";
import { urlOf } from "./postgres_server.mjs";

const CONNECT_MS = 10_000;
const OLDEST_VERSION = 15;

/** @returns {Promise<string>} the connection string of a database that answered */
export async function openDatabase(line) {
  const given = process.env.DATABASE_URL;
  const url = given ? completed(given) : await embedded(line);
  const version = await versionOf(url);
  if (Math.floor(version / 10_000) < OLDEST_VERSION) {
    throw new SetupFailure(
      `The database of DATABASE_URL is PostgreSQL ${Math.floor(version / 10_000)}, and Forebay needs ${OLDEST_VERSION} or newer.`,
      "Point DATABASE_URL at a newer one, or unset it for the embedded PostgreSQL.",
    );
  }
  if (given) line.skip(`PostgreSQL ${Math.floor(version / 10_000)} of DATABASE_URL`);
  return url;
}

/** The URL as every tool here takes it: no TLS to this machine itself, and always a password. */
function completed(given) {
  let url;
  try {
    url = new URL(given);
  } catch {
    url = undefined;
  }
  if (!url?.hostname || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new SetupFailure(
      "DATABASE_URL is not a PostgreSQL URL.",
      "Write it as postgres://user:password@host:5432/database, or unset it for the embedded PostgreSQL.",
    );
  }
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (isLocal && !url.searchParams.has("sslmode")) url.searchParams.set("sslmode", "disable");
  // Hyperdrive's local stand-in demands one, also where the server asks for none.
  url.password ||= "unused";
  return url.href;
}

async function versionOf(connectionString) {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_MS });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query("show server_version_num");
    return Number(rows[0].server_version_num);
  } catch (error) {
    const { hostname, port } = new URL(connectionString);
    throw new SetupFailure(
      `The database at ${hostname}:${port || 5432} cannot be used: ${error.message || error.code}.`,
      process.env.DATABASE_URL
        ? "Start it or correct DATABASE_URL, or unset it for the embedded PostgreSQL."
        : "Start again; the log of the server, beside its data, says what it saw.",
    );
  } finally {
    await client.end().catch(() => {});
  }
}

async function embedded(line) {
  const home = await findHome();
  line.doing("embedded PostgreSQL");
  let socket = await enter(home);
  const isShared = socket !== undefined;
  if (!isShared) {
    await startKeeper();
    socket = await enter(home);
  }
  if (socket === undefined) {
    throw new SetupFailure(
      "The embedded PostgreSQL ended while it started.",
      "Start again; .forebay/logs/postgres.log may say why.",
    );
  }
  atEnd(() => leave(socket));
  const { port } = new URL(urlOf(home));
  line.done(
    `embedded PostgreSQL ${isShared ? "shared, it runs already" : "started"} on port ${port}`,
  );
  return urlOf(home);
}

/** Becomes a user of the running server; undefined when there is none. */
function enter(home) {
  if (!existsSync(home.keeper)) return undefined;
  const { port, token } = JSON.parse(readFileSync(home.keeper, "utf8"));
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.setEncoding("utf8");
    socket.on("error", () => resolve(undefined));
    socket.on("close", () => resolve(undefined));
    socket.on("connect", () => socket.write(`${token}\n`));
    socket.on("data", () => resolve(socket));
  });
}

/** Leaves it, and waits: whoever was the last one, until the server has stopped. */
function leave(socket) {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.readableEnded) return resolve();
    socket.once("end", resolve).once("close", resolve);
    socket.end();
  });
}

function startKeeper() {
  mkdirSync(join(state, "logs"), { recursive: true });
  const log = openSync(join(state, "logs", "postgres.log"), "w");
  const script = fileURLToPath(new URL("postgres_keeper.mjs", import.meta.url));
  const keeper = spawn(process.execPath, [script], {
    cwd: root,
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  return new Promise((resolve, reject) => {
    keeper.once("message", ({ ready, what, mend, detail }) => {
      if (!ready) return reject(new SetupFailure(what, mend, detail));
      keeper.unref();
      resolve();
    });
    keeper.once("exit", () => resolve());
  });
}
