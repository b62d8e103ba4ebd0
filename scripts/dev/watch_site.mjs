// Compiles the site again when the configuration or a query changes. A site with mistakes is
// reported and not put in place: the old one goes on serving. wrangler sees the new file and
// reloads by itself.

import { existsSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";
import { tell } from "../setup/failure.mjs";
import { fingerprint } from "../setup/fingerprint.mjs";
import { configFile } from "../setup/paths.mjs";
import { step } from "../setup/progress.mjs";
import { compileSite } from "../setup/site.mjs";

const SETTLE_MS = 100;

export function watchSite() {
  const config = configFile();
  const queries = join(dirname(config), "queries");
  const current = () => fingerprint([config, queries]);
  let seen = current();
  let timer;
  const look = () => {
    const now = current();
    if (now === seen) return;
    seen = now;
    step("site", compileSite).catch(tell);
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLE_MS);
  };
  // The folder and not the file: most editors put a new file in the place of the old one.
  watch(dirname(config), (_event, name) => name === basename(config) && soon());
  if (existsSync(queries)) watch(queries, { recursive: true }, soon);
}
