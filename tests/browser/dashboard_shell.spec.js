// What is around the numbers: what goes on while a stretch of the past is looked at, what is said of what
// cannot be had, orders that are under way, and a view that fails. Over made-up answers.

import { describe, expect, test } from "vitest";
import { graveViolations } from "./support/axe.js";
import { PHONE, VIEWS, dashboard, makeUp, shown, signIn } from "./support/dashboard.js";
import { alerts, receipt, summary } from "./support/dashboard_answers.js";

const here = dashboard();

/** Longer than a page asks for nothing while nobody tells it of anything. */
const QUIET_MS = 31_000;

/** A page over made-up answers, whose time the test may pass; `more` answers before those do. */
async function over(kind, path, more = async () => {}) {
  const { page, complaints } = await here.open(path, {}, async (each) => {
    await each.clock.install();
    await makeUp(each, kind);
    await more(each);
  });
  await signIn(page);
  await page.getByRole("navigation", { name: "Views" }).waitFor();
  return { page, complaints };
}

/** Answers a question so from here on. */
const answerBy = (page, path, make) =>
  page.route(`**${path}*`, (route) => route.fulfill(make(new URL(route.request().url()))));

const unavailable = () => ({
  status: 503,
  json: { title: "The source is unavailable", status: 503, request_id: "r-1" },
});

/** Counts the questions that are asked for a path. */
function counting(page, path, which = () => true) {
  const counted = { times: 0 };
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname === path && which(url)) counted.times += 1;
  });
  return counted;
}

describe("while a stretch of the past is looked at", () => {
  test("alerts that fire later show, and the stretch itself is not asked for again", async () => {
    const { page } = await over("calm", "/dashboard?from=1700000000&to=1700003600");
    await page.getByText("A fixed span").waitFor();
    await shown(page);
    const asked = counting(page, "/monitoring/performance");
    await makeUp(page, "incident");
    await page.clock.fastForward(QUIET_MS);
    await page.getByRole("link", { name: /Alerts.*1 firing/ }).waitFor();
    await page.getByText("p95 over all routes is 640 ms").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    expect(asked.times).toBe(0);
  });

  test("the views of now go on", async () => {
    const { page } = await over("calm", "/dashboard/shield?from=1700000000&to=1700003600");
    const breakers = page.locator(".figure").filter({ hasText: "Breakers open" });
    await breakers.getByText("0", { exact: true }).waitFor();
    await makeUp(page, "incident");
    await page.clock.fastForward(QUIET_MS);
    await breakers.getByText("2", { exact: true }).waitFor();
  });
});

test("the span before is asked for once as long as it is the same", async () => {
  const to = Math.floor(Date.now() / 30_000) * 30;
  const { page } = await over("calm", "/dashboard/shield", (each) =>
    answerBy(each, "/monitoring/performance", ({ searchParams }) => ({
      json: searchParams.has("from")
        ? summary("calm", {
            from: Number(searchParams.get("from")),
            to: Number(searchParams.get("to")),
          })
        : summary("calm", { to: searchParams.get("range") === "6h" ? to + 30 : to }),
    })),
  );
  // The last minutes are asked for by themselves, each time.
  const isBefore = ({ searchParams }) => {
    const end = searchParams.get("from") && searchParams.get("to");
    return end !== null && Number(end) < to - 1800;
  };
  const before = counting(page, "/monitoring/performance", isBefore);
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByText("much as in the span before").waitFor();
  const again = page.waitForRequest("**/monitoring/events*");
  await page.clock.fastForward(QUIET_MS);
  await again;
  expect(before.times).toBe(1);
});

