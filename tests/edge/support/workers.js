// Workers on workerd, by their direct sockets, with nothing of miniflare's between them and a test.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DIRECT, runWorkers, workerOptions } from "../../../scripts/bundle.mjs";
import { inRoot } from "../../../scripts/setup/paths.mjs";
import { cli } from "../../../scripts/setup/site.mjs";
import { ask, open } from "./client.js";
import { until } from "./until.js";

export const API_TOKEN = "the-token-of-the-edge-tests";
export const ADMIN_TOKEN = "the-admin-token-of-the-edge-tests";
export const bearer = { authorization: `Bearer ${API_TOKEN}` };

/** A request id that Forebay gave. */
export const OWN_ID = /^[0-9a-f]{20}-\w+$/;

/**
 * Where every test's clock starts: far ahead of the real one, by which the runtime fires alarms. Behind
 * it, an alarm that is set by the test's clock would be due at once, again and again.
 */
export const START = Date.UTC(2040, 10, 21, 12, 0, 0);

export const SITES = {
  demo: inRoot("forebay.toml"),
  edge: inRoot("tests", "edge", "site", "forebay.toml"),
  measured: inRoot("tests", "edge", "measured", "forebay.toml"),
  told: inRoot("tests", "edge", "told", "forebay.toml"),
  operated: inRoot("tests", "edge", "operated", "forebay.toml"),
  protected: inRoot("tests", "edge", "protected", "forebay.toml"),
  alerted: inRoot("tests", "edge", "alerted", "forebay.toml"),
  failing: inRoot("tests", "edge", "failing", "forebay.toml"),
};

/** A configuration's bytes, as the Worker loads them. */
export async function compile(config) {
  const folder = await mkdtemp(join(tmpdir(), "forebay-edge-"));
  try {
    const out = join(folder, "site.bin");
    await promisify(execFile)(cli, ["compile", "--config", config, "--out", out]);
    return await readFile(out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Starts Workers that share KV, and the Cache API unless a test gives one another `colo`.
 *
 * @param {object} given
 * @param {string} given.databaseUrl
 * @param {Record<string, string>} [given.hyperdrives] further bindings, and what they connect to
 * @param {string} [given.config] the site's file
 * @param {Uint8Array} [given.siteBin] in place of a compiled `config`
 * @param {string[]} [given.names] of the Workers; the first one owns the shield of all
 * @param {string} [given.apiToken]
 * @param {Record<string, string>} [given.vars] further variables and secrets of each Worker
 * @param {object} [given.bindings] further bindings of each Worker, as miniflare's options
 * @param {string} [given.keep] a folder in which KV and the Durable Objects outlive the Workers
 */
export async function startWorkers({
  databaseUrl,
  hyperdrives,
  config,
  siteBin,
  names = ["first"],
  apiToken = API_TOKEN,
  vars,
  bindings,
  keep,
}) {
  const site = siteBin ?? (await compile(config));
  const [owner] = names;
  const options = names.map(async (name) => {
    const worker = await workerOptions({
      databaseUrl,
      apiToken,
      adminToken: ADMIN_TOKEN,
      // Nothing is told behind a response: tests wait until nothing goes on.
      vars: { FOREBAY_FLUSH: "held", ...vars },
      name,
      siteBin: site,
      entry: "tests/edge/entry_with_clock.js",
      socket: {},
      overrides: bindings,
    });
    Object.assign(worker.hyperdrives, hyperdrives);
    // As it is when deployed: every isolate of every place asks the same shield objects.
    if (name !== owner) {
      worker.durableObjects.SHIELD = { className: "Shield", scriptName: owner };
      worker.durableObjects.PURGE_LOG = { className: "PurgeLog", scriptName: owner };
      worker.durableObjects.METRICS_LOG = { className: "Metrics", scriptName: owner };
    }
    return worker;
  });
  const lines = [];
  const miniflare = runWorkers(await Promise.all(options), {
    handleStructuredLogs: ({ message }) => lines.push(message),
    ...(keep && { resourcePersistencePath: keep }),
  });
  await miniflare.ready;
  const workers = [];
  for (const name of names) {
    const url = (await miniflare.unsafeGetDirectURL(name, DIRECT)).href;
    const worker = makeWorker(url, miniflare, name);
    await worker.control({ now: START });
    workers.push(worker);
  }
  return { workers, lines, miniflare, stop: () => miniflare.dispose() };
}

function makeWorker(url, miniflare, name) {
  let now = START;
  const control = async (change) =>
    (await ask(url, "/.edge/control", { method: "POST", json: change })).json();
  return {
    url,
    control,
    ask: (target, options) => ask(url, target, options),
    /** The same request, past the lane that answers from memory. */
    askAsynchronously: (target, options = {}) =>
      ask(url, target, {
        ...options,
        headers: { ...options.headers, "x-edge-asynchronous": "1" },
      }),
    open: (target, options) => open(url, target, options),
    /** Moves the isolate's clock on. */
    async pass(seconds) {
      now += seconds * 1000;
      await control({ now });
    },
    /** Resolves once nothing goes on behind responses. */
    idle: () => until("nothing goes on", async () => (await control({})).background === 0),
    /** How many requests took the asynchronous lane so far. */
    asynchronous: async () => (await control({})).asynchronous,
    kv: () => miniflare.getKVNamespace("CACHE", name),
    metricsKv: () => miniflare.getKVNamespace("METRICS", name),
    /** What the scheduler's call of one line does at this time. */
    scheduled: async (time, cron) =>
      (await miniflare.getWorker(name)).scheduled({ scheduledTime: new Date(time), cron }),
    /** Fires the cron trigger. */
    cron: async () => (await miniflare.getWorker(name)).scheduled({ cron: "* * * * *" }),
  };
}
