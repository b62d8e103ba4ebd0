// Every view over made-up answers: what it says, in both schemes, on a phone, by keyboard; and what it says
// when there is nothing to say.

import { describe, expect, test } from "vitest";
import { graveViolations } from "./support/axe.js";
import { PHONE, VIEWS, dashboard, makeUp, shown, signIn } from "./support/dashboard.js";
import { answer } from "./support/dashboard_answers.js";

const here = dashboard();
const names = Object.keys(VIEWS);

describe.each(["light", "dark"])("in %s colours", (colorScheme) => {
  test.each(names)(
    "axe finds nothing grave in the view %s, on a desk and on a phone",
    async (name) => {
      for (const options of [{ colorScheme }, { colorScheme, viewport: PHONE }]) {
        const { page, complaints } = await here.signedIn(VIEWS[name], options, "incident");
        await shown(page);
        expect(await graveViolations(page, ["color-contrast"])).toEqual([]);
        expect(complaints.filter((each) => !each.includes("401"))).toEqual([]);
      }
    },
  );
});

test.each(names)("360 px are enough for the view %s", async (name) => {
  const viewport = { width: 360, height: 740 };
  const { page } = await here.signedIn(VIEWS[name], { viewport }, "incident");
  await shown(page);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBe(360);
});

describe("the overview", () => {
  test("says what is wrong, since when, and in which part", async () => {
    const { page } = await here.signedIn("/dashboard", {}, "incident");
    const found = page.getByRole("region", { name: "What stands out" });
    await found.getByText("Origin legacy fails").waitFor();
    const text = await found.textContent();
    expect(text).toContain("GET /api/search is slow");
    expect(text).toMatch(/since \d\d:\d\d/);
    expect(text).toContain("its breaker was open");
    expect(text).toContain("p95 over all routes is 640 ms");
    const parts = page.getByRole("list").filter({ hasText: "in trouble" });
    expect(await parts.getByRole("listitem").filter({ hasText: "in trouble" }).allTextContents()) //
      .toEqual([expect.stringContaining("Database"), expect.stringContaining("Origins")]);
  });

  test("says that nothing does, when nothing does", async () => {
    const { page } = await here.signedIn("/dashboard", {}, "calm");
    await page.getByText("much as in the span before").waitFor();
    expect(await page.getByText("as usual").count()).toBe(5);
  });

  test("says that there is nothing to compare with, and not that all is as usual", async () => {
    const { page } = await here.open("/dashboard", {}, async (each) => {
      await makeUp(each, "calm");
      await each.route(
        (url) => url.pathname === "/monitoring/performance" && url.searchParams.has("to"),
        (route) => route.fulfill({ json: answer("empty", new URL(route.request().url())) }),
      );
    });
    await signIn(page);
    await page.getByText("There is no span before to compare with.").waitFor();
    expect(await page.getByText("no earlier numbers").count()).toBe(5);
    expect(await page.getByText("as usual").count()).toBe(0);
  });

  test("tells of an alert though the numbers are as before, and that it is silenced", async () => {
    const { page } = await here.open("/dashboard", {}, async (each) => {
      await makeUp(each, "calm");
      await each.route("**/monitoring/alerts", (route) => {
        const now = Date.now() / 1000;
        const told = answer("calm", new URL(route.request().url()));
        const [first] = told.alerts;
        Object.assign(first, { state: "firing", level: "critical", since: now - 60 });
        first.silenced_until = now + 600;
        return route.fulfill({ json: told });
      });
    });
    await signIn(page);
    const found = page.getByRole("region", { name: "What stands out" });
    await found.getByText("alert firing").waitFor();
    expect(await found.textContent()).toMatch(/silenced until \d\d:\d\d/);
    const parts = page.getByRole("listitem").filter({ hasText: "in trouble" });
    expect(await parts.allTextContents()).toEqual([expect.stringContaining("Edge")]);
  });

  test.each([
    ["the cache's part to the routes that miss", "Cache", "Routes", "Misses"],
    [
      "the database's failures to the statements that fail",
      "Database main fails",
      "Database",
      "Failed",
    ],
  ])("leads from %s", async (_, link, view, column) => {
    const { page } = await here.open("/dashboard", {}, async (each) => {
      await makeUp(each, "calm");
      await each.route(
        (url) => url.pathname === "/monitoring/performance" && !url.searchParams.has("to"),
        (route) => {
          const told = answer("calm", new URL(route.request().url()));
          told.statements[0].failures = 900;
          return route.fulfill({ json: told });
        },
      );
    });
    await signIn(page);
    await page.getByRole("main").getByRole("link", { name: link }).first().click();
    await page.getByRole("heading", { level: 1, name: view }).waitFor();
    const head = page.getByRole("columnheader", { name: column }).first();
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    await page.getByRole("link", { name: "Places" }).click();
    expect(new URL(page.url()).searchParams.has("by")).toBe(false);
  });

  test("leads from what stands out to the route", async () => {
    const { page } = await here.signedIn("/dashboard", {}, "incident");
    await page.getByRole("link", { name: /GET \/api\/search is slow/ }).click();
    await page.getByRole("heading", { level: 1, name: "Routes" }).waitFor();
    expect(new URL(page.url()).searchParams.get("route")).toBe("GET /api/search");
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  });

  test("has a table behind each chart", async () => {
    const { page } = await here.signedIn("/dashboard", {}, "incident");
    await page.locator(".behind summary").first().click();
    const table = page.getByRole("table", { name: "How long answers take" });
    await table.waitFor();
    expect(await table.getByRole("row").count()).toBe(121);
    const chart = page.getByRole("img", { name: /^How long answers take: p50/ });
    expect(await chart.getAttribute("aria-label")).toMatch(/p95 .* at most .* at \d\d:\d\d/);
  });

  test("a stretch that is drawn with the pointer is looked at closely", async () => {
    const { page } = await here.signedIn("/dashboard", {}, "incident");
    const plot = page.locator(".u-over").first();
    await plot.scrollIntoViewIfNeeded();
    const { x, y, width } = await plot.boundingBox();
    await page.mouse.move(x + width * 0.3, y + 40);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + 40, { steps: 4 });
    await page.mouse.up();
    await page.getByRole("link", { name: "Back to now" }).waitFor();
    const search = new URL(page.url()).searchParams;
    const length = Number(search.get("to")) - Number(search.get("from"));
    expect(length).toBeGreaterThan(900);
    expect(length).toBeLessThan(1300);
    await page.getByText("A fixed span").waitFor();
  });
});

