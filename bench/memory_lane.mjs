// Requests a second of a hit in memory: a bare JavaScript Worker with a few headers and with all of
// Forebay's, Forebay with log lines for errors only, and with a log line a request.

import autocannon from "autocannon";
import { DIRECT } from "../scripts/bundle.mjs";
import { forebayWorker, kept, median, started, warmed } from "./workers.mjs";

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
  const forebay = (requests) => forebayWorker({ databaseUrl, secrets, requests });
  const quiet = await started("Forebay, errors logged", await forebay("errors"));
  const answer = await warmed(quiet.url);
  const contenders = [
    await started("bare JavaScript, 7 headers", bareWorker(answer.body, FEW_HEADERS)),
    await started("bare JavaScript, the same headers", bareWorker(answer.body, answer.headers)),
    quiet,
    await started("Forebay, all requests logged", await forebay("all")),
  ];
  await warmed(contenders.at(-1).url);
  for (let round = 0; round < rounds; round++) {
    for (const each of contenders) each.rates.push(await rate(each.url, seconds));
    console.log(`  round ${round + 1} of ${rounds}`);
  }
  for (const each of contenders) await each.workers.dispose();
  report(contenders, { rounds, seconds, bodyBytes: answer.body.length });
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

async function rate(url, seconds) {
  const result = await autocannon({ url, connections: CONNECTIONS, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers but 2xx, ${result.errors} errors`);
  return result.requests.average;
}

function report(contenders, how) {
  const rows = contenders.map(({ name, rates }) => ({ name, median: median(rates), rates }));
  const floor = rows[0].median;
  console.log(
    `\nA hit in memory, ${how.bodyBytes} bytes, ${CONNECTIONS} connections, medians of ${how.rounds}:\n`,
  );
  for (const row of rows) {
    row.ratio = Number((row.median / floor).toFixed(2));
    const rate = Math.round(row.median).toLocaleString("en").padStart(8);
    console.log(`  ${row.name.padEnd(36)}${rate} requests/s   ${row.ratio.toFixed(2)}`);
  }
  kept("memory_lane.json", { connections: CONNECTIONS, ...how, rows });
}
