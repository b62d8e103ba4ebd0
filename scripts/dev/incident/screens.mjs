// Pictures of every view, as they are in the incident: on a desk in light and in dark, and on a phone.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { inRoot } from "../../setup/paths.mjs";
import { DESKTOP } from "./window.mjs";

const SLOW_ROUTE = encodeURIComponent("GET /api/patients");

const VIEWS = [
  { name: "overview", path: "/dashboard" },
  { name: "overview-5m", path: "/dashboard?range=5m" },
  { name: "routes", path: "/dashboard/routes?range=15m" },
  { name: "route", path: `/dashboard/routes?range=15m&route=${SLOW_ROUTE}` },
  { name: "places", path: "/dashboard/places?range=15m" },
  { name: "shield", path: "/dashboard/shield" },
  { name: "database", path: "/dashboard/database?range=15m" },
  { name: "cache", path: "/dashboard/cache?url=/api/pitches/1" },
  { name: "alerts", path: "/dashboard/alerts" },
];

const LOOKS = [
  { name: "light", viewport: DESKTOP, colorScheme: "light" },
  { name: "dark", viewport: DESKTOP, colorScheme: "dark" },
  { name: "phone", viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true },
];

/** The pictures of the documents. */
const PICTURES = [
  { name: "overview", path: "/dashboard?range=15m", colorScheme: "light", height: 1010 },
  { name: "overview-dark", path: "/dashboard?range=15m", colorScheme: "dark", height: 1010 },
  { name: "database", path: "/dashboard/database?range=15m", colorScheme: "light", height: 760 },
  { name: "cache", path: "/dashboard/cache?url=/api/pitches/1", colorScheme: "light", height: 880 },
];

/** Every view in every look, whole, into `folder`; gives what a window is too narrow for. */
export async function takeScreens(open, folder) {
  mkdirSync(folder, { recursive: true });
  const tooWide = [];
  for (const { name: look, ...options } of LOOKS) {
    const page = await open(options);
    for (const { name, path } of VIEWS) {
      await show(page, path);
      await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > options.viewport.width) tooWide.push(`${name}-${look}: ${width} px`);
    }
    await page.context().close();
  }
  return tooWide;
}

export async function takePictures(open) {
  const folder = inRoot("docs", "images");
  mkdirSync(folder, { recursive: true });
  for (const { name, path, colorScheme, height } of PICTURES) {
    const page = await open({ viewport: { width: DESKTOP.width, height }, colorScheme });
    await show(page, path);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.context().close();
  }
}

/** Voids something by the dashboard, as a person would, and shows the receipt. */
export async function takeReceipt(open, folder) {
  mkdirSync(folder, { recursive: true });
  const page = await open();
  await show(page, "/dashboard/cache?url=/api/pitches");
  await page.getByRole("button", { name: "Purge the tag pitches" }).click();
  await page.getByRole("button", { name: "Purge", exact: true }).click();
  const receipt = page.getByRole("heading", { name: /^Purged, as number \d+$/ });
  await receipt.waitFor();
  await page.screenshot({ path: join(folder, "receipt.png"), fullPage: true });
  const said = await receipt.textContent();
  await page.context().close();
  return said;
}

async function show(page, path) {
  await page.goto(path);
  await page.locator("#view .card, #view .figure").first().waitFor();
  await page.locator("#view .loading").waitFor({ state: "detached" });
  await page.getByText(/^(Live|A fixed span)$/).waitFor();
  // Charts are drawn in the frames after their numbers have come.
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
}
