// The Worker: the crate compiled to WASM, with the JavaScript that wasm-bindgen makes for it, in
// `build/`.

import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { runQuietly } from "./command.mjs";
import { fingerprint, stamp } from "./fingerprint.mjs";
import { build, npmBin } from "./paths.mjs";
import { wasmBindgen, workerBuild } from "./rust.mjs";

export const workerModule = join(build, "index.js");
export const workerWasm = join(build, "index_bg.wasm");

export async function buildWasm(line) {
  const hash = fingerprint(["src", "Cargo.toml", "Cargo.lock", "package-lock.json"], {
    ending: ".rs",
  });
  const mark = stamp("wasm");
  if (mark.matches(hash, [workerModule, workerWasm]))
    return line.skip(`up to date, ${gzipSize()} gzip`);
  mark.clear();
  line.doing("worker-build --release");
  await runQuietly(line, "wasm", workerBuild, ["--release"], {
    // worker-build would download its own where one of these did not resolve to a program.
    env: {
      WASM_BINDGEN_BIN: wasmBindgen,
      WASM_OPT_BIN: npmBin("wasm-opt"),
      ESBUILD_BIN: npmBin("esbuild"),
    },
    what: "The Worker does not compile.",
    mend: "The compiler's output above says where; .forebay/logs/wasm.log has all of it.",
  });
  mark.set(hash);
  line.done(`built, ${gzipSize()} gzip`);
}

const gzipSize = () => `${Math.round(gzipSync(readFileSync(workerWasm)).length / 1024)} KiB`;
