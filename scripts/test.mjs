// `npm test`: the same set-up as `npm start`, then every suite in order, and the totals on the last
// line.
//
// What cannot run on this machine is named and counted as skipped. A suite in which nothing ran
// failed.

import { closeAll, closeOnSignals } from "./setup/closing.mjs";
import { onNewNode } from "./setup/node.mjs";
import { prepareAll } from "./setup.mjs";

await onNewNode(async () => {
  closeOnSignals(130);
  console.log("Setting up Forebay; what is done already is skipped.");
  const { databaseUrl, secrets } = await prepareAll();
  const { runSuites } = await import("./suites/run.mjs");
  const code = await runSuites({ databaseUrl, secrets });
  await closeAll();
  return code;
});
