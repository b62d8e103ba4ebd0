// Rust: cargo itself, the target wasm32-unknown-unknown, and the two tools that turn the crate into
// a Worker. The tools are installed into `.tools/`, in the versions that Cargo.lock asks for.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { capture, runQuietly } from "./command.mjs";
import { SetupFailure } from "./failure.mjs";
import { inRoot, tools } from "./paths.mjs";

const TARGET = "wasm32-unknown-unknown";

export const workerBuild = join(tools, "bin", "worker-build");
export const wasmBindgen = join(tools, "bin", "wasm-bindgen");

export async function findRust(line) {
  const { code, stdout } = await capture("cargo", ["--version"]);
  if (code !== 0) {
    throw new SetupFailure(
      "Rust is not installed: there is no `cargo` on the PATH.",
      "Install it with rustup (https://rustup.rs), open a new shell, and start again.",
    );
  }
  if (await hasTarget()) return line.skip(`${stdout.trim()} with ${TARGET}`);
  await runQuietly(line, "rust", "rustup", ["target", "add", TARGET], {
    what: `The Rust target ${TARGET} is not installed and could not be added.`,
    mend: `Run \`rustup target add ${TARGET}\`; a Rust from elsewhere needs that target from where it came.`,
  });
  line.done(`${TARGET} added`);
}

// Asked of rustc and not of rustup: a distribution's Rust may have the target without rustup.
async function hasTarget() {
  const { stdout } = await capture("rustc", ["--print", "target-libdir", "--target", TARGET]);
  return stdout.trim() !== "" && existsSync(stdout.trim());
}

export async function installRustTools(line) {
  const wanted = [
    { crate: "worker-build", binary: workerBuild, version: lockedVersion("worker") },
    { crate: "wasm-bindgen-cli", binary: wasmBindgen, version: lockedVersion("wasm-bindgen") },
  ];
  const missing = [];
  for (const tool of wanted) if (!(await isInstalled(tool))) missing.push(tool);
  const names = wanted.map((tool) => `${tool.crate} ${tool.version}`).join(", ");
  if (missing.length === 0) return line.skip(names);
  // One target directory for both, as they share dependencies; of no use afterwards.
  const target = join(tools, "target");
  for (const tool of missing) await install(line, tool, target);
  rmSync(target, { recursive: true, force: true });
  line.done(`${names} installed into .tools`);
}

async function isInstalled({ binary, version }) {
  if (!existsSync(binary)) return false;
  const { stdout } = await capture(binary, ["--version"]);
  return stdout.trim().split(/\s+/).at(-1) === version;
}

async function install(line, { crate, version }, target) {
  const args = ["install", "--root", tools, "--version", version, "--force", crate];
  const env = { CARGO_TARGET_DIR: target };
  const failure = {
    env,
    what: `${crate} ${version} could not be installed.`,
    mend: "Check that cargo reaches its registry and that a C compiler is installed, then start again.",
  };
  line.doing(`cargo install ${crate} ${version} (some minutes, once)`);
  try {
    await runQuietly(line, crate, "cargo", [...args, "--locked"], failure);
  } catch (error) {
    // A registry that is a little behind may lack a version that the tool's own lock file names.
    if (!/failed to select a version/.test(error.detail ?? "")) throw error;
    await runQuietly(line, crate, "cargo", args, failure);
  }
}

function lockedVersion(crate) {
  const lock = readFileSync(inRoot("Cargo.lock"), "utf8");
  const version = new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`).exec(lock)?.[1];
  if (version === undefined) {
    throw new SetupFailure(
      `Cargo.lock does not name the crate ${crate}.`,
      "Restore Cargo.lock with `git checkout Cargo.lock`.",
    );
  }
  return version;
}
