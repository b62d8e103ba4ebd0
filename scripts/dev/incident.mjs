// `node scripts/dev/incident.mjs`: a drill. The product runs in three data centres over the demo's database
// and an HTTP origin, under a load that a seed makes; then an index is dropped and the origin dies. The
// dashboard is looked at in Chromium all the while: what its first screen says, and after how many seconds,
// is printed, and every view is kept as a picture in .forebay/screens. At the end all is made good again.
//
// With --pictures it also makes the pictures of the documents, docs/images/*.png.
// --out FOLDER          where the screens go
// INCIDENT_QUIET_S=240  how long all is well, INCIDENT_BAD_S=480 and how long it is not: alerts want at
//                       least seven minutes
// INCIDENT_RATE=24      requests a second; INCIDENT_SEED=1 makes another load; PORT=8790 the dashboard's

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { atEnd, closeAll, closeOnSignals } from "../setup/closing.mjs";
import { SetupFailure } from "../setup/failure.mjs";
import { onNewNode } from "../setup/node.mjs";
import { root, state } from "../setup/paths.mjs";
import { servingPort } from "../setup/port.mjs";
import { prepareAll } from "../setup.mjs";
import { chanceOf } from "./incident/chance.mjs";

/** After so much of the incident an operator has read enough and purges something. */
const PURGE_AT = 0.7;

/** What is left of the incident when the views are kept. */
const SCREENS_BEFORE_END_S = 30;

/** On a machine that is busy with other things the pictures take their time: not more than this. */
const LATE_S = 240;

await onNewNode(async () => {
  const settings = readSettings();
  closeOnSignals(130);
  try {
    await drill(settings);
  } finally {
    await closeAll();
  }
});

function readSettings() {
  const options = { pictures: { type: "boolean", default: false }, out: { type: "string" } };
  const { values } = parseArgs({ options });
  process.env.PORT ||= "8790";
  for (const name of ["DATABASE_URL", "FOREBAY_CONFIG"]) {
    if (!process.env[name]) continue;
    throw new SetupFailure(
      `${name} is set, and the drill takes the demo and its embedded database alone: it drops an index.`,
      `Unset it: env -u ${name} node scripts/dev/incident.mjs`,
    );
  }
  return {
    pictures: values.pictures,
    folder: values.out ? resolve(root, values.out) : join(state, "screens"),
    quietS: number("INCIDENT_QUIET_S", 240),
    badS: number("INCIDENT_BAD_S", 480),
    perSecond: number("INCIDENT_RATE", 24),
    seed: number("INCIDENT_SEED", 0),
  };
}

function number(name, usual) {
  const text = process.env[name] || String(usual);
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new SetupFailure(`${name} is "${text}", which is no number.`, `Unset it for ${usual}.`);
}

async function drill(settings) {
  const prepared = await prepare(settings);
  const lateMs = (settings.quietS + settings.badS + LATE_S) * 1000;
  const late = pause(lateMs, undefined, { ref: false }).then(() => {
    throw new SetupFailure(
      `The drill did not end within ${lateMs / 1000} s, so it was ended.`,
      "Run it while the machine has less to do, or with a lower INCIDENT_RATE.",
    );
  });
  await Promise.race([run(settings, prepared), late]);
}

async function run(settings, { open, load, harm }) {
  console.log(
    `\nAll is well for ${settings.quietS} s, at ${settings.perSecond} requests a second.`,
  );
  await pause(settings.quietS * 1000);

  console.log(`Now ${harm.what}. The first screen says, after so many seconds:`);
  await harm.begin();
  const began = Date.now();
  const { watchFirstScreen } = await import("./incident/first_screen.mjs");
  const leave = await watchFirstScreen(open);
  const said = await suffer(settings, open, began).finally(leave);
  await harm.mend();
  report(settings, await leave(), load.stop(), said);
}

async function prepare({ perSecond, seed }) {
  const port = await servingPort();
  console.log("Setting up Forebay; what is done already is skipped.");
  const { databaseUrl, secrets } = await prepareAll();
  // What needs npm packages is imported when they are there.
  const [{ startOrigin }, { harmOf, familiesOf }, { compileDrill }, { startPlaces }] =
    await Promise.all([
      import("./incident/origin.mjs"),
      import("./incident/harm.mjs"),
      import("./incident/site.mjs"),
      import("./incident/places.mjs"),
    ]);
  const [{ beginLoad }, { openBrowser }] = await Promise.all([
    import("./incident/load.mjs"),
    import("./incident/window.mjs"),
  ]);
  const origin = await startOrigin(chanceOf(seed + 1));
  atEnd(() => origin.die());
  const harm = harmOf({ databaseUrl, origin });
  await harm.mend();
  atEnd(async () => {
    await harm.mend();
    console.log("The index is there again.");
  });
  const siteBin = await compileDrill(origin.url);
  const { urls } = await startPlaces({ port, databaseUrl, secrets, siteBin });
  const open = await openBrowser({ url: urls[0], adminToken: secrets.ADMIN_TOKEN });
  const families = await familiesOf(databaseUrl);
  const load = beginLoad({
    urls,
    apiToken: secrets.API_TOKEN,
    families,
    perSecond,
    chance: chanceOf(seed),
  });
  atEnd(async () => void load.stop());
  console.log(`\n${urls.join(", ")}: the dashboard is at ${urls[0]}/dashboard`);
  return { open, load, harm };
}

/** The incident, to its end: a purge, and pictures of what is to be seen by then. */
async function suffer({ badS, folder, pictures }, open, began) {
  const { takePictures, takeReceipt, takeScreens } = await import("./incident/screens.mjs");
  const until = (second) => pause(Math.max(0, began + second * 1000 - Date.now()));
  await until(badS * PURGE_AT);
  const purged = await takeReceipt(open, folder);
  await until(Math.max(badS * PURGE_AT, badS - SCREENS_BEFORE_END_S));
  if (pictures) await takePictures(open);
  const tooWide = await takeScreens(open, folder);
  return { purged, tooWide };
}

function report({ folder }, said, { sent, unanswered, statuses }, { purged, tooWide }) {
  mkdirSync(folder, { recursive: true });
  const load = { sent, unanswered, statuses };
  writeFileSync(join(folder, "said.json"), `${JSON.stringify({ said, load, purged }, null, 2)}\n`);
  const answers = Object.entries(statuses).map(([status, count]) => `${status} ${count}×`);
  console.log(`\n${sent} requests: ${answers.join(", ")}; ${unanswered} had no answer.`);
  console.log(`${purged}. All is made good again. The screens are in ${folder}.`);
  for (const each of tooWide) console.log(`wider than its window: ${each}`);
}
