// `cargo test`: the totals are the sums of the lines that each test binary ends with. The tests that a
// plain `cargo test` ignores need a database, and here there is one.

import { spawned } from "../setup/command.mjs";

const RESULT = /^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored/gm;

export const cargoTests = {
  name: "cargo test",
  run: async (env) => {
    let output = "";
    const options = {
      env: { CARGO_TERM_COLOR: process.stdout.isTTY ? "always" : "never", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    };
    const args = ["test", "--no-fail-fast", "--", "--include-ignored"];
    const code = await spawned("cargo", args, options, (text, stream) => {
      process[stream].write(text);
      if (stream === "stdout") output += text;
    });
    return totals(output.replace(/\x1b\[[0-9;]*m/g, ""), code);
  },
};

/** What did not compile or crashed has no line of its own, so the exit code has a say too. */
export function totals(output, code) {
  const counted = { passed: 0, failed: 0, skipped: 0, note: "" };
  for (const [, passed, failed, ignored] of output.matchAll(RESULT)) {
    counted.passed += Number(passed);
    counted.failed += Number(failed);
    counted.skipped += Number(ignored);
  }
  if (code !== 0 && counted.failed === 0)
    return { ...counted, failed: 1, note: `exit code ${code}` };
  return counted;
}
