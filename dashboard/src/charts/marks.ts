// What happened, drawn into a chart: a line for each event, with a letter that tells its kind; and the
// values under the pointer beside it.

import type uPlot from "uplot";
import type { HappeningKind } from "../api/happenings.ts";
import { exactly } from "../format.ts";
import type { ChartProps } from "./chart.tsx";
import { colour } from "./colour.ts";

export const MARKS: Record<HappeningKind, { colour: string; sign: string }> = {
  deploy: { colour: "--water", sign: "D" },
  purge: { colour: "--stale", sign: "P" },
  alert: { colour: "--fault", sign: "A" },
  protection: { colour: "--miss", sign: "S" },
};

/** A pointer so near to a mark, in pixels, means it. */
const NEAR = 6;

/** Of the disc that holds the letter, in pixels. */
const RADIUS = 7;

export function marks(latest: { current: ChartProps }, box: HTMLElement): uPlot.Plugin {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  const ground = colour("--card", box);
  const colours = new Map(
    Object.entries(MARKS).map(([kind, mark]) => [kind, colour(mark.colour, box)]),
  );
  const draw = (plot: uPlot) => {
    const { left, width } = plot.bbox;
    for (const { at, kind } of latest.current.events ?? []) {
      const x = Math.round(plot.valToPos(at, "x", true));
      if (x < left || x > left + width) continue;
      drawMark(plot, x, { sign: MARKS[kind].sign, own: colours.get(kind) ?? "", ground });
    }
  };
  return {
    hooks: {
      init: [(plot) => plot.over.append(tip)],
      draw: [draw],
      setCursor: [(plot) => showTip(plot, tip, latest.current)],
    },
  };
}

function drawMark(
  { ctx, bbox }: uPlot,
  x: number,
  { sign, own, ground }: { sign: string; own: string; ground: string },
) {
  const ratio = devicePixelRatio;
  const y = bbox.top + RADIUS * ratio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = own;
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.beginPath();
  ctx.arc(x, y, RADIUS * ratio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.fillStyle = ground;
  ctx.font = `700 ${10 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(sign, x, y);
  ctx.restore();
}

function showTip(plot: uPlot, tip: HTMLElement, chart: ChartProps) {
  const { left = -1, idx } = plot.cursor;
  const at = idx == null ? undefined : chart.times[idx];
  tip.hidden = at === undefined || left < 0;
  if (idx == null || at === undefined || left < 0) return;
  tip.replaceChildren(
    ...tipLines(plot, chart, { left, idx, at }).map((line) => {
      const row = document.createElement("div");
      row.textContent = line;
      return row;
    }),
  );
  const isRight = left > plot.over.clientWidth / 2;
  tip.style.left = isRight ? "" : `${left + 12}px`;
  tip.style.right = isRight ? `${plot.over.clientWidth - left + 12}px` : "";
}

function tipLines(
  plot: uPlot,
  { series, measure, events }: ChartProps,
  { left, idx, at }: { left: number; idx: number; at: number },
): string[] {
  const near = (events ?? []).filter(
    (event) => Math.abs(plot.valToPos(event.at, "x") - left) <= NEAR,
  );
  return [
    exactly(at),
    ...series.map(({ label, values }) => `${label} ${measure.shown(values[idx] ?? null)}`),
    ...near.map(({ kind, text }) => `${kind}: ${text}`),
  ];
}
