// A PostgreSQL server that belongs to one file of tests, which stops and starts it as it likes.

import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findHome } from "../../../scripts/setup/postgres_home.mjs";
import { initialise, start, stop, urlOf } from "../../../scripts/setup/postgres_server.mjs";

/**
 * @returns {Promise<{url: string, start(): Promise<void>, stop(): Promise<void>,
 *   remove(): Promise<void>}>} a running server
 */
export async function startOwnServer() {
  const { bin, user } = await findHome();
  const folder = await mkdtemp(join(tmpdir(), "forebay-edge-postgres-"));
  // Its user may be another than ours.
  await chmod(folder, 0o755);
  const home = {
    data: join(folder, "data"),
    log: join(folder, "server.log"),
    settings: join(folder, "settings.json"),
    bin,
    user,
  };
  const password = randomBytes(16).toString("hex");
  await writeFile(home.settings, JSON.stringify({ password }), { mode: 0o600 });
  await initialise(home);
  let server = await start(home);
  const url = urlOf(home);
  return {
    url,
    async start() {
      server = await start(home);
      if (urlOf(home) !== url) throw new Error("the server's port was taken while it was down");
    },
    stop: () => stop(server),
    async remove() {
      await stop(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
