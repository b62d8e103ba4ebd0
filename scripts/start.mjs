// `npm start`: sets everything up, then runs the Worker under `wrangler dev` and compiles the site
// anew whenever its configuration changes.
//
// PORT (8787), FOREBAY_CONFIG (forebay.toml), DATABASE_URL (embedded PostgreSQL), FOREBAY_SEED=0.

import { closeOnSignals } from "./setup/closing.mjs";
import { onNewNode } from "./setup/node.mjs";
import { servingPort } from "./setup/port.mjs";
import { prepareAll } from "./setup.mjs";

await onNewNode(async () => {
  closeOnSignals(0);
  const port = await servingPort();
  console.log("Setting up Forebay; what is done already is skipped.");
  const { databaseUrl } = await prepareAll();
  const { runWrangler } = await import("./dev/wrangler.mjs");
  const { sayReady } = await import("./dev/ready.mjs");
  const { watchSite } = await import("./dev/watch_site.mjs");
  const ended = runWrangler({ port, databaseUrl });
  await sayReady(port, ended);
  watchSite();
  return ended;
});
