// What a file of tests stands on: a database of its own, and Workers over it.

import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { makeDatabase } from "./database.js";
import { leaveServer, serverUrl } from "./server.js";
import { SITES, startWorkers } from "./workers.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 120_000 });

// A file may stand on several; the last one that ends leaves the server.
let standing = 0;

/**
 * Makes them before the file's tests and ends them after. What is given back is filled in then.
 *
 * @param {string} name of the database, one for each file
 * @param {{site?: keyof typeof SITES, names?: string[], vars?: Record<string, string>,
 *   bindings?: object}} [options]
 */
export function edge(name, { site = "edge", names, vars, bindings } = {}) {
  const here = {};
  standing += 1;
  beforeAll(async () => {
    here.database = await makeDatabase(await serverUrl(), name);
    const { url } = here.database;
    Object.assign(
      here,
      await startWorkers({ databaseUrl: url, config: SITES[site], names, vars, bindings }),
    );
    [here.worker] = here.workers;
  });
  afterEach(({ task }) => {
    if (task.result?.state !== "fail") return;
    const failures = here.lines?.filter((line) => /"error":|^[^{]/.test(line)) ?? [];
    console.log(`What the Workers of ${name} logged of failures:\n${failures.join("\n")}`);
  });
  afterAll(async () => {
    await here.stop?.();
    await here.database?.drop();
    standing -= 1;
    if (standing === 0) await leaveServer();
  });
  return here;
}
