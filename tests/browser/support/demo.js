// What a file of tests of the start page stands on.

import { browser } from "./browser.js";
import { Panel } from "./panel.js";

export { DESKTOP, PHONE } from "./browser.js";

/**
 * @typedef {import("./browser.js").Window & { panel: Panel }} Visit with the page's "Try it"
 */

/** The demo on workerd, and Chromium; filled in before the file's tests. */
export function demo() {
  const here = browser();
  /**
   * @param {import("playwright-core").BrowserContextOptions} [options]
   * @returns {Promise<Visit>}
   */
  here.visit = async (options) => {
    const { page, complaints } = await here.open("/", options);
    return { page, panel: new Panel(page), complaints };
  };
  return here;
}
