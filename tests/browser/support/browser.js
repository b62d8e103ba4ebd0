// Chromium over a Worker. Each test gets windows of its own, so that nothing that one has done is seen by
// another.

import { chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { findChromium } from "../../../scripts/suites/chromium.mjs";
import { startWorker } from "./worker.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** The page itself had read enough. */
const GIVEN_UP = "net::ERR_ABORTED";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * @typedef {object} Window
 * @property {import("playwright-core").Page} page
 * @property {string[]} complaints what the browser complained about so far: errors of scripts,
 *   lines on the console, violations of the content security policy, requests that failed
 */

/**
 * Starts both before the file's tests and ends them after; fills in what it gives back.
 *
 * @param {() => Promise<{origin: string, stop: () => Promise<void>}>} [start] what is looked at; the demo
 */
export function browser(start = startWorker) {
  const here = {};
  const contexts = [];
  beforeAll(async () => {
    const worker = await start();
    here.stop = worker.stop;
    here.origin = worker.origin;
    here.browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(async () => {
    await here.browser?.close();
    await here.stop?.();
  });

  /**
   * Opens a path as a person would; resolves once everything on it has loaded.
   *
   * @param {string} path
   * @param {import("playwright-core").BrowserContextOptions} [options]
   * @param {(page: import("playwright-core").Page) => Promise<void>} [prepare] before it is opened
   * @returns {Promise<Window>}
   */
  here.open = async (path, options = {}, prepare = async () => {}) => {
    const context = await here.browser.newContext({
      viewport: DESKTOP,
      reducedMotion: "reduce",
      ...options,
    });
    contexts.push(context);
    const page = await context.newPage();
    const complaints = await listen(page);
    await prepare(page);
    await page.goto(here.origin + path, { waitUntil: "load" });
    return { page, complaints };
  };
  return here;
}

async function listen(page) {
  const complaints = [];
  await page.exposeFunction("complain", (what) => complaints.push(what));
  await page.addInitScript(() =>
    document.addEventListener("securitypolicyviolation", (event) =>
      window.complain(`policy: ${event.violatedDirective} refused ${event.blockedURI}`),
    ),
  );
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("console", (line) => complaints.push(`console: ${line.type()}: ${line.text()}`));
  page.on("requestfailed", (request) => {
    const { errorText } = request.failure();
    if (errorText !== GIVEN_UP) complaints.push(`no answer: ${request.url()}: ${errorText}`);
  });
  return complaints;
}
