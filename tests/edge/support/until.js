// Waiting for something that can be observed, for as long as it takes but not for ever.

import { setImmediate as turn } from "node:timers/promises";

const LIMIT_MS = 15_000;

/**
 * Asks again and again until the answer is truthy, and gives it.
 *
 * @template T
 * @param {string} what is waited for, for the error
 * @param {() => T | Promise<T>} observe
 * @returns {Promise<T>}
 */
export async function until(what, observe) {
  const end = performance.now() + LIMIT_MS;
  for (;;) {
    const seen = await observe();
    if (seen) return seen;
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await turn();
  }
}
