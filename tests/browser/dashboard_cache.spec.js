// Purges from the dashboard, over the Worker's own answers.

import { expect, test } from "vitest";
import { dashboard } from "./support/dashboard.js";

const here = dashboard();

const verdict = async (path) => {
  const answer = await fetch(here.origin + path);
  await answer.arrayBuffer();
  return answer.headers.get("x-cache-status");
};

async function explained(page, path) {
  await page.getByLabel("URL or path").fill(path);
  await page.getByRole("button", { name: "Explain" }).click();
}

test("a URL is explained as a request would find it", async () => {
  const path = "/api/users/41";
  const { page, complaints } = await here.signedIn("/dashboard/cache");
  await explained(page, path);
  await page.getByText("(MISS)").waitFor();
  await verdict(path);
  await page.getByRole("button", { name: "Look again" }).click();
  await page.getByText("It is answered from memory (HIT)").waitFor();
  expect(new URL(page.url()).searchParams.get("url")).toBe(path);
  await explained(page, "/api/users/one");
  await page.getByText("It is refused with 400").waitFor();
  expect(await page.getByRole("button", { name: "Purge this URL…" }).count()).toBe(0);
  expect(complaints.filter((each) => !each.includes("401"))).toEqual([]);
});

test("a purge from the page voids the entry, and its receipt says so", async () => {
  const path = "/api/users/42";
  expect([await verdict(path), await verdict(path)]).toEqual(["MISS", "HIT"]);
  const { page } = await here.signedIn(`/dashboard/cache?url=${encodeURIComponent(path)}`);
  await page.getByText("It is answered from memory (HIT)").waitFor();
  await page.getByRole("button", { name: "Purge this URL…" }).click();
  const dialog = page.getByRole("dialog", { name: "Purge?" });
  expect(await dialog.textContent()).toContain(path);
  await dialog.getByRole("radio", { name: /^Hard/ }).check();
  await dialog.getByRole("button", { name: "Purge", exact: true }).click();
  const title = page.getByRole("heading", { name: /^Purged, as number \d+$/ });
  await title.waitFor();
  expect(await title.evaluate((at) => at === document.activeElement)).toBe(true);
  await page.getByText("(MISS)").waitFor();
  expect(await verdict(path)).toBe("MISS");
});

test("a tag is purged softly, unless it is said otherwise", async () => {
  const path = "/api/users/43";
  expect([await verdict(path), await verdict(path)]).toEqual(["MISS", "HIT"]);
  const { page } = await here.signedIn(`/dashboard/cache?url=${encodeURIComponent(path)}`);
  await page.getByRole("button", { name: "Purge the tag user:43" }).click();
  await page.getByRole("button", { name: "Purge", exact: true }).click();
  await page.getByText("Softly: stale from now on.").waitFor();
  expect(await verdict(path)).toBe("STALE");
});
