// What the first screen says of the incident, and after how many seconds: the overview as it opens, looked
// at each second, without a click.

import { DESKTOP } from "./window.mjs";

const LOOK_MS = 1000;

/** Sentences differ by their numbers from second to second: by what they begin with they are told apart. */
const kindOf = (said) => said.replace(/\d[\d.,]*( %| ms| s\b|×)?/g, "#");

/** In the page: what stands out, as far as it is seen without scrolling. */
function seen() {
  const items = [...document.querySelectorAll(".findings li")];
  return items
    .filter((item) => item.getBoundingClientRect().top < innerHeight - 20)
    .map((item) =>
      [item.querySelector(".badge"), item.querySelector(".what"), item.querySelector(".more")]
        .map((part) => part?.textContent.trim())
        .filter(Boolean)
        .join(" | "),
    );
}

/**
 * Looks from now on, until what it gives is called; that gives what was said, in its order.
 *
 * @param {(options?: object) => Promise<import("playwright-core").Page>} open
 */
export async function watchFirstScreen(open) {
  const page = await open({ viewport: DESKTOP });
  await page.goto("/dashboard");
  const began = Date.now();
  const said = new Map();
  const look = async () => {
    const after = Math.round((Date.now() - began) / 1000);
    for (const each of await page.evaluate(seen)) {
      const kind = kindOf(each.split(" | ").slice(0, 2).join(" | "));
      if (said.has(kind)) continue;
      said.set(kind, { after_s: after, says: each });
      console.log(`  +${String(after).padStart(3)} s  ${each}`);
    }
  };
  // A page that is being closed or reloaded answers nothing.
  const timer = setInterval(() => look().catch(() => {}), LOOK_MS);
  return async () => {
    clearInterval(timer);
    await page.context().close();
    return [...said.values()];
  };
}
