// Where the focus goes, and what is said to who does not see the page: dialogs, links, levels, orders that
// are done. Over made-up answers.

import { describe, expect, test } from "vitest";
import { VIEWS, dashboard, shown } from "./support/dashboard.js";
import { alerts } from "./support/dashboard_answers.js";

const here = dashboard();

const hasFocus = (locator) => locator.evaluate((part) => part === document.activeElement);

describe("after a dialog the focus is where it was", () => {
  test.each([
    ["a purge", VIEWS.cache, "Purge this URL…", "Keep it"],
    ["a silence", VIEWS.alerts, "Silence errors", "Cancel"],
  ])("where %s was not ordered", async (_, path, opener, no) => {
    const { page } = await here.signedIn(path, {}, "calm");
    const button = page.getByRole("button", { name: opener });
    await button.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: no }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await hasFocus(button)).toBe(true);
  });

  test("where a silence was", async () => {
    const { page } = await here.signedIn(VIEWS.alerts, {}, "calm");
    await page.route("**/admin/silence", (route) => route.fulfill({ json: {} }));
    const button = page.getByRole("button", { name: "Silence errors" });
    await button.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Why").fill("a new release");
    await dialog.getByRole("button", { name: "Silence" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await hasFocus(button)).toBe(true);
    // It can be asked for once more.
    await page.keyboard.press("Enter");
    await dialog.waitFor();
  });
});

describe("a link that was followed", () => {
  test.each([
    ["what stands out", "/dashboard", /^GET \/api\/search is slow/],
    ["a route among all", "/dashboard/routes", "GET /api/search"],
    ["one route", "/dashboard/routes?route=GET+/api/search", "← All routes"],
  ])("from %s leads to the heading: the keyboard goes on in the view", async (_, path, name) => {
    const { page } = await here.signedIn(path, {}, "incident");
    await page.getByRole("main").getByRole("link", { name }).focus();
    const asked = page.waitForResponse("**/monitoring/performance*");
    await page.keyboard.press("Enter");
    await asked;
    await shown(page);
    await page.locator("h1:focus").getByText("Routes").waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement.closest("main") !== null)).toBe(true);
  });

  test("in the header keeps the focus", async () => {
    const { page } = await here.signedIn("/dashboard", {}, "calm");
    await shown(page);
    const link = page.getByRole("navigation", { name: "Views" }).getByRole("link", {
      name: "Alerts",
    });
    await link.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Who was told" }).waitFor();
    expect(await hasFocus(link)).toBe(true);
  });

  test("leads to the top of another view", async () => {
    const { page } = await here.signedIn("/dashboard/database", {}, "calm");
    await shown(page);
    await page.setViewportSize({ width: 1280, height: 240 });
    const top = () => page.evaluate(() => scrollY);
    await page.evaluate(() => scrollTo(0, 40));
    expect(await top()).toBe(40);
    await page.getByRole("link", { name: "Alerts" }).click();
    await page.getByRole("heading", { name: "Who was told" }).waitFor();
    await expect.poll(top).toBe(0);
  });
});

test("how bad it is what stands out is told in words too", async () => {
  const { page } = await here.signedIn("/dashboard", {}, "incident");
  await page.getByText("Origin legacy fails").waitFor();
  const told = await page.locator(".finding").evaluateAll((all) =>
    all.map((each) => ({
      colour: /is-(\w+)/.exec(each.className)[1],
      badge: each.querySelector(".badge").textContent,
    })),
  );
  expect(told).toEqual(
    expect.arrayContaining([
      { colour: "critical", badge: "Origins, critical" },
      { colour: "critical", badge: "alert firing, critical" },
      { colour: "pending", badge: "alert pending, warning" },
    ]),
  );
  for (const { colour, badge } of told) if (colour !== "pending") expect(badge).toContain(colour);
});

test("that the last silence has ended is said where it was listened for", async () => {
  const { page } = await here.signedIn(VIEWS.alerts, {}, "incident");
  await page.getByRole("table", { name: "Silences" }).waitFor();
  // What a screen reader listens to are the parts that are there already.
  await page.evaluate(() =>
    document.querySelectorAll("[role=status]").forEach((each) => each.classList.add("heard")),
  );
  await page.route("**/admin/unsilence", (route) => route.fulfill({ json: {} }));
  await page.route("**/monitoring/alerts", (route) =>
    route.fulfill({ json: { ...alerts("incident"), silences: [] } }),
  );
  await page.getByRole("button", { name: "End it: the silence of hit rate" }).click();
  await page.getByRole("table", { name: "Silences" }).waitFor({ state: "detached" });
  expect(await page.locator(".heard").allTextContents()).toContain("The silence has ended.");
});
