// The span that a span is held against: as long, and over before that one begins.

const HOUR_S = 3600;
const DAY_S = 86_400;

/** How long slots are, and for how long they are kept: src/metrics/slots.rs. */
const SLOTS = [
  { length: 10, kept: 2 * HOUR_S },
  { length: 300, kept: 2 * DAY_S },
  { length: HOUR_S, kept: 90 * DAY_S },
];

/**
 * What is asked for is widened to whole slots, and what is long ago is kept in longer ones: it ends with a
 * whole one, or the first minutes of an incident would be in what it is compared with.
 */
export function spanBefore({ from, to }: { from: number; to: number }, at: number) {
  const length = to - from;
  const slot = SLOTS.find(({ kept }) => at - (from - length) < kept)?.length ?? DAY_S;
  const end = Math.floor(from / slot) * slot;
  return { from: end - length, to: end };
}
