// `npm run deploy`: checks the configuration, builds, and hands over to `wrangler deploy` with
// whatever arguments were given: `npm run deploy -- --dry-run` needs neither an account nor a
// network. With FOREBAY_URL and ADMIN_TOKEN in the environment, what routes want to have ready
// (`warm`) is fetched from the site that was deployed.

import { closeOnSignals } from "./setup/closing.mjs";
import { runLoudly } from "./setup/command.mjs";
import { onNewNode } from "./setup/node.mjs";
import { configFile } from "./setup/paths.mjs";
import { cli } from "./setup/site.mjs";
import { prepareBuild } from "./setup.mjs";
import { wranglerEnv, wranglerScript } from "./dev/wrangler.mjs";
import { warm } from "./dev/warm.mjs";

await onNewNode(async () => {
  closeOnSignals(130);
  await prepareBuild();
  const checked = await runLoudly(cli, ["check", "--config", configFile()]);
  if (checked !== 0) return checked;
  const given = process.argv.slice(2);
  const args = ["--no-warnings", wranglerScript, "deploy", ...given];
  const deployed = await runLoudly(process.execPath, args, { env: wranglerEnv });
  if (deployed !== 0 || given.includes("--dry-run")) return deployed;
  const { FOREBAY_URL: url, ADMIN_TOKEN: token } = process.env;
  if (url && token) await warm(url, token);
  return deployed;
});
