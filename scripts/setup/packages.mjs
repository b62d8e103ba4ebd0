// The npm packages of package-lock.json.

import { inRoot } from "./paths.mjs";
import { fingerprint, stamp } from "./fingerprint.mjs";
import { runQuietly } from "./command.mjs";

export async function installPackages(line) {
  const hash = fingerprint(["package.json", "package-lock.json"], {
    extra: process.platform + process.arch,
  });
  const mark = stamp("packages");
  if (mark.matches(hash, [inRoot("node_modules", ".package-lock.json")]))
    return line.skip("as in package-lock.json");
  mark.clear();
  line.doing("npm ci");
  await runQuietly(line, "packages", "npm", ["ci", "--no-audit", "--no-fund"], {
    what: "The npm packages could not be installed.",
    mend: "Check that npm reaches its registry, then start again; .forebay/logs/packages.log has all of its output.",
  });
  mark.set(hash);
  line.done("installed");
}
