// How uPlot draws a chart: its axes, its lines or layers, and what a drawn stretch leads to.

import type uPlot from "uplot";
import { isDated, moment } from "../format.ts";
import type { ChartProps, Series } from "./chart.tsx";
import { colour } from "./colour.ts";
import { marks } from "./marks.ts";
import { isolated } from "./points.ts";

export const HEIGHT = 190;

/** Charts of one page show the same moment under the pointer. */
const SYNC = "forebay";

/** A stretch of fewer pixels is a click. */
const STRETCH_MIN = 8;

/** Between times on an axis, in pixels: a date besides takes more. */
const TIME_ROOM = 70;
const DATE_ROOM = 120;

export const widthOf = (box: HTMLElement) => Math.max(200, box.clientWidth);

/** Stacked layers are drawn from the top one, each with all that are below it. */
export function dataOf({ kind, times, series }: ChartProps): uPlot.AlignedData {
  if (kind === "lines") return [times, ...series.map(({ values }) => values)];
  const sums = times.map(() => 0);
  const layers = series.map(({ values }) =>
    values.map((value, index) => {
      const sum = (sums[index] ?? 0) + (value ?? 0);
      sums[index] = sum;
      return sum;
    }),
  );
  return [times, ...layers.reverse()];
}

export function options(latest: { current: ChartProps }, box: HTMLElement): uPlot.Options {
  const { kind, series } = latest.current;
  return {
    width: widthOf(box),
    height: HEIGHT,
    legend: { show: false },
    cursor: {
      sync: { key: SYNC },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
    },
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: axes(latest, box),
    series: [
      {},
      ...(kind === "stacked" ? [...series].reverse() : series).map((each) =>
        drawn(each, kind, box),
      ),
    ],
    plugins: [marks(latest, box)],
    hooks: { setSelect: [(plot) => selected(plot, latest.current)] },
  };
}

function axes(latest: { current: ChartProps }, box: HTMLElement): uPlot.Axis[] {
  const { measure } = latest.current;
  const shared = {
    stroke: colour("--soft", box),
    grid: { stroke: colour("--line", box), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  return [
    {
      ...shared,
      // The first one is the oldest: where it has no date, none has.
      space: (_, __, first) => (isDated(first) ? DATE_ROOM : TIME_ROOM),
      size: 28,
      values: (_, splits) => splits.map((at) => moment(at)),
    },
    {
      ...shared,
      size: 64,
      ...(measure.increments ? { incrs: measure.increments } : {}),
      values: (_, splits) => splits.map((value) => latest.current.measure.shown(value)),
    },
  ];
}

function drawn({ label, colour: name }: Series, kind: ChartProps["kind"], box: HTMLElement) {
  const own = colour(name, box);
  const shared: uPlot.Series = { label, stroke: own, spanGaps: false };
  if (kind === "stacked") return { ...shared, fill: own, width: 0, points: { show: false } };
  const filter = (plot: uPlot, index: number) => isolated(plot.data[index] ?? []);
  return { ...shared, width: 2, points: { show: false, filter, size: 5, width: 0, fill: own } };
}

function selected(plot: uPlot, { onSelect }: ChartProps) {
  const { left, width } = plot.select;
  if (width < STRETCH_MIN) return;
  const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  onSelect?.(Math.floor(from), Math.ceil(to));
}
