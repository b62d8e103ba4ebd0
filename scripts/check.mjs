// `npm run check`: the configuration, and every query against the real schema. Arguments go to the
// CLI.

import { closeAll, closeOnSignals } from "./setup/closing.mjs";
import { runLoudly } from "./setup/command.mjs";
import { onNewNode } from "./setup/node.mjs";
import { configFile } from "./setup/paths.mjs";
import { cli } from "./setup/site.mjs";
import { prepareChecks } from "./setup.mjs";

await onNewNode(async () => {
  closeOnSignals(130);
  const databaseUrl = await prepareChecks();
  const args = [
    "check",
    "--config",
    configFile(),
    "--database",
    databaseUrl,
    ...process.argv.slice(2),
  ];
  const code = await runLoudly(cli, args);
  await closeAll();
  return code;
});
