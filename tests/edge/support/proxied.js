// What tests of HTTP origins stand on: scripted origins, and Workers before them. There is no
// database: nothing here may need one.

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { inRoot } from "../../../scripts/setup/paths.mjs";
import { startOrigin } from "../scripted_origin.js";
import { compile, startWorkers } from "./workers.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 120_000 });

const SITE = inRoot("tests", "edge", "proxied", "forebay.toml");
const NOBODY = "postgres://nobody:none@127.0.0.1:9/none";

/** The origins of the site, as `http://NAME.invalid` in its file. */
const ORIGINS = ["app", "first", "second", "spare"];

/**
 * Makes them before the file's tests and ends them after. What is given back is filled in then: the
 * Workers, an origin under each name, and `origin`, which is `app`.
 *
 * @param {{names?: string[]}} [options]
 */
export function proxied({ names } = {}) {
  const here = {};
  beforeAll(async () => {
    for (const name of ORIGINS) here[name] = await startOrigin();
    here.origin = here.app;
    const siteBin = await compileFor(here);
    Object.assign(here, await startWorkers({ databaseUrl: NOBODY, siteBin, names }));
    [here.worker] = here.workers;
  });
  afterEach(({ task }) => {
    if (task.result?.state !== "fail") return;
    const failures = here.lines?.filter((line) => /"error":|^[^{]/.test(line)) ?? [];
    console.log(`What the Workers logged of failures:\n${failures.join("\n")}`);
  });
  afterAll(async () => {
    await here.stop?.();
    await Promise.all(ORIGINS.map((name) => here[name]?.stop()));
  });
  /** Every clock moves on alike, and what went on behind responses has ended. */
  here.pass = async (seconds) => {
    for (const name of ORIGINS) here[name].now += seconds * 1000;
    for (const worker of here.workers) {
      await worker.idle();
      await worker.pass(seconds);
    }
  };
  /** Scripts `app`, and gives what asks the first Worker for the path. */
  here.serve = (path, ...answers) => {
    here.origin.on(path, ...answers);
    return (headers = {}, method = "GET") => here.worker.ask(path, { headers, method });
  };
  return here;
}

/** Compiles a site in which `http://NAME.invalid` stands for the origin of that name. */
export async function compileFor(origins, site = SITE) {
  const folder = await mkdtemp(join(tmpdir(), "forebay-edge-"));
  try {
    await cp(dirname(site), folder, { recursive: true });
    const text = await readFile(site, "utf8");
    const own = text.replaceAll(/http:\/\/(\w+)\.invalid/g, (_, name) => origins[name].url);
    const file = join(folder, "forebay.toml");
    await writeFile(file, own);
    return await compile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const verdict = ({ headers }) => headers["x-cache-status"];

/** How an answer came about, and what it is. */
export const seen = (answer) => [answer.status, verdict(answer), answer.body.toString()];

export const fresh = (seconds = 60) => ["Cache-Control", `max-age=${seconds}`];
