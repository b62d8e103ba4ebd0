// The Worker in several data centres: one isolate each, which share KV, the shield, the purge log and the
// metrics as they do when deployed. Cron calls the first one, as the platform would call any.

import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { runWorkers, workerOptions } from "../../bundle.mjs";
import { atEnd, isClosing } from "../../setup/closing.mjs";
import { freePort } from "../../setup/port.mjs";
import { state } from "../../setup/paths.mjs";
import { keepingSignals } from "../direct.mjs";

/** Each with its part of the requests, and with the countries that they come from. */
export const PLACES = [
  {
    name: "AMS",
    weight: 5,
    countries: [
      ["NL", 5],
      ["DE", 3],
      ["BE", 1],
      ["FR", 1],
    ],
  },
  {
    name: "LHR",
    weight: 3,
    countries: [
      ["GB", 8],
      ["IE", 2],
    ],
  },
  {
    name: "IAD",
    weight: 2,
    countries: [
      ["US", 7],
      ["CA", 2],
      ["BR", 1],
    ],
  },
];

/** The lines of wrangler.toml's `crons`: each how many minutes they are due, and how many past that. */
const CRONS = [
  ["* * * * *", 1, 0],
  ["*/5 * * * *", 5, 0],
  ["*/15 * * * *", 15, 0],
  ["5 * * * *", 60, 5],
];

const MINUTE_MS = 60_000;

/**
 * Starts them. The first listens on `port`, where the dashboard is looked at.
 *
 * @returns {Promise<{ urls: string[] }>}
 */
export async function startPlaces({ port, databaseUrl, secrets, siteBin }) {
  const ports = [port];
  while (ports.length < PLACES.length) ports.push(await freePort());
  const workers = await Promise.all(
    PLACES.map(({ name }, index) =>
      workerOf(name, { port: ports[index], databaseUrl, secrets, siteBin }),
    ),
  );
  mkdirSync(join(state, "logs"), { recursive: true });
  const log = createWriteStream(join(state, "logs", "incident.log"));
  const running = keepingSignals(() =>
    runWorkers(workers, {
      handleStructuredLogs: ({ level, message }) => log.write(`${level}: ${message}\n`),
    }),
  );
  atEnd(() => running.dispose());
  await running.ready;
  const stop = callEachMinute(await running.getWorker(PLACES[0].name));
  atEnd(async () => stop());
  return { urls: ports.map((each) => `http://127.0.0.1:${each}`) };
}

async function workerOf(name, { port, databaseUrl, secrets, siteBin }) {
  const worker = await workerOptions({
    databaseUrl,
    apiToken: secrets.API_TOKEN,
    adminToken: secrets.ADMIN_TOKEN,
    name,
    siteBin,
    entry: "scripts/dev/incident/entry.js",
    vars: { PLACE: name, FOREBAY_LOG: "errors" },
    socket: { port },
  });
  const [owner] = PLACES;
  if (name === owner.name) return worker;
  for (const [binding, object] of Object.entries(worker.durableObjects)) {
    const className = typeof object === "string" ? object : object.className;
    worker.durableObjects[binding] = { className, scriptName: owner.name };
  }
  return worker;
}

/** Calls the scheduled handler at each full minute; gives what ends that. */
function callEachMinute(worker) {
  let timer;
  const wait = () => {
    const next = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
    timer = setTimeout(() => {
      call(worker, next);
      wait();
    }, next - Date.now());
  };
  wait();
  return () => clearTimeout(timer);
}

function call(worker, time) {
  for (const [cron, every, past] of CRONS) {
    if ((time / MINUTE_MS) % every !== past) continue;
    worker
      .scheduled({ scheduledTime: new Date(time), cron })
      .catch((error) => isClosing() || console.error(`cron ${cron}: ${error.message}`));
  }
}
