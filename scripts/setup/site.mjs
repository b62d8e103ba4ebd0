// The site: the native CLI, and the configuration that it checks and compiles for the Worker to
// load.

import { copyFileSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { capture, runQuietly } from "./command.mjs";
import { SetupFailure } from "./failure.mjs";
import { fingerprint, stamp } from "./fingerprint.mjs";
import { build, configFile, root } from "./paths.mjs";

const executable = process.platform === "win32" ? "forebay.exe" : "forebay";

export const cli = join(build, executable);
export const siteFile = join(build, "site.bin");

/** Fails when there is no configuration. */
export function requireConfig() {
  if (!existsSync(configFile())) {
    throw new SetupFailure(
      `There is no configuration at ${configFile()}.`,
      "Set FOREBAY_CONFIG to your site's file, or unset it for the demo's forebay.toml.",
    );
  }
}

export async function buildCli(line) {
  const hash = fingerprint(["src", "Cargo.toml", "Cargo.lock"], { ending: ".rs" });
  const mark = stamp("cli");
  if (mark.matches(hash, [cli])) return line.skip("up to date");
  mark.clear();
  line.doing("cargo build --bin forebay");
  await runQuietly(line, "cli", "cargo", ["build", "--bin", "forebay"], {
    what: "The command line tool `forebay` does not compile.",
    mend: "The compiler's output above says where; .forebay/logs/cli.log has all of it.",
  });
  // A copy of our own: a target directory may be shared between checkouts.
  mkdirSync(build, { recursive: true });
  copyFileSync(join(await targetDirectory(), "debug", executable), cli);
  mark.set(hash);
  line.done("built");
}

/**
 * Compiles the configuration; throws with the CLI's own words when it has mistakes, and keeps the
 * old site.
 */
export async function compileSite(line) {
  const fresh = `${siteFile}.new`;
  const { code, stdout, stderr } = await capture(cli, [
    "compile",
    "--config",
    configFile(),
    "--out",
    fresh,
  ]);
  if (code !== 0) {
    throw new SetupFailure(
      "The configuration has mistakes.",
      "Each is named above with its place; the site that was compiled before, if any, is kept.",
      stdout + stderr,
    );
  }
  renameSync(fresh, siteFile);
  line.done(configFile());
}

async function targetDirectory() {
  const { stdout } = await capture("cargo", ["metadata", "--no-deps", "--format-version", "1"], {
    cwd: root,
  });
  return JSON.parse(stdout).target_directory;
}
