// What happened, drawn into a chart: a line for each event; and the values under the pointer beside it.

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

export function marks(latest: { current: ChartProps }, box: HTMLElement): uPlot.Plugin {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  const colours = new Map(
    Object.entries(MARKS).map(([kind, mark]) => [kind, colour(mark.colour, box)]),
  );
  return {
    hooks: {
      init: [(plot) => plot.over.append(tip)],
      draw: [
        (plot) => {
          const { ctx, bbox } = plot;
          for (const { at, kind } of latest.current.events ?? []) {
            const x = Math.round(plot.valToPos(at, "x", true));
            if (x < bbox.left || x > bbox.left + bbox.width) continue;
            const ratio = devicePixelRatio;
            ctx.save();
            ctx.strokeStyle = ctx.fillStyle = colours.get(kind) ?? "";
            ctx.lineWidth = 1.5 * ratio;
            ctx.setLineDash([4 * ratio, 3 * ratio]);
            ctx.beginPath();
            ctx.moveTo(x, bbox.top);
            ctx.lineTo(x, bbox.top + bbox.height);
            ctx.stroke();
            ctx.beginPath();
            ctx.setLineDash([]);
            ctx.arc(x, bbox.top + 3 * ratio, 3.5 * ratio, 0, 2 * Math.PI);
            ctx.fill();
            ctx.restore();
          }
        },
      ],
      setCursor: [
        (plot) => {
          const { left, idx } = plot.cursor;
          const { times, series, format, events } = latest.current;
          const at = idx == null ? undefined : times[idx];
          tip.hidden = at === undefined || left === undefined || left < 0;
          if (tip.hidden || at === undefined || left === undefined) return;
          const near = (events ?? []).filter(
            (event) => Math.abs(plot.valToPos(event.at, "x") - left) <= NEAR,
          );
          const lines = [
            exactly(at),
            ...series.map(({ label, values }) => `${label} ${format(values[idx ?? 0] ?? null)}`),
            ...near.map(({ kind, text }) => `${kind}: ${text}`),
          ];
          tip.replaceChildren(
            ...lines.map((line) => {
              const row = document.createElement("div");
              row.textContent = line;
              return row;
            }),
          );
          const isRight = left > plot.over.clientWidth / 2;
          tip.style.left = isRight ? "" : `${left + 12}px`;
          tip.style.right = isRight ? `${plot.over.clientWidth - left + 12}px` : "";
        },
      ],
    },
  };
}