describe("what cannot be had", () => {
  test("is told of: without the alerts it is not said that nothing stands out", async () => {
    const { page } = await over("calm", "/dashboard", (each) =>
      answerBy(each, "/monitoring/alerts", unavailable),
    );
    await page.getByText("Alerts could not be had.").waitFor();
    await page.getByText("Nothing that can be seen from here").waitFor();
    expect(await page.getByText("Nothing.", { exact: true }).count()).toBe(0);
    await page.getByRole("link", { name: "Alerts ? firing, cannot be had" }).waitFor();
    expect(await graveViolations(page, ["color-contrast"])).toEqual([]);
    await makeUp(page, "incident");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("link", { name: /Alerts.*1 firing/ }).waitFor();
    expect(await page.getByText("could not be had").count()).toBe(0);
  });

  test("the number of alerts that fire is marked as old, with its time", async () => {
    const { page } = await over("incident", "/dashboard/shield");
    await page.getByRole("link", { name: "Alerts 1 firing", exact: true }).waitFor();
    await answerBy(page, "/monitoring/alerts", unavailable);
    await page.clock.fastForward(QUIET_MS);
    await page
      .getByRole("link", { name: /^Alerts 1\? firing as of \d\d:\d\d:\d\d, cannot be had now$/ })
      .waitFor();
  });

  test("the span before that fails is another matter than none", async () => {
    const { page } = await over("calm", "/dashboard", (each) =>
      each.route(
        (url) => url.pathname === "/monitoring/performance" && url.searchParams.has("from"),
        (route) => route.fulfill(unavailable()),
      ),
    );
    await page.getByText("The span before could not be had.").waitFor();
    expect(await page.getByText("There is no span before").count()).toBe(0);
  });

  test("numbers that nothing new comes to are not called live", async () => {
    const { page } = await over("calm", "/dashboard", (each) =>
      answerBy(each, "/monitoring/live", () => ({
        contentType: "text/event-stream",
        body: 'event: silent\ndata: {"at":1}\n\n',
      })),
    );
    await page.getByText("No new numbers").waitFor();
  });
});

