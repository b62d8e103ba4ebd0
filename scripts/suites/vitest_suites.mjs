// The suites that vitest runs: `tests/edge` on workerd, `tests/browser` in Chromium.

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runLoudly } from "../setup/command.mjs";
import { inRoot, state } from "../setup/paths.mjs";
import { findChromium } from "./chromium.mjs";

export const edgeTests = {
  name: "edge tests",
  run: (env) => vitest("tests/edge", env),
};

export const browserTests = {
  name: "browser tests",
  run: (env) => {
    const chromium = findChromium();
    if (chromium !== undefined) return vitest("tests/browser", { ...env, CHROMIUM_PATH: chromium });
    const note = "no Chromium: install one or set CHROMIUM_PATH";
    console.log(`skipped, ${note}`);
    return { passed: 0, failed: 0, skipped: 1, note };
  },
};

async function vitest(folder, env) {
  if (!existsSync(inRoot(folder))) {
    console.log(`skipped, there is no ${folder}`);
    return { passed: 0, failed: 0, skipped: 1, note: `there is no ${folder}` };
  }
  const report = join(state, "reports", `${folder.replace("/", "-")}.json`);
  mkdirSync(join(state, "reports"), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ["--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`];
  const args = [
    inRoot("node_modules", "vitest", "vitest.mjs"),
    "run",
    "--dir",
    folder,
    ...reporters,
  ];
  const code = await runLoudly(process.execPath, args, { env });
  return totals(existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined, code);
}

/** A file that could not be loaded has no tests to count, so the exit code has a say too. */
export function totals(report, code) {
  const counted = {
    passed: report?.numPassedTests ?? 0,
    failed: report?.numFailedTests ?? 0,
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
    note: "",
  };
  if (code !== 0 && counted.failed === 0)
    return { ...counted, failed: 1, note: `exit code ${code}` };
  return counted;
}
