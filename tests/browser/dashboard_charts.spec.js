// What is drawn: values with nothing beside them, the newest point, axes of counts, and what happened.
// Over made-up answers.

import { expect, test } from "vitest";
import { dashboard, makeUp, signIn } from "./support/dashboard.js";
import { summary } from "./support/dashboard_answers.js";

const here = dashboard();
const TO = Math.floor(Date.now() / 30_000) * 30;

/** The page of a calm hour that `change` makes something of, with what its charts have written by their names. */
async function drawn(path, change = () => {}) {
  const { page } = await here.open(path, {}, async (each) => {
    await each.addInitScript(() => {
      const { fillText } = CanvasRenderingContext2D.prototype;
      window.writtenOn = new Map();
      window.placed = [];
      CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        const before = window.writtenOn.get(this.canvas) ?? new Set();
        window.writtenOn.set(this.canvas, before.add(`${text} at ${y}`));
        window.placed.push({ text, x, y, width: this.measureText(text).width, on: this.canvas });
        return fillText.call(this, text, x, y);
      };
    });
    await makeUp(each, "calm");
    await each.route("**/monitoring/performance*", (route) => {
      const { searchParams } = new URL(route.request().url());
      const made = summary("calm", { to: TO, route: searchParams.get("route") });
      change(made);
      return route.fulfill({ json: made });
    });
  });
  await signIn(page);
  return page;
}

const chart = (page, title) =>
  page.locator("figure.chart").filter({ has: page.getByRole("heading", { name: title }) });

/** What a chart has written on its canvas; what stands at several heights as often. */
async function written(page, title) {
  const canvas = chart(page, title).locator("canvas");
  await canvas.waitFor();
  const texts = await canvas.evaluate((at) => [...(window.writtenOn.get(at) ?? [])]);
  return texts.map((text) => text.split(" at ")[0]);
}

test("a value with nothing beside it is a dot", async () => {
  const page = await drawn("/dashboard", ({ points, routes }) => {
    points.forEach(({ duration }, index) => {
      duration.p50 = duration.p99 = null;
      if (index !== 60) duration.p95 = null;
    });
    for (const { spark } of routes)
      spark.forEach((each, index) => (each.p95 = index % 60 === 30 ? 5 : null));
  });
  const canvas = chart(page, "How long answers take").locator("canvas");
  await canvas.waitFor();
  const own = await page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = "var(--p95)";
    return getComputedStyle(probe).color.match(/\d+/g).map(Number);
  });
  const dots = await canvas.evaluate((at, [r, g, b]) => {
    const { data } = at.getContext("2d").getImageData(0, 0, at.width, at.height);
    let found = 0;
    for (let i = 0; i < data.length; i += 4)
      if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255)
        found += 1;
    return found;
  }, own);
  expect(dots).toBeGreaterThan(8);
  expect(dots).toBeLessThan(40);
  await page.getByRole("link", { name: "Routes" }).click();
  const spark = page.getByRole("img", { name: "p95 of GET /api/search over time" });
  await spark.waitFor();
  expect(await spark.locator("circle").count()).toBe(2);
});

test("the newest point is of its own seconds, and the legend tells of those that are over", async () => {
  const page = await drawn("/dashboard", ({ span, points }) => {
    const [before, last] = points.slice(-2);
    // A sixth of the point, and a sixth of its requests.
    span.to = last.at + 5;
    last.hits.memory = Math.round(before.hits.memory / 6);
    last.duration.p95 = 99_000;
  });
  const legend = chart(page, "How long answers take").locator(".legend");
  await legend.waitFor();
  expect(await legend.textContent()).toMatch(/p95 [\d.]+ ms/);
  await chart(page, "What answered").locator("summary").click();
  const rows = page.getByRole("table", { name: "What answered" }).getByRole("row");
  const memory = async (index) =>
    Number.parseFloat(await rows.nth(index).getByRole("cell").first().textContent());
  const [last, before] = [await memory(120), await memory(119)];
  expect(last).toBeGreaterThan(before * 0.9);
});

test("an axis of counts has no half ones", async () => {
  const page = await drawn("/dashboard", ({ points }) => {
    for (const each of points) each.errors = each.refused = each.database.failures = 0;
    points[50].errors = 1;
  });
  const labels = (await written(page, "Errors")).filter((text) => /^\d+$/.test(text));
  expect(labels.sort()).toEqual(["0", "1"]);
});

test.each([
  ["an hour of yesterday has dates", 86_400, 30, /^\d+ \w+, \d\d:\d\d$/],
  ["three days have dates", 0, 2160, /^\d+ \w+, \d\d:\d\d$/],
  ["the last hour has none", 0, 30, /^\d\d:\d\d$/],
])("%s on its axis, with room between them", async (_, ago, step, written) => {
  const page = await drawn("/dashboard", (made) => {
    const to = TO - ago;
    made.points.forEach((point, index) => (point.at = to - (120 - index) * step));
    Object.assign(made.span, { from: to - 120 * step, to, step });
  });
  const canvas = chart(page, "How long answers take").locator("canvas");
  await canvas.waitFor();
  const labels = await canvas.evaluate((at) => {
    const own = window.placed.filter(({ on }) => on === at);
    const lowest = Math.max(...own.map(({ y }) => y));
    const row = own.filter(({ y }) => y === lowest);
    // It is drawn more than once: what stands there was written last, from the left to the right.
    const first = row.findLastIndex(({ x }, index) => index === 0 || x <= row[index - 1].x);
    return row
      .slice(first)
      .map(({ text, x, width }) => ({ text, from: x - width / 2, to: x + width / 2 }));
  });
  expect(labels.length).toBeGreaterThan(1);
  expect(labels[0].text).toMatch(written);
  for (const [index, { from, text }] of labels.slice(1).entries())
    expect(from - labels[index].to, `before ${text}`).toBeGreaterThan(16);
});

test("what happened is marked by letters, and told in a list that needs no pointer", async () => {
  for (const path of ["/dashboard", "/dashboard/routes?route=GET+/api/search"]) {
    const page = await drawn(path);
    expect(await written(page, "How long answers take"), path).toEqual(
      expect.arrayContaining(["D", "P"]),
    );
    const list = page.getByRole("table", { name: "What happened" });
    const rows = list.getByRole("row").filter({ hasText: /deploy|purge/ });
    expect(await rows.allTextContents()).toEqual([
      expect.stringMatching(/purge.*tag pitches, soft$/),
      expect.stringMatching(/deploy.*release 5f0c2a91$/),
    ]);
  }
});

test("one route has the charts of its source and its errors too", async () => {
  const page = await drawn("/dashboard/routes?route=GET+/api/search");
  for (const title of ["How long answers take", "How long its source takes", "Errors"])
    await chart(page, title).locator("canvas").waitFor();
  expect(await chart(page, "How long answers take").locator(".legend").textContent()).toContain(
    "p99",
  );
});
