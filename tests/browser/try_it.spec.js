// "Try it": what the panel shows for answers of every kind.

import { describe, expect, test } from "vitest";
import { demo } from "./support/demo.js";
import { API_TOKEN } from "./support/worker.js";

const here = demo();

describe("answers", () => {
  test("a fresh URL is a MISS and then a HIT", async () => {
    const { panel, complaints } = await here.visit();
    await panel.ask("/api/pitches/4711");
    expect(await panel.badge.textContent()).toBe("MISS");
    expect(await panel.verdict.textContent()).toMatch(/200( OK)?\d+(\.\d)? ms/);
    const etag = await panel.field("ETag").textContent();
    expect(await panel.field("Cache-Status").textContent()).toContain("uri-miss");
    expect(JSON.parse(await panel.body.textContent())).toMatchObject({ id: 4711 });

    await panel.ask("/api/pitches/4711");
    expect(await panel.badge.textContent()).toBe("HIT");
    expect(await panel.verdict.textContent()).toMatch(/\d s old$/);
    expect(await panel.field("Cache-Status").textContent()).toContain("hit");
    expect(await panel.field("ETag").textContent()).toBe(etag);

    const rows = await panel.rows.allInnerTexts();
    expect(rows.map((row) => row.match(/HIT|MISS/)[0])).toEqual(["HIT", "MISS"]);
    for (const row of rows) expect(row).toContain("/api/pitches/4711");
    expect(complaints).toEqual([]);
  });

  test("what keeps the browser's own cache away makes no miss, and is not shown", async () => {
    const { page, panel } = await here.visit();
    const asked = requestsOf(page);
    await panel.ask("/api/users/77");
    await panel.ask("/api/users/77");
    expect(new Set(asked).size).toBe(2);
    for (const url of asked) expect(url).toMatch(/\/api\/users\/77\?_=[0-9a-z]+$/);
    expect(await panel.badge.textContent()).toBe("HIT");
    expect((await panel.rows.allInnerTexts()).join()).not.toContain("_=");
  });

  test("a stream that is larger than the panel shows its start, and says so", async () => {
    const { panel, complaints } = await here.visit();
    await panel.ask("/api/export/pitches");
    expect(await panel.verdict.textContent()).toContain("for the first 64 KiB");
    const text = await panel.body.textContent();
    expect(text).toMatch(/^\[\{[^]*\n…$/);
    expect(complaints).toEqual([]);
  });

  test("markup in an answer is text", async () => {
    const { page, panel } = await here.visit();
    await panel.ask("/api/search?q=<img src=x onerror=alert(1)>");
    expect(await panel.rows.first().innerText()).toContain("/api/search?q=");
    expect(await page.locator("#try img").count()).toBe(0);
  });

  test("the list holds the last twelve, newest first", async () => {
    const { panel } = await here.visit();
    for (let id = 1; id <= 13; id++) await panel.ask(`/api/users/${id}`);
    const rows = await panel.rows.allInnerTexts();
    expect(rows).toHaveLength(12);
    expect(rows[0]).toContain("/api/users/13");
    expect(rows[11]).toContain("/api/users/2");
  });
});

describe("failures", () => {
  test("a 404 says so in words", async () => {
    const { panel } = await here.visit();
    await panel.ask("/api/pitches/999999999");
    expect(await panel.verdict.textContent()).toContain("404 Not found");
    expect(await panel.badge.getAttribute("class")).toContain("is-fault");
    expect(JSON.parse(await panel.body.textContent())).toMatchObject({ status: 404 });
    expect(await panel.rows.first().innerText()).toContain("404");
  });

  test("a 400 names the parameter", async () => {
    const { panel } = await here.visit();
    await panel.ask("/api/pitches/one");
    expect(await panel.verdict.textContent()).toContain("400 A parameter is wrong");
    expect(await panel.verdict.locator(".why").textContent()).toMatch(/^id \w+/);
    expect(await panel.badge.getAttribute("class")).toContain("is-fault");
    expect(JSON.parse(await panel.body.textContent())).toMatchObject({
      status: 400,
      parameters: [{ name: "id" }],
    });
  });

  test.each(["https://elsewhere.invalid/api/pitches/1", "//elsewhere.invalid/", "http://["])(
    "%s is not of this site, and is not asked",
    async (path) => {
      const { page, panel, complaints } = await here.visit();
      const asked = requestsOf(page);
      await panel.ask(path);
      expect(await panel.verdict.textContent()).toBe(
        "Write a path of this site, such as /api/pitches/1.",
      );
      expect(await panel.body.isVisible()).toBe(false);
      expect(asked).toEqual([]);
      expect(complaints).toEqual([]);
    },
  );

  test("no server is said in words, and the next answer replaces them", async () => {
    const { page, panel } = await here.visit();
    await page.context().setOffline(true);
    await panel.ask("/api/pitches/1");
    expect(await panel.verdict.textContent()).toBe("No answer: is the server running?");
    await page.context().setOffline(false);
    await panel.ask("/api/pitches/1");
    expect(await panel.verdict.textContent()).toContain("200");
    expect(await panel.body.isVisible()).toBe(true);
  });
});

describe("the token", () => {
  test("without it a locked route answers 401, with it 200, kept in memory alone", async () => {
    const { panel } = await here.visit();
    await panel.ask("/api/patients/7");
    expect(await panel.verdict.textContent()).toContain("401 A bearer token is required");
    await panel.token.fill(API_TOKEN);
    await panel.ask("/api/patients/7");
    expect(await panel.verdict.textContent()).toContain("200");
    expect(await panel.field("Cache-Control").textContent()).toContain("private");
    await panel.ask("/api/patients/7");
    expect(await panel.badge.textContent()).toBe("HIT");
    await panel.token.fill("another");
    await panel.ask("/api/patients/7");
    expect(await panel.verdict.textContent()).toContain("401");
  });

  test("it is nowhere to be read", async () => {
    const { page, panel } = await here.visit();
    await panel.token.fill(API_TOKEN);
    await panel.ask("/api/patients/7");
    expect(await panel.token.getAttribute("type")).toBe("password");
    expect(await page.locator("body").innerText()).not.toContain(API_TOKEN);
    expect(page.url()).not.toContain(API_TOKEN);
  });

  test("“Try” on a locked route goes to the empty field first", async () => {
    const { page, panel } = await here.visit();
    await page.getByRole("button", { name: "Try /api/patients/1", exact: true }).click();
    expect(await panel.token.evaluate((field) => field === document.activeElement)).toBe(true);
    expect(await panel.path.inputValue()).toBe("/api/patients/1");
    expect(await panel.verdict.textContent()).toBe("");
    await panel.token.fill(API_TOKEN);
    await panel.shows(() => panel.token.press("Enter"));
    expect(await panel.verdict.textContent()).toContain("200");
  });
});

/** What the page asks for from now on; Chromium takes its time with the icon. */
function requestsOf(page) {
  const asked = [];
  page.on("request", (request) => {
    if (!request.url().endsWith("/favicon.svg")) asked.push(request.url());
  });
  return asked;
}
