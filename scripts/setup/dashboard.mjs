// The dashboard: TypeScript made into static files by Vite, in `public/dashboard/`.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { runQuietly } from "./command.mjs";
import { fingerprint, stamp } from "./fingerprint.mjs";
import { inRoot } from "./paths.mjs";

export const dashboard = inRoot("public", "dashboard");
const page = join(dashboard, "index.html");
const assets = join(dashboard, "assets");

export async function buildDashboard(line) {
  const hash = fingerprint(["dashboard", "package-lock.json"]);
  const mark = stamp("dashboard");
  if (mark.matches(hash, [page, assets])) return line.skip(`up to date, ${sizeInKiB()} KiB gzip`);
  mark.clear();
  line.doing("vite build");
  const vite = inRoot("node_modules", "vite", "bin", "vite.js");
  await runQuietly(line, "dashboard", process.execPath, [vite, "build", "dashboard"], {
    // A mode of its own choice would leave out what makes the files small.
    env: { NODE_ENV: "production" },
    what: "The dashboard could not be built.",
    mend: "The output above says where; .forebay/logs/dashboard.log has all of it.",
  });
  mark.set(hash);
  line.done(`built, ${sizeInKiB()} KiB gzip`);
}

/** Of everything that a browser loads, compressed. */
export function sizeInKiB() {
  const names = existsSync(assets) ? readdirSync(assets).map((name) => join(assets, name)) : [];
  const bytes = [page, ...names].map((path) => gzipSync(readFileSync(path)).length);
  return Math.ceil(bytes.reduce((sum, each) => sum + each, 0) / 1024);
}
