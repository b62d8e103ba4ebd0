// Chromium, signed in to the dashboard with the real token.

import { chromium } from "playwright-core";
import { atEnd } from "../../setup/closing.mjs";
import { SetupFailure } from "../../setup/failure.mjs";
import { findChromium } from "../../suites/chromium.mjs";

export const DESKTOP = { width: 1280, height: 900 };

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/**
 * @param {{ url: string, adminToken: string }} of
 * @returns {Promise<(options?: object) => Promise<import("playwright-core").Page>>} opens a window of its
 *   own, which is signed in and shows nothing yet
 */
export async function openBrowser({ url, adminToken }) {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new SetupFailure(
      "There is no Chromium, and the drill looks at the dashboard with one.",
      "Install Chromium or Chrome, or set CHROMIUM_PATH to its program.",
    );
  }
  const browser = await chromium.launch({
    executablePath,
    args: FLAGS,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  atEnd(() => browser.close());
  const first = await browser.newContext({ baseURL: url, viewport: DESKTOP });
  await signIn(await first.newPage(), adminToken);
  const storageState = await first.storageState();
  await first.close();
  return async (options = {}) => {
    const context = await browser.newContext({
      baseURL: url,
      viewport: DESKTOP,
      reducedMotion: "reduce",
      timezoneId: "UTC",
      storageState,
      ...options,
    });
    return context.newPage();
  };
}

async function signIn(page, adminToken) {
  await page.goto("/dashboard");
  await page.getByLabel("Admin token").fill(adminToken);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Views" }).waitFor();
}
