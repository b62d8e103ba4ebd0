// An alert from the dashboard's side: it is pending, fires, is silenced, and is over. The Worker's clock is
// the test's, so that five minutes pass at once.

import { expect, test } from "vitest";
import { makeDatabase } from "../edge/support/database.js";
import { leaveServer, serverUrl } from "../edge/support/server.js";
import { ADMIN_TOKEN, SITES, START, startWorkers } from "../edge/support/workers.js";
import { dashboard } from "./support/dashboard.js";

let worker;

async function start() {
  const database = await makeDatabase(await serverUrl(), "dashboard_alerts");
  const { workers, stop } = await startWorkers({ databaseUrl: database.url, config: SITES.edge });
  [worker] = workers;
  return {
    origin: new URL(worker.url).origin,
    async stop() {
      await stop();
      await database.drop();
      await leaveServer();
    },
  };
}

const here = dashboard({ start, token: ADMIN_TOKEN });
const REQUESTS = 30;

let passed = 0;

/** The clock goes to so many seconds after START. */
async function passTo(seconds) {
  await worker.pass(seconds - passed);
  passed = seconds;
}

/** What was measured is told, and cron evaluates. */
async function evaluate() {
  expect((await here.ask("/monitoring/performance")).status).toBe(200);
  await worker.scheduled(START + passed * 1000, "* * * * *");
}

test("an alert fires, is silenced, and resolves, in a page that is open all the while", async () => {
  const ask = async (id) => worker.ask(`/things/${id}`);
  const misses = async (first) => {
    for (let id = first; id < first + REQUESTS; id += 1) await ask(id);
  };
  const { page } = await here.signedIn("/dashboard/alerts");
  const alert = page.getByRole("listitem").filter({ hasText: "low-hit-rate" });
  const says = (state) => alert.getByText(state, { exact: true }).waitFor();
  await says("ok");

  await misses(100);
  await passTo(20);
  await evaluate();
  await says("pending");

  await passTo(280);
  await misses(200);
  await passTo(330);
  await evaluate();
  await says("firing, critical");
  await page.getByRole("link", { name: /Alerts.*1 firing/ }).waitFor();

  await alert.getByRole("button", { name: "Silence low-hit-rate" }).click();
  const dialog = page.getByRole("dialog", { name: "Silence low-hit-rate" });
  await dialog.getByRole("button", { name: "Silence" }).click();
  await dialog.getByText("Write why, for those who come after you.").waitFor();
  await dialog.getByLabel("Why").fill("caches are warming up");
  await dialog.getByRole("button", { name: "Silence" }).click();
  const silences = page.getByRole("table", { name: "Silences" });
  await silences.getByText("caches are warming up").waitFor();
  await alert.getByText(/^Silenced until/).waitFor();
  await silences.getByRole("button", { name: /^End it/ }).click();
  await silences.waitFor({ state: "detached" });

  // It is over once it has been well for as long as it had to be bad.
  for (const since of [700, 1010]) {
    await passTo(since);
    for (let time = 0; time < REQUESTS; time += 1) await ask(100);
    await passTo(since + 20);
    await evaluate();
  }
  await says("ok");
  await page.getByRole("table", { name: "Runs of cron" }).waitFor();
});