test("an origin that fails is in a table and in charts over the span", async () => {
  const { page } = await here.signedIn("/dashboard/shield", {}, "incident");
  const table = page.getByRole("table", { name: "Exchanges with origins" });
  await table.waitFor();
  expect(await table.getByRole("row").nth(1).textContent()).toMatch(/legacy.*12 %/);
  for (const title of ["How long origins take", "Failed exchanges", "Waiting for a connection"])
    await page.getByRole("img", { name: new RegExp(`^${title}`) }).waitFor();
  await page.getByText("answered by another request").waitFor();
});

test("the URL holds the view, the span and the route, and the back button works", async () => {
  const { page } = await here.signedIn("/dashboard", {}, "calm");
  await shown(page);
  await page.getByRole("button", { name: "6h" }).click();
  await page.getByRole("link", { name: "Routes" }).click();
  await page.getByRole("link", { name: "GET /api/users/{id}" }).click();
  const url = new URL(page.url());
  expect([url.pathname, url.searchParams.get("range"), url.searchParams.get("route")]).toEqual([
    "/dashboard/routes",
    "6h",
    "GET /api/users/{id}",
  ]);
  await page.reload();
  await page.getByText("Only GET /api/users/{id}").waitFor();
  for (let time = 0; time < 2; time += 1) await page.goBack();
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  expect(await page.getByRole("button", { name: "6h" }).getAttribute("aria-pressed")).toBe("true");
});

