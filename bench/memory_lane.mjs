// Requests a second of a hit in memory: a bare JavaScript Worker with a few headers and with all of
// Forebay's, Forebay with log lines for errors only, the same without measuring, and with a log line a
// request.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import autocannon from "autocannon";
import { DIRECT, runWorkers, workerOptions } from "../scripts/bundle.mjs";
import { capture } from "../scripts/setup/command.mjs";
import { configFile, inRoot } from "../scripts/setup/paths.mjs";
import { cli } from "../scripts/setup/site.mjs";

const PATH = "/api/pitches/1";
const CONNECTIONS = 32;
const FEW_HEADERS = {
  "Content-Type": "application/json",
  Age: "0",
  ETag: '"0123456789abcdef"',
  "Cache-Control": "public, max-age=900",
  "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT",
  "X-Cache-Status": "HIT",
  "X-Request-ID": "0123456789abcdef",
};

export async function compareMemoryLane({ databaseUrl, secrets, rounds, seconds }) {
  const forebay = (requests, siteBin) =>
    forebayWorker({ databaseUrl, secrets, requests, siteBin });
  const quiet = await started(MEASURED, await forebay("errors"));
  const answer = await warmed(quiet.url);
  const contenders = [
    await started("bare JavaScript, 7 headers", bareWorker(answer.body, FEW_HEADERS)),
    await started("bare JavaScript, the same headers", bareWorker(answer.body, answer.headers)),
    quiet,
    await started(UNMEASURED, await forebay("errors", await unmeasuredSite())),
    await started("Forebay, all requests logged", await forebay("all")),
  ];
  for (const each of contenders.slice(-2)) await warmed(each.url);
  for (let round = 0; round < rounds; round++) {
    for (const each of contenders) each.rates.push(await rate(each.url, seconds));
    console.log(`  round ${round + 1} of ${rounds}`);
  }
  for (const each of contenders) await each.workers.dispose();
  report(contenders, { rounds, seconds, bodyBytes: answer.body.length });
}

const MEASURED = "Forebay, errors logged";
const UNMEASURED = "Forebay, the same, nothing measured";

const forebayWorker = ({ databaseUrl, secrets, requests, siteBin }) =>
  workerOptions({
    databaseUrl,
    siteBin,
    apiToken: secrets.API_TOKEN,
    adminToken: secrets.ADMIN_TOKEN,
    vars: { FOREBAY_LOG: requests },
    socket: {},
  });

/** The same site, but for what it measures. */
async function unmeasuredSite() {
  const folder = mkdtempSync(join(tmpdir(), "forebay-bench-"));
  try {
    const config = join(folder, "forebay.toml");
    const text = readFileSync(configFile(), "utf8");
    writeFileSync(config, `${text}\n[metrics]\nrecord = "nothing"\n`);
    const queries = join(dirname(configFile()), "queries");
    cpSync(queries, join(folder, "queries"), { recursive: true });
    const out = join(folder, "site.bin");
    const made = await capture(cli, ["compile", "--config", config, "--out", out]);
    if (made.code !== 0) throw new Error(`the site without metrics: ${made.stderr}`);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The floor of the runtime: the same bytes, and nothing decided. */
function bareWorker(body, headers) {
  const contents = `
    const body = new TextEncoder().encode(${JSON.stringify(body)});
    const headers = ${JSON.stringify(headers)};
    const worker = { fetch() { return new Response(body, { headers }); } };
    export { worker as default, worker as ${DIRECT} };`;
  return {
    name: "forebay",
    compatibilityDate: "2026-11-16",
    modules: [{ type: "ESModule", path: "bare.js", contents }],
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0, entrypoint: DIRECT }],
  };
}

async function started(name, worker) {
  const workers = runWorkers([worker], { handleStructuredLogs: () => {} });
  await workers.ready;
  const url = new URL(PATH, await workers.unsafeGetDirectURL("forebay", DIRECT)).href;
  return { name, workers, url, rates: [] };
}

/** Asks until the answer comes out of memory; a bench of misses would be a lie. */
async function warmed(url) {
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

async function rate(url, seconds) {
  const result = await autocannon({ url, connections: CONNECTIONS, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers but 2xx, ${result.errors} errors`);
  return result.requests.average;
}

function report(contenders, how) {
  const rows = contenders.map(({ name, rates }) => ({ name, median: median(rates), rates }));
  const floor = rows[0].median;
  console.log(`\nA hit in memory, ${how.bodyBytes} bytes, ${CONNECTIONS} connections, medians of ${how.rounds}:\n`);
  for (const row of rows) {
    row.ratio = Number((row.median / floor).toFixed(2));
    const rate = Math.round(row.median).toLocaleString("en").padStart(8);
    console.log(`  ${row.name.padEnd(36)}${rate} requests/s   ${row.ratio.toFixed(2)}`);
  }
  const of = (wanted) => rows.find(({ name }) => name === wanted);
  const measuring = pairwise(of(MEASURED).rates, of(UNMEASURED).rates);
  console.log(`\n  Measuring leaves ${measuring.toFixed(3)} of the speed without it.`);
  mkdirSync(inRoot("bench", "results"), { recursive: true });
  const file = inRoot("bench", "results", "memory_lane.json");
  const cores = cpus().length;
  writeFileSync(file, `${JSON.stringify({ cores, connections: CONNECTIONS, ...how, measuring, rows }, null, 2)}\n`);
}

/** The median of the rounds' ratios: what slows a round down slows both. */
const pairwise = (rates, others) => median(rates.map((rate, round) => rate / others[round]));

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
