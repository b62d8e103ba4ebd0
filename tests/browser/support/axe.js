// What axe-core finds wrong with a page.

import axe from "axe-core";
import { expect } from "vitest";

const GRAVE = ["serious", "critical"];

/**
 * Violations that keep somebody out, one line each.
 *
 * @param {import("playwright-core").Page} page
 * @param {string[]} passing rules that must have found something to look at
 */
export async function graveViolations(page, passing = ["color-contrast", "label"]) {
  // Not by a script element, which the page's policy refuses.
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  // Had axe found nothing to look at, it would have found nothing wrong.
  expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(passing));
  return violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}
