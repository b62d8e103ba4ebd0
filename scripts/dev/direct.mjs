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
    // A line a request costs as much as the request: who loads the Worker wants only errors.
    vars: { FOREBAY_LOG: process.env.FOREBAY_LOG ?? "errors" },
  });
  const workers = keepingSignals(() => runWorkers([worker]));
  atEnd(() => workers.dispose());
  await workers.ready;
  await sayReady(port, new Promise(() => {}));
  await new Promise(() => {});
}

/** miniflare would end the process on a signal by itself, before the database is closed. */
export function keepingSignals(work) {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const ours = new Set(signals.flatMap((signal) => process.listeners(signal)));
  const result = work();
  for (const signal of signals) {
    for (const each of process.listeners(signal)) if (!ours.has(each)) process.off(signal, each);
  }
  return result;
}
