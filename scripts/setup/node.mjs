// Node: any from 20 on may start our scripts, but wrangler, miniflare and vitest need 22.12. Where
// the machine's is older, one is installed into `.tools/` and the script is started again with it.
//
// INVARIANT: this file and what it imports use Node's own modules alone, as nothing is installed
// yet.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { whenParentIsGone } from "./closing.mjs";
import { capture, runQuietly } from "./command.mjs";
import { exitWith } from "./failure.mjs";
import { root, tools } from "./paths.mjs";
import { step } from "./progress.mjs";

const NEEDED = [22, 12];
const INSTALLED = "22.23.3";

/**
 * Runs `main` on a Node that is new enough and ends the process with the exit code that it gives.
 *
 * @param {() => Promise<number | void>} main
 */
export async function onNewNode(main) {
  process.chdir(root);
  if (isNewEnough(process.versions.node)) {
    // Whatever we start, by npm's wrappers too, shall find this very Node.
    process.env.PATH = dirname(process.execPath) + delimiter + process.env.PATH;
    await exitWith(main);
  }
  await exitWith(async () => startAgain(await step("Node", installNode)));
}

const isNewEnough = (version) => {
  const [major, minor] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
};

async function installNode(line) {
  const home = join(tools, "node");
  const binary = join(
    home,
    "node_modules",
    "node",
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  if (
    existsSync(binary) &&
    (await capture(binary, ["--version"])).stdout.trim() === `v${INSTALLED}`
  ) {
    line.skip(
      `${INSTALLED} in .tools, as ${process.versions.node} is older than ${NEEDED.join(".")}`,
    );
    return binary;
  }
  mkdirSync(home, { recursive: true });
  // The package fetches the binary for this platform in an install script.
  const manifest = {
    private: true,
    dependencies: { node: INSTALLED },
    allowScripts: { node: true },
  };
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  line.doing(`installing ${INSTALLED} into .tools`);
  await runQuietly(
    line,
    "node",
    "npm",
    ["install", "--no-package-lock", "--no-audit", "--no-fund"],
    {
      cwd: home,
      what: `Node ${INSTALLED} could not be installed, and ${process.versions.node} is too old for wrangler.`,
      mend: `Install Node ${NEEDED.join(".")} or newer yourself, or look at .forebay/logs/node.log.`,
    },
  );
  line.done(`${INSTALLED} installed into .tools`);
  return binary;
}

/** Starts this script again, hands signals on, and waits for its exit code. */
function startAgain(binary) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, process.argv.slice(1), { stdio: "inherit" });
    whenParentIsGone(() => child.kill("SIGTERM"));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
      process.on(signal, () => child.kill(signal));
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
