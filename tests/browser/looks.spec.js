// What the page looks like on a desk and on a phone, in light and in dark: readable, with nothing
// cut off. Axe-core reads each of its states.

import { describe, expect, test } from "vitest";
import { graveViolations } from "./support/axe.js";
import { contrast } from "./support/colours.js";
import { DESKTOP, PHONE, demo } from "./support/demo.js";

const here = demo();
const TEXT_CONTRAST = 4.5;

/** What no other test of this file asks for. */
const FRESH = { light: "/api/users/31", dark: "/api/users/32" };
const LONG = `/api/search?q=${"solar+battery+".repeat(12)}&limit=5`;

/** The states that a visit goes through, each with what leads to it. */
const STATES = {
  "as it loads": async () => {},
  "with a miss and a hit": async (panel) => {
    await panel.ask("/api/pitches/2");
    await panel.ask("/api/pitches/2");
  },
  "with a long path": (panel) => panel.ask(LONG),
  "with a 404": (panel) => panel.ask("/api/pitches/999999999"),
  "with a 400": (panel) => panel.ask("/api/pitches/one"),
  "with a path of another site": (panel) => panel.ask("https://elsewhere.invalid/"),
};

describe.each(["light", "dark"])("in %s colours", (colorScheme) => {
  test.each([
    ["on a desk", DESKTOP],
    ["on a phone", PHONE],
  ])("axe finds nothing grave %s, in any state", async (_, viewport) => {
    const { page, panel } = await here.visit({ colorScheme, viewport });
    for (const [state, lead] of Object.entries(STATES)) {
      await lead(panel);
      expect(await graveViolations(page), state).toEqual([]);
    }
  });

  test("verdicts, links, code and notes can be read", async () => {
    const { page, panel } = await here.visit({ colorScheme });
    const seen = {};
    const fresh = FRESH[colorScheme];
    for (const path of [fresh, fresh, "/api/users/one"]) {
      await panel.ask(path);
      seen[(await panel.badge.getAttribute("class")).split(" ").at(-1)] = await colours(
        panel.badge,
      );
    }
    expect(Object.keys(seen)).toEqual(["is-miss", "is-hit", "is-fault"]);
    for (const what of [
      ".routes a",
      ".note",
      ".lock",
      "#body",
      "dt",
      "code",
      "header p",
      "label",
    ]) {
      seen[what] = await colours(page.locator(what).first());
    }
    for (const [what, { text, ground }] of Object.entries(seen)) {
      expect(contrast(text, ground), what).toBeGreaterThanOrEqual(TEXT_CONTRAST);
    }
  });
});

test("the two schemes are two: dark text on light ground, and the other way about", async () => {
  const grounds = {};
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await here.visit({ colorScheme });
    const { text, ground } = await colours(page.locator("body"));
    grounds[colorScheme] = {
      text: contrast(text, "rgb(0, 0, 0)"),
      ground: contrast(ground, "rgb(0, 0, 0)"),
    };
  }
  expect(grounds.light.ground).toBeGreaterThan(grounds.light.text);
  expect(grounds.dark.text).toBeGreaterThan(grounds.dark.ground);
});

// 320 px is what a desk's 1280 px are at 400 % (WCAG 2.2, 1.4.10).
test.each([390, 320])("%d px are enough: nothing scrolls sideways in any state", async (width) => {
  const { page, panel } = await here.visit({
    viewport: { ...PHONE, width },
    hasTouch: true,
    isMobile: true,
  });
  for (const [state, lead] of Object.entries(STATES)) {
    await lead(panel);
    const sizes = await page.evaluate(() => ({
      page: document.documentElement.scrollWidth,
      window: document.documentElement.clientWidth,
    }));
    expect(sizes, state).toEqual({ page: width, window: width });
    expect(await cutOff(page), state).toEqual([]);
  }
});

test("what is to be tapped on a phone is large enough", async () => {
  const { page } = await here.visit({ viewport: PHONE, hasTouch: true, isMobile: true });
  const small = await page
    .locator("button:visible, input:visible")
    .evaluateAll((all) =>
      all.filter((each) => each.getBoundingClientRect().height < 32).map((each) => each.outerHTML),
    );
  expect(small).toEqual([]);
});

/** What reaches out of the window and is in no box that scrolls by itself. */
const cutOff = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll("main *")]
      .filter((each) => each.closest("pre, thead") === null && each.checkVisibility())
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 0.5)
      .map((each) => each.outerHTML.slice(0, 80)),
  );

const colours = (locator) =>
  locator.evaluate((part) => {
    let box = part;
    const groundOf = (each) => getComputedStyle(each).backgroundColor;
    while (groundOf(box) === "rgba(0, 0, 0, 0)") box = box.parentElement;
    return { text: getComputedStyle(part).color, ground: groundOf(box) };
  });
