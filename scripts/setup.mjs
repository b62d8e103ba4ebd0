// The set-up, in order. Every step finds out by itself whether there is anything to do, so that a
// second start takes seconds. What needs an npm package is imported after `npm ci`, not on top.

import { join } from "node:path";
import { buildDashboard } from "./setup/dashboard.mjs";
import { ensureDevVars } from "./setup/dev_vars.mjs";
import { withLock } from "./setup/lock.mjs";
import { installPackages } from "./setup/packages.mjs";
import { state } from "./setup/paths.mjs";
import { step } from "./setup/progress.mjs";
import { findRust, installRustTools } from "./setup/rust.mjs";
import { buildCli, compileSite, requireConfig } from "./setup/site.mjs";
import { buildWasm } from "./setup/wasm.mjs";

const alone = (work) =>
  withLock(
    join(state, "setup.lock"),
    (pid) => console.log(`  waiting for the set-up that process ${pid} runs in this checkout`),
    work,
  );

/** Prepares a checkout to run: builds, secrets, and a database with its schema and data. */
export function prepareAll() {
  return alone(async () => {
    // What the user may have to mend comes before what takes minutes.
    requireConfig();
    await step("npm packages", installPackages);
    await step("Rust", findRust);
    const secrets = await step("secrets", ensureDevVars);
    const databaseUrl = await prepareDatabase();
    await prepareParts();
    return { secrets, databaseUrl };
  });
}

/** Prepares only what a deployment holds: the Worker and its site. */
export function prepareBuild() {
  return alone(async () => {
    requireConfig();
    await step("npm packages", installPackages);
    await step("Rust", findRust);
    await prepareParts();
  });
}

/**
 * Prepares only what it takes to check the configuration against a database; gives the database.
 */
export function prepareChecks() {
  return alone(async () => {
    requireConfig();
    await step("npm packages", installPackages);
    await step("Rust", findRust);
    const databaseUrl = await prepareDatabase();
    await step("CLI", buildCli);
    return databaseUrl;
  });
}

async function prepareParts() {
  await step("Rust tools", installRustTools);
  await step("CLI", buildCli);
  await step("site", compileSite);
  await step("dashboard", buildDashboard);
  await step("Worker", buildWasm);
}

async function prepareDatabase() {
  const { openDatabase } = await import("./setup/postgres.mjs");
  const { migrate } = await import("./setup/migrations.mjs");
  const { seed } = await import("./setup/seed.mjs");
  const databaseUrl = await step("database", openDatabase);
  await step("migrations", (line) => migrate(line, databaseUrl));
  await step("demo data", (line) => seed(line, databaseUrl));
  return databaseUrl;
}
