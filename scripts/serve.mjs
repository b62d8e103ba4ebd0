// `npm run serve`: the same set-up and the same Worker as `npm start`, on workerd with nothing in
// front of it and nothing that watches files, for load and conformance work.
//
// FOREBAY_LOG says which requests get a log line: errors (the default here), misses or all.
// PORT, FOREBAY_CONFIG, DATABASE_URL and FOREBAY_SEED as for `npm start`. KV, the cache and Durable
// Objects keep their data in memory, so that every run begins cold.

import { closeOnSignals } from "./setup/closing.mjs";
import { onNewNode } from "./setup/node.mjs";
import { servingPort } from "./setup/port.mjs";
import { prepareAll } from "./setup.mjs";

await onNewNode(async () => {
  closeOnSignals(0);
  const port = await servingPort();
  console.log("Setting up Forebay; what is done already is skipped.");
  const { databaseUrl, secrets } = await prepareAll();
  const { serveDirectly } = await import("./dev/direct.mjs");
  await serveDirectly({ port, databaseUrl, secrets });
});
