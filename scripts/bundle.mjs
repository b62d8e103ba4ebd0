// The Worker as miniflare takes it: the entry bundled as wrangler bundles it, with the bindings of
// wrangler.toml. `npm run serve`, the benchmarks and the edge tests run on what this gives.

import { readFile } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { inRoot, root } from "./setup/paths.mjs";

/**
 * The export that a direct socket calls. With assets bound, miniflare puts a proxy of its own before
 * the default export, and requests that are to be measured shall not go through it.
 */
export const DIRECT = "direct";

const MODULE_TYPES = { ".wasm": "CompiledWasm", ".bin": "Data" };

/**
 * Options of one Worker. Several with the same namespaces stand for several isolates or data
 * centres: give each a name of its own.
 *
 * @param {object} given
 * @param {string} given.databaseUrl what the Hyperdrive bindings connect to
 * @param {string} given.apiToken
 * @param {string} given.adminToken
 * @param {string} [given.name]
 * @param {Uint8Array} [given.siteBin] a compiled site, in place of `build/site.bin`
 * @param {string} [given.entry] a module, in place of the `main` of wrangler.toml
 * @param {Record<string, unknown>} [given.vars] further text and JSON bindings
 * @param {{host?: string, port?: number}} [given.socket] listens there, miniflare's entry aside
 * @param {object} [given.overrides] any other options of a miniflare Worker
 */
export async function workerOptions({
  databaseUrl,
  apiToken,
  adminToken,
  name = "forebay",
  siteBin,
  entry,
  vars,
  socket,
  overrides,
}) {
  const { workerOptions: bound, main } = await boundOptions(databaseUrl);
  return {
    ...bound,
    name,
    modulesRoot: root,
    modules: await bundle(entry ? resolve(root, entry) : main, siteBin),
    modulesRules: undefined,
    bindings: { ...bound.bindings, API_TOKEN: apiToken, ADMIN_TOKEN: adminToken, ...vars },
    hyperdrives: Object.fromEntries(
      Object.keys(bound.hyperdrives ?? {}).map((binding) => [binding, databaseUrl]),
    ),
    unsafeDirectSockets: socket && [{ host: "127.0.0.1", port: 0, ...socket, entrypoint: DIRECT }],
    ...overrides,
  };
}

/**
 * Runs Workers in one workerd.
 *
 * @param {object[]} workers of `workerOptions`
 * @param {object} [shared] further options of miniflare, such as `resourcePersistencePath`
 */
export function runWorkers(workers, shared = {}) {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED ??= "false";
  return new Miniflare(
    convertV4MiniflareOptions({ host: "127.0.0.1", port: 0, ...shared, workers }),
  );
}

// wrangler is heavy and logs on import, so it is loaded when needed; it wants a connection string
// in the environment for each Hyperdrive binding before it gives any option.
async function boundOptions(databaseUrl) {
  const { unstable_getMiniflareWorkerOptions: options, unstable_readConfig: read } =
    await import("wrangler");
  const config = read({ config: inRoot("wrangler.toml") });
  for (const each of config.hyperdrive) each.localConnectionString = databaseUrl;
  return options(config);
}

/** The entry and what it imports as one module, and the binary modules beside it. */
async function bundle(entry, siteBin) {
  const binaries = new Map();
  const { outputFiles } = await build({
    stdin: { contents: exportsOf(entry), resolveDir: root, sourcefile: "bundle.js" },
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    absWorkingDir: root,
    write: false,
    plugins: [collect(binaries)],
  });
  const modules = [
    { type: "ESModule", path: resolve(root, "bundle.js"), contents: outputFiles[0].text },
  ];
  for (const [path, name] of binaries) {
    const isSite = siteBin !== undefined && basename(path) === "site.bin";
    const contents = isSite ? siteBin : await readFile(path);
    modules.push({
      type: MODULE_TYPES[extname(path)],
      path: resolve(root, name),
      contents: Uint8Array.from(contents),
    });
  }
  return modules;
}

function exportsOf(entry) {
  const from = JSON.stringify(entry);
  return `export * from ${from}; export { default, default as ${DIRECT} } from ${from};`;
}

/** Leaves imports of binary files in place, under a flat name, and notes which files they are. */
function collect(binaries) {
  return {
    name: "binary-modules",
    setup({ onResolve }) {
      onResolve({ filter: /\.(wasm|bin)$/ }, ({ path, resolveDir }) => {
        const full = resolve(resolveDir, path);
        if (!binaries.has(full)) binaries.set(full, `${binaries.size}-${basename(full)}`);
        return { path: `./${binaries.get(full)}`, external: true };
      });
    },
  };
}
