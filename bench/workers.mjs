// Workers that are set side by side, each in a runtime of its own, and what the benchmarks share.

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { DIRECT, runWorkers, workerOptions } from "../scripts/bundle.mjs";
import { inRoot } from "../scripts/setup/paths.mjs";
import { children } from "./cpu_time.mjs";

const PATH = "/api/pitches/1";

/** Forebay, with log lines for `requests`, of a site other than the checkout's if one is given. */
export const forebayWorker = ({ databaseUrl, secrets, requests, siteBin }) =>
  workerOptions({
    databaseUrl,
    siteBin,
    apiToken: secrets.API_TOKEN,
    adminToken: secrets.ADMIN_TOKEN,
    vars: { FOREBAY_LOG: requests },
    socket: {},
  });

/** A Worker that answers; `pid` of its runtime, where the system tells it. */
export async function started(name, worker) {
  const before = children();
  const workers = runWorkers([worker], { handleStructuredLogs: () => {} });
  await workers.ready;
  const url = new URL(PATH, await workers.unsafeGetDirectURL("forebay", DIRECT)).href;
  const pid = children().find((each) => !before.includes(each));
  return { name, workers, url, pid, rates: [] };
}

/** Asks until the answer comes out of memory; a bench of misses would be a lie. */
export async function warmed(url) {
  for (let attempt = 0; attempt < 20; attempt++) {
    const response = await fetch(url, { headers: { "accept-encoding": "identity" } });
    const body = await response.text();
    const status = response.headers.get("cache-status") ?? "";
    if (response.ok && /^forebay-memory; hit/.test(status)) {
      const { "content-length": _, ...headers } = Object.fromEntries(response.headers);
      return { body, headers };
    }
  }
  throw new Error(`${url} is not answered from memory`);
}

/** Writes a result to where the last one is. */
export function kept(name, result) {
  mkdirSync(inRoot("bench", "results"), { recursive: true });
  const text = JSON.stringify({ cores: cpus().length, ...result }, null, 2);
  writeFileSync(inRoot("bench", "results", name), `${text}\n`);
}

export const median = (numbers) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
