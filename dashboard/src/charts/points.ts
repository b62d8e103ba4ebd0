// From the points of a summary to what charts take.

import type { Point, Quantiles, Summary } from "../api/summary.ts";
import type { Series } from "./chart.tsx";
import { MILLISECONDS } from "./measures.ts";
import type { ChartOf } from "./over_time.tsx";

type Span = Summary["span"];

/** How much of a point is over, in seconds: a rate of the last one is of that. */
export const secondsOf = ({ step, to }: Span, at: number): number =>
  Math.max(1, Math.min(step, to - at));

/** How many of the points are over. */
export const pointsOver = ({ span, points }: Summary): number =>
  points.filter(({ at }) => at + span.step <= span.to).length;

/** Makes the lines of a summary's charts. */
export function linesOf({ span, points }: Summary) {
  type Value = (point: Point) => number | null;
  const line = (label: string, colour: string, value: Value): Series => ({
    label,
    colour,
    values: points.map(value),
  });
  /** So many a second. */
  const rate = (label: string, colour: string, count: (point: Point) => number): Series =>
    line(label, colour, (point) => count(point) / secondsOf(span, point.at));
  const quantiles = (of: (point: Point) => Quantiles): Series[] => [
    line("p50", "--p50", (point) => of(point).p50),
    line("p95", "--p95", (point) => of(point).p95),
    line("p99", "--p99", (point) => of(point).p99),
  ];
  /** The chart that every view of answers begins with. */
  const answers = (): ChartOf => ({
    title: "How long answers take",
    kind: "lines",
    measure: MILLISECONDS,
    series: quantiles(({ duration }) => duration),
  });
  return { line, rate, quantiles, answers };
}

/** The span of a stretch that was drawn: all points that it touches. */
export function stretch({ from: first, step, to }: Span, begins: number, ends: number) {
  const pointAt = (at: number) => first + Math.floor((at - first) / step) * step;
  return { from: pointAt(begins), to: Math.min(pointAt(ends) + step, to) };
}

/** Values with nothing beside them: no line leads to them. */
export const isolated = (values: ArrayLike<number | null | undefined>): number[] =>
  Array.from(values, (value, index) =>
    value != null && values[index - 1] == null && values[index + 1] == null ? index : -1,
  ).filter((index) => index >= 0);
