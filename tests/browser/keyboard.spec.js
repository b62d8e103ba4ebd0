// The page by keyboard alone: everything that a mouse can do, in the order of reading, with a focus
// that can be seen.

import { describe, expect, test } from "vitest";
import { contrast } from "./support/colours.js";
import { demo } from "./support/demo.js";

const here = demo();
const NON_TEXT_CONTRAST = 3;

/** What has the focus: its place among all that can be reached by Tab, and how that shows. */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement: at } = document;
    if (at === null || at === document.body) return null;
    const reachable = [...document.querySelectorAll("a[href], button, input, [tabindex='0']")];
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(at);
    const { top, bottom, left, right } = at.getBoundingClientRect();
    let ground = at.parentElement;
    while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)")
      ground = ground.parentElement;
    return {
      name: at.getAttribute("aria-label") ?? at.id ?? at.textContent,
      place: reachable.filter((each) => each.checkVisibility()).indexOf(at),
      outline: { style: outlineStyle, width: parseFloat(outlineWidth), color: outlineColor },
      ground: getComputedStyle(ground).backgroundColor,
      isInView: top < innerHeight && bottom > 0 && left < innerWidth && right > 0,
    };
  });

const reachableCount = (page) =>
  page.evaluate(
    () =>
      [...document.querySelectorAll("a[href], button, input, [tabindex='0']")].filter((each) =>
        each.checkVisibility(),
      ).length,
  );

/** The next Tab goes to the page's first stop, as when it has just loaded. */
const startOver = (page) =>
  page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
  });

async function tabThrough(page) {
  const stops = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await focused(page);
    if (stop === null || stops.length > 200) return stops;
    stops.push(stop);
  }
}

describe.each(["light", "dark"])("in %s colours", (colorScheme) => {
  test("Tab goes through everything in order, and where it is can be seen", async () => {
    const { page, panel } = await here.visit({ colorScheme });
    await panel.ask("/api/pitches/1");
    await startOver(page);
    const stops = await tabThrough(page);
    expect(stops.map(({ place }) => place)).toEqual([...Array(await reachableCount(page)).keys()]);
    for (const { name, outline, ground, isInView } of stops) {
      expect(outline.style, name).toBe("solid");
      expect(outline.width, name).toBeGreaterThanOrEqual(2);
      expect(contrast(outline.color, ground), name).toBeGreaterThanOrEqual(NON_TEXT_CONTRAST);
      expect(isInView, name).toBe(true);
    }
  });
});

test("the skip link shows when it is reached, and Enter leads past the header", async () => {
  const { page, panel } = await here.visit();
  const skip = page.getByRole("link", { name: /^Skip to/ });
  const isInView = () => skip.evaluate((link) => link.getBoundingClientRect().left >= 0);
  expect(await isInView()).toBe(false);
  await page.keyboard.press("Tab");
  expect(await isInView()).toBe(true);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  expect(await hasFocus(panel.path)).toBe(true);
});

test("Enter in the path asks, and the focus stays for the next", async () => {
  const { page, panel } = await here.visit();
  await panel.path.focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("/api/users/5");
  await panel.shows(() => page.keyboard.press("Enter"));
  expect(await panel.badge.textContent()).toBe("MISS");
  expect(await hasFocus(panel.path)).toBe(true);
  await panel.shows(() => page.keyboard.press("Enter"));
  expect(await panel.badge.textContent()).toBe("HIT");
});

test.each(["Enter", "Space"])("%s on “Ask” asks, and the button keeps the focus", async (key) => {
  const { page, panel } = await here.visit();
  await panel.send.focus();
  await panel.shows(() => page.keyboard.press(key));
  expect(await panel.verdict.textContent()).toContain("200");
  expect(await hasFocus(panel.send)).toBe(true);
});

test("Enter on “Try” asks, shows the answer and goes to “Ask”", async () => {
  const { page, panel } = await here.visit();
  await page.getByRole("button", { name: "Try /api/users/1", exact: true }).focus();
  await panel.shows(() => page.keyboard.press("Enter"));
  expect(await panel.path.inputValue()).toBe("/api/users/1");
  expect(await hasFocus(panel.send)).toBe(true);
  const stop = await focused(page);
  expect([stop.outline.style, stop.isInView]).toEqual(["solid", true]);
  expect(
    await panel.verdict.evaluate((part) => part.getBoundingClientRect().bottom < innerHeight),
  ).toBe(true);
});

const hasFocus = (locator) => locator.evaluate((part) => part === document.activeElement);
