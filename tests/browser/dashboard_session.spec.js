// The way into the dashboard, and what its files are sent with.

import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inRoot } from "../../scripts/setup/paths.mjs";
import { sizeInKiB } from "../../scripts/setup/dashboard.mjs";
import { graveViolations } from "./support/axe.js";
import { PHONE, dashboard, signIn } from "./support/dashboard.js";
import { ADMIN_TOKEN } from "./support/worker.js";

const here = dashboard();

const session = (init) => fetch(`${here.origin}/dashboard/session`, init);
const shows = (token, headers = {}) =>
  session({
    method: "POST",
    headers: { "content-type": "application/json", "forebay-dashboard": "1", ...headers },
    body: JSON.stringify({ token }),
  });
const cookieOf = (answer) => answer.headers.get("set-cookie")?.split(";")[0];

describe("signing in", () => {
  test("by the admin token, and out again", async () => {
    const { page, complaints } = await here.signedIn("/dashboard/shield");
    await page.getByRole("heading", { level: 1, name: "Shield" }).waitFor();
    expect(await page.title()).toBe("Shield · Forebay");
    const kept = await page.context().cookies();
    expect(kept.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite])).toEqual([
      ["forebay", true, "Strict"],
    ]);
    expect(await page.evaluate(() => document.cookie)).toBe("");
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Shield" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Admin token").waitFor();
    expect(await page.context().cookies()).toEqual([]);
    // The browser tells of the first question whether there is a session.
    expect(complaints.filter((each) => !each.includes("401"))).toEqual([]);
  });

  test("a wrong token is refused in words, and the field is ready for another", async () => {
    const { page } = await here.open("/dashboard");
    await signIn(page, "wrong");
    await page.getByText("That is not the admin token.").waitFor();
    expect(await page.context().cookies()).toEqual([]);
    const field = page.getByLabel("Admin token");
    expect(await field.evaluate((at) => at === document.activeElement)).toBe(true);
    await signIn(page);
    await page.getByRole("navigation", { name: "Views" }).waitFor();
  });

  test("no token is no question", async () => {
    const { page } = await here.open("/dashboard");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Write the admin token.").waitFor();
  });

  test("when the session ends, the way in says so", async () => {
    const { page } = await here.signedIn("/dashboard/shield");
    await page.context().clearCookies();
    await page.getByRole("link", { name: "Alerts" }).click();
    await page.getByText("Your session has ended. Sign in again.").waitFor();
  });

  test("out again is not said to have come about when Forebay could not be told", async () => {
    const { page } = await here.signedIn("/dashboard/shield");
    await page.route("**/dashboard/session", (route) =>
      route.request().method() === "DELETE" ? route.abort("connectionfailed") : route.fallback(),
    );
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("this browser is still signed in").waitFor();
    await page.unroute("**/dashboard/session");
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Admin token").waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });

  test.each(["light", "dark"])("axe finds nothing grave, in %s colours", async (colorScheme) => {
    for (const options of [{ colorScheme }, { colorScheme, viewport: PHONE }]) {
      const { page } = await here.open("/dashboard", options);
      await page.getByLabel("Admin token").waitFor();
      expect(await graveViolations(page)).toEqual([]);
      await signIn(page, "wrong");
      await page.getByText("That is not the admin token.").waitFor();
      expect(await graveViolations(page)).toEqual([]);
    }
  });
});

describe("the session", () => {
  test("opens the operator's endpoints, and changes nothing without the dashboard's field", async () => {
    const cookie = cookieOf(await shows(ADMIN_TOKEN));
    const ask = (path, init = {}) =>
      fetch(here.origin + path, { ...init, headers: { cookie, ...init.headers } });
    expect((await session({ headers: { cookie } })).status).toBe(204);
    expect((await ask("/debug/shield")).status).toBe(200);
    const elsewhere = { origin: "https://elsewhere.invalid" };
    expect((await ask("/debug/shield", { headers: elsewhere })).status).toBe(401);
    const purge = (headers) =>
      ask("/admin/purge", { method: "POST", headers, body: JSON.stringify({ tags: ["none"] }) });
    const mark = { "forebay-dashboard": "1" };
    expect((await purge({})).status).toBe(401);
    expect((await purge({ ...mark, origin: "https://elsewhere.invalid" })).status).toBe(401);
    expect((await purge({ ...mark, origin: here.origin })).status).toBe(200);
    expect((await purge(mark)).status).toBe(200);
  });

  test("is not to be had by a page of others, nor by half a question", async () => {
    expect((await session()).status).toBe(401);
    expect((await shows(ADMIN_TOKEN, { "forebay-dashboard": "" })).status).toBe(401);
    expect((await shows(ADMIN_TOKEN, { origin: "https://elsewhere.invalid" })).status).toBe(401);
    expect((await shows("wrong")).status).toBe(401);
    expect((await shows("")).status).toBe(400);
    expect((await shows(7)).status).toBe(400);
    const wrong = await session({ method: "PUT" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, POST, DELETE"]);
  });

  test("a made-up cookie is none", async () => {
    const cookie = cookieOf(await shows(ADMIN_TOKEN));
    const longer = cookie.replace(/=\d+/, "=99999999999");
    for (const each of [longer, "forebay=1", "forebay="])
      expect((await session({ headers: { cookie: each } })).status, each).toBe(401);
  });
});

test("wrong tokens are heard fifty times from one place, and others all the same", async () => {
  const from = (address, token) => shows(token, { "cf-connecting-ip": address });
  const seen = [];
  for (let time = 0; time < 51; time += 1) seen.push((await from("192.0.2.1", "wrong")).status);
  expect([seen.indexOf(429), new Set(seen)]).toEqual([50, new Set([401, 429])]);
  const right = await from("192.0.2.1", ADMIN_TOKEN);
  expect(right.status).toBe(429);
  expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
  const bearer = { authorization: `Bearer ${ADMIN_TOKEN}`, "cf-connecting-ip": "192.0.2.1" };
  expect((await fetch(`${here.origin}/debug/shield`, { headers: bearer })).status).toBe(429);
  expect((await from("192.0.2.2", ADMIN_TOKEN)).status).toBe(204);
});

describe("the files", () => {
  test("the page is open to all, names its own files alone, and may not be framed", async () => {
    for (const path of ["/dashboard", "/dashboard/", "/dashboard/routes"]) {
      const { status, headers } = await fetch(here.origin + path);
      expect([status, headers.get("content-type")], path).toEqual([
        200,
        "text/html; charset=utf-8",
      ]);
      const policy = headers.get("content-security-policy");
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cache-control")).toBe("no-cache");
    }
  });

  test("what has a hash is kept for ever, and what is not there is 404", async () => {
    const names = readdirSync(inRoot("public", "dashboard", "assets"));
    expect(names.length).toBeGreaterThanOrEqual(3);
    for (const name of names) {
      expect(name).toMatch(/-[\w-]{8}\.\w+$/);
      const answer = await fetch(`${here.origin}/dashboard/assets/${name}`);
      expect(answer.status, name).toBe(200);
      expect(answer.headers.get("cache-control"), name).toContain("immutable");
    }
    for (const path of ["/dashboard/assets/none.js", "/dashboard/a/b"])
      expect((await here.ask(path)).status, path).toBe(404);
    expect((await fetch(`${here.origin}/dashboard`, { method: "POST" })).status).toBe(405);
  });

  test("all together are below 150 KB, compressed", () => {
    expect(existsSync(inRoot("public", "dashboard", "index.html"))).toBe(true);
    expect(sizeInKiB() * 1024).toBeLessThan(150_000);
  });
});
