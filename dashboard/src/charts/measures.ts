// What a chart's numbers are: how they are written, and which steps its axis may have.

import * as format from "../format.ts";

export interface Measure {
  shown: (value: number | null) => string;
  /** Steps of the axis; any that suit, where there are none. */
  increments?: number[];
}

/** Half a failure is none: 1, 2, 5, 10, 20, … */
const WHOLE = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((each) => each * 10 ** power));

const orDash = (shown: (value: number) => string) => (value: number | null) =>
  value === null ? "–" : shown(value);

export const MILLISECONDS: Measure = { shown: format.ms };
export const SHARE: Measure = { shown: format.share };
export const PER_SECOND: Measure = { shown: orDash(format.perSecond) };
export const COUNT: Measure = { shown: orDash(format.count), increments: WHOLE.flat() };
