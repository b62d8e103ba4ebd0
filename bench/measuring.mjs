// What metrics cost a hit in memory: the processor's time of a hit with them, of that without them. The
// difference is smaller than what a shared machine does to either from one second to the next, so that
// short turns alternate, thousands of them, and the Workers are started anew a few times: no two instances
// of the same program cost quite the same. How far two of them are apart is told beside it.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { capture } from "../scripts/setup/command.mjs";
import { configFile } from "../scripts/setup/paths.mjs";
import { cli } from "../scripts/setup/site.mjs";
import { cpuMicros } from "./cpu_time.mjs";
import { forebayWorker, kept, median, started, warmed } from "./workers.mjs";

/** Requests of one turn. */
const TURN = 400;

/** Turns before it counts: the runtime compiles what is called often. */
const TURNS_UNCOUNTED = 20;

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

export async function weighMeasuring({ databaseUrl, secrets, starts, turns }) {
  const without = await unmeasuredSite();
  const worker = (siteBin) => forebayWorker({ databaseUrl, secrets, requests: "errors", siteBin });
  const all = { measured: [], same: [] };
  for (let start = 0; start < starts; start++) {
    const sites = [undefined, without, without];
    const contenders = [];
    // Who is started first changes: it is not the same to be.
    for (let next = 0; next < sites.length; next++) {
      const which = (start + next) % sites.length;
      contenders[which] = await started("Forebay", await worker(sites[which]));
    }
    if (contenders.some(({ pid }) => pid === undefined)) {
      console.log(
        "\n  What measuring costs is not weighed: this system does not tell a process's time.",
      );
      for (const each of contenders) await each.workers.dispose();
      return;
    }
    for (const each of contenders) await warmed(each.url);
    const [measured, not, either] = await costs(contenders, turns);
    for (const each of contenders) await each.workers.dispose();
    all.measured.push(
      median(measured.map((cost, turn) => (2 * cost) / (not[turn] + either[turn]))),
    );
    all.same.push(median(either.map((cost, turn) => cost / not[turn])));
    console.log(`  start ${start + 1} of ${starts}`);
  }
  agent.destroy();
  report(all, { starts, turns, requests: TURN });
}

/** Microseconds of the processor for a request, of each contender in each turn. */
async function costs(contenders, turns) {
  const all = contenders.map(() => []);
  for (let turn = -TURNS_UNCOUNTED; turn < turns; turn++) {
    // What a Worker does behind its answers is its cost too, also while another one is asked.
    const before = contenders.map(({ pid }) => cpuMicros(pid));
    for (let each = 0; each < contenders.length; each++) {
      // Who goes first changes: the first one finds the caches cold.
      const next = contenders[(each + turn + TURNS_UNCOUNTED) % contenders.length];
      await Promise.all(Array.from({ length: TURN }, () => asked(next.url)));
    }
    if (turn < 0) continue;
    contenders.forEach(({ pid }, which) =>
      all[which].push((cpuMicros(pid) - before[which]) / TURN),
    );
  }
  return all;
}

function asked(url) {
  return new Promise((done, failed) => {
    const request = get(url, { agent }, (response) => {
      const hit = /^forebay-memory; hit/.test(response.headers["cache-status"]);
      if (!hit) failed(new Error(`${url}: ${response.statusCode}, not out of memory`));
      response.on("error", failed).on("end", done).resume();
    });
    request.on("error", failed);
  });
}

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

function report({ measured, same }, how) {
  const result = { ...how, measured: within(measured), same: within(same) };
  const told = ({ ratio, from, to }) =>
    `${ratio.toFixed(3)} (${from.toFixed(3)} to ${to.toFixed(3)})`;
  const rows = [
    ["with metrics, of without", result.measured],
    ["without, of without: the error", result.same],
  ];
  console.log(
    `\nThe processor's time of a hit in memory, medians of ${how.starts} starts (95 % interval):\n`,
  );
  for (const [name, row] of rows) console.log(`  ${name.padEnd(36)}${told(row)}`);
  kept("measuring.json", result);
}

/**
 * The median of the starts, and the ranks between which it lies with 95 % confidence (of a binomial's
 * normal form). Turns of one start are no samples of their own: its instances are the same in all of them.
 */
function within(starts) {
  const sorted = [...starts].sort((a, b) => a - b);
  const margin = (1.96 * Math.sqrt(sorted.length)) / 2;
  const at = (rank) => sorted[Math.min(Math.max(Math.round(rank), 0), sorted.length - 1)];
  const middle = (sorted.length - 1) / 2;
  return { ratio: median(sorted), from: at(middle - margin), to: at(middle + margin), starts };
}
