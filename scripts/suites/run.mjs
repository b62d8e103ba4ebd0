// The suites in order, and what came of them. A suite gives `{ passed, failed, skipped, note }`.

import { lints } from "./lints.mjs";
import { cargoTests } from "./cargo_tests.mjs";
import { browserTests, edgeTests } from "./vitest_suites.mjs";

/** Runs all suites; gives the exit code. The totals are the last thing that is printed. */
export async function runSuites({ databaseUrl, secrets }) {
  const env = { DATABASE_URL: databaseUrl, ...secrets };
  const results = [];
  for (const { name, run } of [...lints, cargoTests, edgeTests, browserTests]) {
    console.log(`\n── ${name}`);
    results.push({ name, ...judged(await run(env)) });
  }
  const totals = sum(results);
  console.log(`\n${table(results)}\n`);
  console.log(totalsLine(totals));
  return totals.failed > 0 ? 1 : 0;
}

/**
 * A suite that neither ran nor skipped anything has failed: something is wrong with how it is run.
 */
function judged({ passed, failed, skipped, note = "" }) {
  const ran = passed + failed + skipped;
  return ran > 0
    ? { passed, failed, skipped, note }
    : { passed, failed: 1, skipped, note: note || "no test ran" };
}

const sum = (results) => {
  const total = (column) => results.reduce((so_far, each) => so_far + each[column], 0);
  return { passed: total("passed"), failed: total("failed"), skipped: total("skipped") };
};

function totalsLine({ passed, failed, skipped }) {
  const line = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}

function table(results) {
  const width = Math.max(...results.map((each) => each.name.length));
  const number = (value) => `${value}`.padStart(8);
  const row = (name, passed, failed, skipped, note) =>
    `${name.padEnd(width)}${number(passed)}${number(failed)}${number(skipped)}  ${note}`.trimEnd();
  const rows = results.map((each) =>
    row(each.name, each.passed, each.failed, each.skipped, each.note),
  );
  return [row("suite", "passed", "failed", "skipped", ""), ...rows].join("\n");
}
