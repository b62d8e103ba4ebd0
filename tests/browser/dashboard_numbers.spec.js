// What numbers stand for: the same on one screen, of enough samples, and links from them that lead somewhere.
// Over made-up answers.

import { describe, expect, test } from "vitest";
import { dashboard, makeUp, shown, signIn } from "./support/dashboard.js";
import { summary } from "./support/dashboard_answers.js";

const here = dashboard();

/**
 * A view over a calm hour that `change` makes something of.
 *
 * @param {(now: object) => void} change
 * @param {(before: object) => object | void} [earlier] the same to the span before; or what is answered
 */
async function over(path, change, earlier = () => {}) {
  const { page } = await here.open(path, {}, async (each) => {
    await makeUp(each, "calm");
    await each.route("**/monitoring/performance*", (route) => {
      const { searchParams } = new URL(route.request().url());
      const [from, to] = ["from", "to"].map((name) => searchParams.get(name));
      const span = to === null ? {} : { from: Number(from), to: Number(to) };
      const made = summary("calm", { ...span, route: searchParams.get("route") });
      const other = to === null ? change(made) : earlier(made);
      return route.fulfill(other ?? { json: made });
    });
  });
  await signIn(page);
  await shown(page);
  return page;
}

describe("what the caches missed is counted the same everywhere", () => {
  const missing = ({ total, routes }) => {
    for (const { hits } of [total, ...routes]) Object.assign(hits, { misses: 100, expired: 23 });
  };

  test("in the overview", async () => {
    const page = await over("/dashboard", missing);
    const told = page.locator(".figure, .flow li").getByText(/\d missed/);
    expect(await told.allTextContents()).toEqual([
      expect.stringMatching(/^123 missed, [\d,]+ served stale$/),
      "123 missed",
    ]);
  });

  test("among all routes and of one", async () => {
    const page = await over("/dashboard/routes", missing);
    const row = page.getByRole("row").filter({ hasText: "GET /api/search" });
    await row.getByRole("cell", { name: "123", exact: true }).waitFor();
    await row.getByRole("link").click();
    await page.locator(".figure").filter({ hasText: "Hit rate" }).getByText("123 missed").waitFor();
  });
});

test("only routes that the site has are led to, and of the others it is said why", async () => {
  const page = await over("/dashboard/routes", ({ routes }) => {
    const [first] = routes;
    const gone = (route) => ({ ...first, route, own_source: null, requests: 1 });
    routes.push(gone("GET /old/{id}"), gone("other"));
  });
  const heads = page.getByRole("rowheader");
  const texts = await heads.allTextContents();
  expect(texts.slice(-2)).toEqual([
    "GET /old/{id} (no longer in the site)",
    "other (too many to tell apart)",
  ]);
  expect(await heads.getByRole("link").allTextContents()).toEqual([
    "GET /api/pitches/{id}",
    "GET /api/search",
    "GET /api/users/{id}",
    "GET /legacy/*",
  ]);
});

describe("a place", () => {
  const of = ({ places }, colo) => places.find((each) => each.colo === colo);
  const slow = (made, colo, more = {}) => {
    const place = of(made, colo);
    Object.assign(place, more);
    place.duration.p95 = 400;
  };
  const marked = (page) =>
    page.getByRole("row").filter({ hasText: "slower than before" }).getByRole("rowheader");

  test("is marked where it is slower than it was, by enough requests then and now", async () => {
    const page = await over(
      "/dashboard/places",
      (now) => {
        slow(now, "FRA");
        slow(now, "LHR", { requests: 19 });
        slow(now, "IAD");
      },
      (before) => void (of(before, "IAD").requests = 19),
    );
    await page.getByRole("columnheader", { name: "p95 before" }).waitFor();
    expect(await marked(page).allTextContents()).toEqual(["FRA"]);
    expect(await page.locator("td .is-stale").count()).toBe(1);
  });

  test("is not where it is as slow as ever", async () => {
    const page = await over(
      "/dashboard/places",
      (now) => slow(now, "FRA"),
      (before) => slow(before, "FRA"),
    );
    const row = page.getByRole("row").filter({ hasText: "FRA" });
    await row.getByRole("cell", { name: "400 ms" }).nth(1).waitFor();
    expect(await marked(page).count()).toBe(0);
  });

  test("has nothing to be held against where the span before cannot be had, which is said", async () => {
    const unavailable = { title: "The source is unavailable", status: 503, request_id: "r-1" };
    const page = await over(
      "/dashboard/places",
      (now) => slow(now, "FRA"),
      () => ({ status: 503, json: unavailable }),
    );
    await page.getByText("The span before could not be had.").waitFor();
    expect(await marked(page).count()).toBe(0);
    await makeUp(page, "calm");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("could not be had").waitFor({ state: "detached" });
  });
});

describe("the origins' part tells of the slowest", () => {
  const origin = ({ origins: [one] }, name, calls, p95) => ({
    ...one,
    origin: name,
    calls,
    duration: { ...one.duration, count: calls, p95 },
  });
  const tile = (page) => page.locator(".flow li").filter({ hasText: "Origins" });

  test.each([
    ["that was asked often enough", [[9000, 84], [20, 310], [19, 7000]], "310 ms"], // prettier-ignore
    ["of all where none was", [[3, 84], [19, 310], [7, 190]], "310 ms"], // prettier-ignore
  ])("%s", async (_, all, value) => {
    const page = await over("/dashboard", (now) => {
      now.origins = all.map(([calls, p95], index) => origin(now, `origin-${index}`, calls, p95));
    });
    expect(await tile(page).locator(".value").textContent()).toBe(value);
    expect(await tile(page).locator(".of").textContent()).toMatch(/^p95 of the slowest · /);
  });

  test("only where there are several", async () => {
    const page = await over("/dashboard", () => {});
    expect(await tile(page).locator(".of").textContent()).toMatch(/^p95 · /);
  });
});
