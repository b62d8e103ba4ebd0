// The start page as it loads: whole, without complaints, and with links that work.

import { describe, expect, test } from "vitest";
import { demo } from "./support/demo.js";

const here = demo();

describe("loading", () => {
  test("everything arrives, and the browser has nothing to complain about", async () => {
    const { page, complaints } = await here.visit();
    expect(await page.title()).toBe("Forebay demo");
    await page.getByRole("heading", { level: 1, name: "Forebay" }).waitFor();
    const styled = await page.evaluate(
      () => getComputedStyle(document.querySelector(".card")).borderRadius,
    );
    expect(styled).not.toBe("0px");
    const logo = await page.evaluate(() => document.querySelector("h1 img").naturalWidth);
    expect(logo).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  test("a second visit, answered from memory, is the same", async () => {
    await here.visit();
    const { page, complaints } = await here.visit();
    const answer = await page.reload();
    expect(answer.headers()["x-cache-status"]).toBe("HIT");
    await page.getByRole("heading", { level: 1, name: "Forebay" }).waitFor();
    expect(complaints).toEqual([]);
  });

  test("hashed assets are immutable, the page itself is not", async () => {
    const { page } = await here.visit();
    const paths = await page.evaluate(() =>
      performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
    );
    const hashed = paths.filter((path) => path.startsWith("/assets/"));
    expect(hashed.length).toBeGreaterThanOrEqual(2);
    for (const path of hashed) {
      const { headers } = await fetch(here.origin + path);
      expect(headers.get("cache-control"), path).toContain("immutable");
    }
    const { headers } = await fetch(here.origin);
    expect(headers.get("cache-control")).not.toContain("immutable");
  });
});

describe("the content security policy", () => {
  const injected = {
    "a script of another site": () => {
      const script = document.createElement("script");
      script.src = "https://elsewhere.invalid/a.js";
      document.head.append(script);
    },
    "a script in the page": () => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.head.append(script);
    },
    "an image of another site": () => {
      new Image().src = "https://elsewhere.invalid/a.png";
    },
  };
  test.each(Object.entries(injected))("refuses %s", async (_, inject) => {
    const { page, complaints } = await here.visit();
    const refused = page.evaluate(
      () =>
        new Promise((done) =>
          document.addEventListener("securitypolicyviolation", () => done(true)),
        ),
    );
    await page.evaluate(inject);
    expect(await refused).toBe(true);
    expect(await page.evaluate(() => window.ran)).toBeUndefined();
    expect(complaints.join("\n")).toContain("policy: ");
  });
});

describe("what there is", () => {
  test("every link answers, and those with a lock ask for the token", async () => {
    const { page } = await here.visit();
    const links = await page.locator("main a[href]").evaluateAll((all) =>
      all.map((link) => ({
        url: link.href,
        text: link.textContent,
        isLocked: link.closest(".lock") !== null,
      })),
    );
    expect(links.length).toBeGreaterThanOrEqual(11);
    for (const { url, text, isLocked } of links) {
      const response = await fetch(url);
      await response.body?.cancel();
      expect(response.status, text).toBe(isLocked ? 401 : 200);
      expect(url.slice(here.origin.length)).toBe(text);
    }
  });

  test("each row's button tries what its link names", async () => {
    const { page } = await here.visit();
    const rows = await page.locator(".routes tbody tr").evaluateAll((all) =>
      all.map((row) => {
        const button = row.querySelector("button");
        return {
          link: row.querySelector("a").getAttribute("href"),
          tries: button.dataset.url,
          name: button.getAttribute("aria-label"),
          asksForToken: "token" in button.dataset,
          isLocked: row.querySelector(".lock") !== null,
        };
      }),
    );
    for (const { link, tries, name, asksForToken, isLocked } of rows) {
      expect([tries, name, asksForToken]).toEqual([link, `Try ${link}`, isLocked]);
    }
  });

  test("the shell's commands name this server", async () => {
    const { page } = await here.visit();
    const commands = await page.locator("pre code").allTextContents();
    expect(commands).toHaveLength(2);
    for (const text of commands) {
      const lines = text.split("\n").filter((line) => line.startsWith("curl"));
      for (const line of lines) expect(line).toContain(` ${here.origin}/api/`);
    }
  });

  test("the skip link leads to “Try it”", async () => {
    const { page } = await here.visit();
    const target = await page.getByRole("link", { name: /^Skip to/ }).getAttribute("href");
    expect(await page.locator(target).getByRole("heading").first().textContent()).toBe("Try it");
  });
});

test("without JavaScript the links are there and what cannot work is not", async () => {
  const { page, complaints } = await here.visit({ javaScriptEnabled: false });
  const note = page.locator("noscript p");
  expect(await note.innerText()).toContain("This panel needs JavaScript");
  expect(await note.isVisible()).toBe(true);
  expect(await page.getByRole("button").count()).toBe(0);
  expect(await page.getByRole("textbox").count()).toBe(0);
  expect(await page.locator(".routes a").first().isVisible()).toBe(true);
  expect(complaints).toEqual([]);
});
