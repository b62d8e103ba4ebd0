// The demo on workerd, over the database that `npm test` gives; else over the embedded one of this
// checkout, shared with whoever else uses it. KV and the caches begin empty in every file of tests.

import { closeAll } from "../../../scripts/setup/closing.mjs";
import { openDatabase } from "../../../scripts/setup/postgres.mjs";
import { DIRECT, runWorkers, workerOptions } from "../../../scripts/bundle.mjs";

export const API_TOKEN = "the-token-of-the-browser-tests";
export const ADMIN_TOKEN = "the-admin-token-of-the-browser-tests";
const NAME = "demo";
const quiet = { doing() {}, done() {}, skip() {} };

/** @returns {Promise<{origin: string, stop: () => Promise<void>}>} */
export async function startWorker() {
  const databaseUrl = process.env.DATABASE_URL ?? (await openDatabase(quiet));
  const options = await workerOptions({
    databaseUrl,
    apiToken: API_TOKEN,
    adminToken: ADMIN_TOKEN,
    name: NAME,
    socket: {},
  });
  const miniflare = runWorkers([options], { handleStructuredLogs() {} });
  await miniflare.ready;
  const { origin } = await miniflare.unsafeGetDirectURL(NAME, DIRECT);
  const stop = async () => {
    await miniflare.dispose();
    await closeAll();
  };
  return { origin, stop };
}
