// Where things live in a checkout. Everything that the scripts make is ignored by git.

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/[/\\]$/, "");

/** A path inside the checkout. */
export const inRoot = (...parts) => join(root, ...parts);

export const tools = inRoot(".tools");
export const state = inRoot(".forebay");
export const build = inRoot("build");
export const postgresHome = inRoot(".postgres");

/** An executable that an npm package brought. */
export const npmBin = (name) => inRoot("node_modules", ".bin", name);

/** The site file: `FOREBAY_CONFIG`, or the demo's. */
export const configFile = () => resolve(root, process.env.FOREBAY_CONFIG || "forebay.toml");

/** The demo's data belongs to the default site alone. */
export const isDefaultSite = () => configFile() === inRoot("forebay.toml");
