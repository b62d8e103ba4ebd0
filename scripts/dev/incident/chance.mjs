// Chance from a seed: the same drill asks for the same things in the same order.

/** @returns {() => number} numbers from 0 to 1, by mulberry32 */
export function chanceOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number below `count`. */
export const below = (chance, count) => Math.floor(chance() * count);

/** One of the first `count` numbers from 1 on, of which few are drawn often. */
export const popular = (chance, count) => Math.floor(count ** chance());

export const oneOf = (chance, all) => all[below(chance, all.length)];

/** One of `[what, weight]`. */
export function weighed(chance, all) {
  let left = chance() * all.reduce((sum, [, weight]) => sum + weight, 0);
  const found = all.find(([, weight]) => (left -= weight) < 0);
  return (found ?? all.at(-1))[0];
}
