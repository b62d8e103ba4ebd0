// Whether a step's inputs changed since it last succeeded: a hash of them, kept in
// `.forebay/stamps/`.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { root, state } from "./paths.mjs";

/**
 * The hash of files and folders (with all that is in them), by their names and contents; of folders
 * only the files with `ending`, where one is given.
 */
export function fingerprint(paths, { extra = "", ending = "" } = {}) {
  const hash = createHash("sha256").update(extra);
  for (const path of paths) addTo(hash, path, "");
  return hash.digest("hex");

  function addTo(hash, path, required) {
    const full = resolve(root, path);
    if (!existsSync(full)) {
      hash.update(`absent ${path}\0`);
    } else if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) addTo(hash, `${path}/${name}`, ending);
    } else if (full.endsWith(required)) {
      hash.update(`${path}\0`).update(readFileSync(full)).update("\0");
    }
  }
}

/** The mark that a step leaves when it succeeded. */
export function stamp(name) {
  const file = join(state, "stamps", name);
  return {
    /** True when the step last succeeded with these inputs and what it made is still there. */
    matches: (hash, outputs = []) =>
      existsSync(file) &&
      readFileSync(file, "utf8") === hash &&
      outputs.every((each) => existsSync(each)),
    /** To be called before the work, so that a step that dies half-way is done again. */
    clear: () => rmSync(file, { force: true }),
    set: (hash) => {
      mkdirSync(join(state, "stamps"), { recursive: true });
      writeFileSync(file, hash);
    },
  };
}
