// `wrangler dev` as a child: no prompts, no telemetry, no look for updates, and never left behind.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { atEnd, closeAll, isClosing } from "../setup/closing.mjs";
import { inRoot, root } from "../setup/paths.mjs";

const STOP_MS = 5_000;

/** What every run of wrangler here has in its environment. */
export const wranglerEnv = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  WRANGLER_LOG_PATH: inRoot(".wrangler", "logs"),
  // Local requests get a made-up `request.cf` rather than one that is fetched.
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

export const wranglerScript = inRoot("node_modules", "wrangler", "wrangler-dist", "cli.js");

/** Starts it; the promise gives the exit code of this whole run once it has ended. */
export function runWrangler({ port, databaseUrl }) {
  const follow = pathToFileURL(join(root, "scripts", "dev", "follow_parent.mjs")).href;
  const args = ["--no-warnings", "--import", follow, wranglerScript, "dev"];
  const options = [
    "--ip",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--inspector-port",
    "0",
    "--persist-to",
    ".wrangler/state",
  ];
  const child = spawn(process.execPath, [...args, ...options], {
    cwd: root,
    // A group of its own: Ctrl-C reaches us alone, and we end it before the database.
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: {
      ...process.env,
      ...wranglerEnv,
      CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_DB: databaseUrl,
    },
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  atEnd(() => stopGroup(child, exited));
  return exited.then(async (code) => {
    const expected = isClosing();
    await closeAll();
    return expected ? 0 : code || 1;
  });
}

async function stopGroup(child, exited) {
  signalGroup(child, "SIGINT");
  if ((await Promise.race([exited, pause(STOP_MS, "late", { ref: false })])) !== "late") return;
  signalGroup(child, "SIGKILL");
  await exited;
}

function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
