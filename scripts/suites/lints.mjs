// Each lint is one test: it passed when its program ended with 0.

import { runLoudly } from "../setup/command.mjs";
import { npmBin } from "../setup/paths.mjs";

const WASM = ["--lib", "--target", "wasm32-unknown-unknown"];
const STRICT = ["--", "-D", "warnings"];

const lint = (name, program, args) => ({
  name,
  run: async () => {
    const code = await runLoudly(program, args);
    return {
      passed: code === 0 ? 1 : 0,
      failed: code === 0 ? 0 : 1,
      skipped: 0,
      note: code === 0 ? "" : `exit code ${code}`,
    };
  },
});

export const lints = [
  lint("cargo fmt", "cargo", ["fmt", "--check"]),
  lint("clippy, native", "cargo", ["clippy", "--all-targets", ...STRICT]),
  lint("clippy, wasm32", "cargo", ["clippy", ...WASM, ...STRICT]),
  lint("dashboard, types", npmBin("tsc"), ["--noEmit", "--project", "dashboard"]),
  lint("dashboard, format", npmBin("prettier"), ["--check", "dashboard"]),
];
