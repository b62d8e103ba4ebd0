// The Worker on workerd by miniflare's direct socket, until a signal.

import { atEnd } from "../setup/closing.mjs";
import { runWorkers, workerOptions } from "../bundle.mjs";
import { sayReady } from "./ready.mjs";

export async function serveDirectly({ port, databaseUrl, secrets }) {
  const worker = await workerOptions({
    databaseUrl,
    apiToken: secrets.API_TOKEN,
    adminToken: secrets.ADMIN_TOKEN,
    socket: { port },
  });
  const workers = runWorkers([worker]);
  atEnd(() => workers.dispose());
  await workers.ready;
  await sayReady(port, new Promise(() => {}));
  await new Promise(() => {});
}
