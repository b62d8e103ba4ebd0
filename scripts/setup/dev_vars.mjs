// Secrets for development, in `.dev.vars`, where wrangler looks for them: made once, never
// committed.

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { inRoot } from "./paths.mjs";

const KEYS = ["ADMIN_TOKEN", "API_TOKEN"];
const file = inRoot(".dev.vars");

/** Adds the keys that are missing and keeps the others; gives all of them. */
export async function ensureDevVars(line) {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const missing = KEYS.filter((key) => !parse(text)[key]);
  if (missing.length === 0) {
    line.skip(`.dev.vars has ${KEYS.join(" and ")}`);
    return parse(text);
  }
  const head = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  const whole =
    head + missing.map((key) => `${key}="${randomBytes(32).toString("hex")}"\n`).join("");
  writeFileSync(file, whole, { mode: 0o600 });
  chmodSync(file, 0o600);
  line.done(`${missing.join(" and ")} generated into .dev.vars`);
  return parse(whole);
}

function parse(text) {
  const found = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*$/.exec(line);
    if (match) found[match[1]] = match[2] ?? match[3] ?? match[4];
  }
  return found;
}
