// `npm run deploy`: checks the configuration, builds, and hands over to `wrangler deploy` with
// whatever arguments were given: `npm run deploy -- --dry-run` needs neither an account nor a
// network.

import { closeOnSignals } from "./setup/closing.mjs";
import { runLoudly } from "./setup/command.mjs";
import { onNewNode } from "./setup/node.mjs";
import { configFile } from "./setup/paths.mjs";
import { cli } from "./setup/site.mjs";
import { prepareBuild } from "./setup.mjs";
import { wranglerEnv, wranglerScript } from "./dev/wrangler.mjs";

await onNewNode(async () => {
  closeOnSignals(130);
  await prepareBuild();
  const checked = await runLoudly(cli, ["check", "--config", configFile()]);
  if (checked !== 0) return checked;
  const args = ["--no-warnings", wranglerScript, "deploy", ...process.argv.slice(2)];
  return runLoudly(process.execPath, args, { env: wranglerEnv });
});