test("routes are sorted by their heads, and screen readers are told", async () => {
  const { page } = await here.signedIn("/dashboard/routes", {}, "incident");
  const heads = page.getByRole("columnheader");
  const first = () => page.getByRole("rowheader").first().textContent();
  expect(await first()).toBe("GET /api/pitches/{id}");
  await page.getByRole("button", { name: /^p95/ }).click();
  expect(await first()).toBe("GET /api/search");
  expect(await heads.filter({ hasText: /^p95 ↓/ }).getAttribute("aria-sort")).toBe("descending");
  await page.getByRole("button", { name: /^p95/ }).click();
  expect(await first()).toBe("(no route)");
});

test("the colours can be chosen, and the choice is kept", async () => {
  const { page } = await here.signedIn("/dashboard/shield", { colorScheme: "light" }, "calm");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  for (const next of ["light", "dark"]) {
    await page.getByRole("button", { name: /^Colours/ }).click();
    await page.getByRole("button", { name: `Colours: ${next}` }).waitFor();
  }
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await page.getByRole("button", { name: "Colours: dark" }).waitFor();
  expect(await ground()).toBe(dark);
});

describe("by keyboard", () => {
  test("the skip link leads past the header", async () => {
    const { page } = await here.signedIn("/dashboard/shield", {}, "calm");
    await shown(page);
    await page.evaluate(() => {
      document.body.tabIndex = -1;
      document.body.focus();
    });
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement.closest("header"))).toBe(null);
  });

  test("a purge is asked for, refused by Escape, and the focus comes back", async () => {
    const { page } = await here.signedIn(VIEWS.cache, {}, "calm");
    const button = page.getByRole("button", { name: "Purge this URL…" });
    await button.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Purge?" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await button.evaluate((at) => at === document.activeElement)).toBe(true);
  });
});

describe("when there is nothing to show", () => {
  test.each([
    ["overview", "No requests in this span"],
    ["routes", "No requests in this span"],
    ["places", "No requests in this span"],
    ["database", "No statement was sent in this span"],
  ])("the view %s says so, and what to try", async (name, says) => {
    const { page } = await here.signedIn(VIEWS[name], {}, "empty");
    await page.getByText(says).waitFor();
    await page
      .getByText(/longer/)
      .first()
      .waitFor();
  });

  test("what cannot be had says why, and can be tried again", async () => {
    const { page } = await here.open("/dashboard/shield", {}, async (each) => {
      await each.route("**/debug/shield", (route) =>
        route.fulfill({
          status: 503,
          json: { title: "The source is unavailable", status: 503, request_id: "r-1" },
        }),
      );
    });
    await signIn(page);
    const alert = page.getByRole("alert");
    await alert.getByText("The source is unavailable (503).").waitFor();
    expect(await alert.textContent()).toContain("r-1");
    await page.unroute("**/debug/shield");
    await alert.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Purge log" }).waitFor();
  });
});

describe("when the connection is lost", () => {
  const LIVE = "**/monitoring/live";

  test("live numbers are said to have ended, and to have begun again", async () => {
    const { page } = await here.open("/dashboard/shield", {}, async (each) => {
      await each.clock.install();
      await makeUp(each, "calm");
      await each.route(LIVE, (route) => route.fulfill({ status: 503 }));
    });
    await signIn(page);
    await page.getByText("Connection lost").waitFor();
    await page.unroute(LIVE);
    await page.clock.fastForward(60_000);
    await page.getByText("Live", { exact: true }).waitFor();
  });

  test("what was there stays, with its time, until there is something new", async () => {
    const { page } = await here.signedIn(VIEWS.cache, {}, "calm");
    const sentence = page.getByText("It is answered from memory (HIT)");
    await sentence.waitFor();
    await page.route("**/debug/explain**", (route) => route.abort("connectionfailed"));
    await page.getByRole("button", { name: "Look again" }).click();
    const banner = page.getByText(/As of \d\d:\d\d:\d\d, trying again/);
    await banner.waitFor();
    expect(await banner.textContent()).toContain("Forebay cannot be reached.");
    expect(await sentence.isVisible()).toBe(true);
    await page.unroute("**/debug/explain**");
    await makeUp(page, "calm");
    await page.getByRole("button", { name: "Try now" }).click();
    await banner.waitFor({ state: "detached" });
  });
});
