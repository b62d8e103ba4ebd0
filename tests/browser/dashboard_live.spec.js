// Numbers as they come: a load of requests shows in the overview by itself.

import { expect, test } from "vitest";
import { dashboard } from "./support/dashboard.js";

const here = dashboard();

const read = async (path) => (await fetch(here.origin + path)).arrayBuffer();

test("load moves the charts, without anybody's asking", async () => {
  await read("/api/users/51");
  const { page, complaints } = await here.signedIn("/dashboard?range=5m");
  await page.getByText("Live", { exact: true }).waitFor();
  const requests = page.locator(".figure").filter({ hasText: "Requests" });
  await requests.waitFor();
  const before = await requests.textContent();
  for (let time = 0; time < 40; time += 1) await read(`/api/users/${60 + (time % 5)}`);
  await page.waitForFunction(
    (then) =>
      [...document.querySelectorAll(".figure")].some(
        ({ textContent }) => textContent.startsWith("Requests") && textContent !== then,
      ),
    before,
  );
  await page.locator(".behind summary").first().click();
  const table = page.getByRole("table", { name: "How long answers take" });
  await table.waitFor();
  const measured = table.getByRole("row").filter({ hasText: /ms/ });
  expect(await measured.count()).toBeGreaterThan(0);
  await page.getByRole("link", { name: "Routes" }).click();
  const row = page.getByRole("row").filter({ hasText: "GET /api/users/{id}" });
  expect(await row.getByRole("cell").nth(1).textContent()).toBe("41");
  await page.getByRole("link", { name: "Places" }).click();
  await page.getByRole("row").filter({ hasText: "local" }).waitFor();
  await page.getByRole("link", { name: "Database" }).click();
  await page.getByRole("row").filter({ hasText: "user" }).first().waitFor();
  expect(complaints.filter((each) => !each.includes("401"))).toEqual([]);
});

test("the stream tells a version at once", async () => {
  const leaving = new AbortController();
  const answer = await here.ask("/monitoring/live", { signal: leaving.signal });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const { value } = await answer.body.getReader().read();
  expect(new TextDecoder().decode(value)).toMatch(
    /^event: tick\ndata: \{"at":\d+,"version":\d+\}\n\n$/,
  );
  leaving.abort();
});
