// The dashboard, as somebody sees it who has signed in: over the Worker's own answers, or over made-up
// ones.

import { browser } from "./browser.js";
import { answer } from "./dashboard_answers.js";
import { ADMIN_TOKEN } from "./worker.js";

export { DESKTOP, PHONE } from "./browser.js";

export const VIEWS = {
  overview: "/dashboard",
  routes: "/dashboard/routes",
  places: "/dashboard/places",
  shield: "/dashboard/shield",
  database: "/dashboard/database",
  cache: "/dashboard/cache?url=%2Fapi%2Fpitches%2F1",
  alerts: "/dashboard/alerts",
};

/**
 * The Worker and Chromium; filled in before the file's tests.
 *
 * @param {{start?: Parameters<typeof browser>[0], token?: string}} [options] of another Worker than the demo
 */
export function dashboard({ start, token = ADMIN_TOKEN } = {}) {
  const here = browser(start);

  /**
   * Opens a path of the dashboard and signs in.
   *
   * @param {string} path
   * @param {import("playwright-core").BrowserContextOptions} [options]
   * @param {"calm" | "incident" | "empty"} [kind] of made-up answers; without, the Worker's own
   */
  here.signedIn = async (path, options, kind) => {
    const made = kind && ((page) => makeUp(page, kind));
    const { page, complaints } = await here.open(path, options, made);
    await signIn(page, token);
    await page.getByRole("navigation", { name: "Views" }).waitFor();
    return { page, complaints };
  };

  /** What the Worker answers to the admin token. */
  here.ask = (path, init = {}) =>
    fetch(here.origin + path, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    });
  return here;
}

export async function signIn(page, token = ADMIN_TOKEN) {
  await page.getByLabel("Admin token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** From here on these questions get made-up answers; the session and the live events stay as they are. */
export async function makeUp(page, kind) {
  await page.route(
    (url) => answer(kind, url) !== undefined,
    (route) => route.fulfill({ json: answer(kind, new URL(route.request().url())) }),
  );
}

/** Resolves once the view shows what was fetched. */
export const shown = (page) => page.locator("#view .card, #view .figure").first().waitFor();