describe("a stretch of time", () => {
  test("can be written, and what is amiss with it is said", async () => {
    const { page } = await here.signedIn("/dashboard", { timezoneId: "Asia/Tokyo" }, "calm");
    await shown(page);
    await page.getByText("Other span").focus();
    await page.keyboard.press("Enter");
    const show = page.getByRole("button", { name: "Show", exact: true });
    await show.click();
    await page.getByText("Write both, each with its date and time.").waitFor();
    expect(await graveViolations(page)).toEqual([]);
    await page.getByLabel("From", { exact: true }).fill("2026-11-20T09:00");
    await page.getByLabel("To", { exact: true }).fill("2026-11-20T08:00");
    await show.click();
    await page.getByText("The end has to be after the beginning.").waitFor();
    await page.getByLabel("To", { exact: true }).fill("2026-11-20T10:30");
    await show.click();
    await page.getByText("A fixed span").waitFor();
    const search = new URL(page.url()).searchParams;
    expect([search.get("from"), search.get("to")].map((at) => Number(at) * 1000)).toEqual([
      Date.UTC(2026, 10, 20, 0, 0),
      Date.UTC(2026, 10, 20, 1, 30),
    ]);
    await page.getByText("Other span").click();
    expect(await page.getByLabel("From", { exact: true }).inputValue()).toBe("2026-11-20T09:00");
  });

  test("fits on a phone while it is written", async () => {
    const { page } = await here.signedIn("/dashboard", { viewport: PHONE }, "calm");
    await page.getByText("Other span").click();
    await page.getByLabel("From", { exact: true }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
  });

  test("that is drawn to the right edge holds the newest point, in one route's charts too", async () => {
    const { page } = await here.signedIn("/dashboard/routes?route=GET+/api/search", {}, "calm");
    const plot = page.locator(".u-over").first();
    await plot.scrollIntoViewIfNeeded();
    const { x, y, width } = await plot.boundingBox();
    const answered = page.waitForRequest("**/monitoring/performance?from=*");
    await page.mouse.move(x + width * 0.5, y + 40);
    await page.mouse.down();
    await page.mouse.move(x + width - 1, y + 40, { steps: 4 });
    await page.mouse.up();
    await answered;
    await page.getByText("A fixed span").waitFor();
    const search = new URL(page.url()).searchParams;
    expect(search.get("route")).toBe("GET /api/search");
    const now = Math.floor(Date.now() / 30_000) * 30;
    expect([now, now - 30]).toContain(Number(search.get("to")));
  });

  test.each(["from=1&to=Infinity", "from=1&to=9007199254740991"])(
    "that no clock can show is none: %s",
    async (search) => {
      const { page, complaints } = await here.signedIn(`/dashboard?${search}`, {}, "calm");
      await page.getByText("much as in the span before").waitFor();
      expect(complaints.filter((each) => !each.includes("401"))).toEqual([]);
    },
  );
});

test("a view that fails leaves the others, and is shown once it can be", async () => {
  const { page } = await over("calm", "/dashboard/shield", (each) =>
    answerBy(each, "/debug/shield", () => ({ json: {} })),
  );
  await page.getByRole("alert").getByText("This view cannot be shown.").waitFor();
  await page.getByRole("link", { name: "Routes" }).click();
  await page.getByRole("table", { name: "Routes" }).waitFor();
  await page.getByRole("link", { name: "Shield" }).click();
  await page.getByText("This view cannot be shown.").waitFor();
  await makeUp(page, "calm");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Purge log" }).waitFor();
});

describe("a purge that is under way", () => {
  /** A dialog whose purge is answered when the test says so. */
  async function purging() {
    const { page } = await here.signedIn(VIEWS.cache, {}, "calm");
    const asked = new Promise((resolve) => page.route("**/admin/purge", resolve));
    await page.getByRole("button", { name: "Purge this URL…" }).click();
    await page.getByRole("button", { name: "Purge", exact: true }).click();
    return { page, dialog: page.getByRole("dialog", { name: "Purge?" }), route: await asked };
  }

  test("is not left by Escape, and what became of it is said", async () => {
    const { page, dialog, route } = await purging();
    for (let time = 0; time < 3; time += 1) await page.keyboard.press("Escape");
    await dialog.getByRole("button", { name: "Keep it" }).dispatchEvent("click");
    await dialog.getByRole("button", { name: "Purging…" }).waitFor();
    await route.abort("connectionfailed");
    const says = dialog.getByRole("alert");
    await says.getByText("It may be done all the same").waitFor();
    expect(await says.textContent()).not.toContain("shorter span");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  test("has a receipt whose limits are not told as less than they are", async () => {
    const { page, route } = await purging();
    await route.fulfill({
      json: { ...receipt, visible_within_ms: 400, stale_until_ms: 1400, longest_ms: 87_302_000 },
    });
    const limits = page.locator(".receipt dd");
    await limits.first().waitFor();
    expect(await limits.allTextContents()).toEqual([
      "400 ms",
      "2 s",
      "1 d 2 s",
      "16 min 2 s",
      "1 d 16 min",
    ]);
  });
});

test("an alert that fires and is silenced says so in the overview", async () => {
  const now = Date.now() / 1000;
  const made = alerts("incident", now);
  made.alerts[0].silenced_until = now + 3600;
  const { page } = await over("incident", "/dashboard", (each) =>
    answerBy(each, "/monitoring/alerts", () => ({ json: made })),
  );
  const fired = page.getByRole("listitem").filter({ hasText: "p95 over all routes is 640 ms" });
  await fired.getByText(/fired at \d\d:\d\d; silenced until \d\d:\d\d: nobody is told/).waitFor();
});

test("the cache view still has the URL that was looked for on coming back", async () => {
  const { page } = await here.signedIn(VIEWS.cache, {}, "calm");
  await page.getByText("It is answered from memory (HIT)").waitFor();
  await page.getByRole("link", { name: "Shield" }).click();
  await page.getByRole("heading", { level: 1, name: "Shield" }).waitFor();
  expect(new URL(page.url()).search).toBe("");
  await page.getByRole("link", { name: "Cache" }).click();
  await page.getByText("It is answered from memory (HIT)").waitFor();
  expect(new URL(page.url()).searchParams.get("url")).toBe("/api/pitches/1");
});

test("on a phone each part of the way says what its number is of", async () => {
  const { page } = await here.signedIn("/dashboard", { viewport: PHONE }, "calm");
  const words = page.locator(".flow .of");
  await words.first().waitFor();
  expect(await words.count()).toBe(5);
  for (const each of await words.all()) expect(await each.isVisible()).toBe(true);
});
