// The drill's site: the demo's, and an HTTP origin with two routes besides. Made in a folder that is
// removed again, so that the demo's own build stays as it is.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture } from "../../setup/command.mjs";
import { SetupFailure } from "../../setup/failure.mjs";
import { inRoot } from "../../setup/paths.mjs";
import { cli } from "../../setup/site.mjs";

const ADDED = inRoot("scripts", "dev", "incident", "added.toml");
const NOWHERE = "http://127.0.0.1:9";

/** The compiled site, whose origin is at `originUrl`. */
export async function compileDrill(originUrl) {
  const folder = mkdtempSync(join(tmpdir(), "forebay-incident-"));
  try {
    const config = join(folder, "forebay.toml");
    const added = readFileSync(ADDED, "utf8").replace(NOWHERE, originUrl);
    writeFileSync(config, readFileSync(inRoot("forebay.toml"), "utf8") + added);
    cpSync(inRoot("queries"), join(folder, "queries"), { recursive: true });
    return await compiled(config, join(folder, "site.bin"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compiled(config, out) {
  const { code, stdout, stderr } = await capture(cli, [
    "compile",
    "--config",
    config,
    "--out",
    out,
  ]);
  if (code === 0) return readFileSync(out);
  throw new SetupFailure(
    "The drill's site has mistakes.",
    "It is forebay.toml with scripts/dev/incident/added.toml after it: mend one of them.",
    stdout + stderr,
  );
}
