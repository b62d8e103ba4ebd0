// One chart over time, by uPlot: lines, or layers that are stacked on one another, with marks for what
// happened. The numbers are in a table behind it for those who do not see it.

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Happening } from "../api/happenings.ts";
import { exactly, moment } from "../format.ts";
import { theme } from "../theme.ts";
import { colour } from "./colour.ts";
import { marks } from "./marks.ts";
import { Table } from "../parts/table.tsx";

export interface Series {
  label: string;
  /** A custom property of the style sheet, such as --p95. */
  colour: string;
  /** One for each time; null: nothing was measured. */
  values: (number | null)[];
}

export interface ChartProps {
  title: string;
  /** One sentence on what it shows. */
  note?: string;
  /** When each point begins, in seconds since the epoch. */
  times: number[];
  series: Series[];
  kind: "lines" | "stacked";
  format: (value: number | null) => string;
  events?: Happening[];
  /** Called when a stretch of time was drawn with the pointer. */
  onSelect?: (from: number, to: number) => void;
}

const HEIGHT = 190;
const SYNC = "forebay";

export function Chart(props: ChartProps) {
  const { title, note, times, series, format } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const shape = `${props.kind} ${series.map(({ label }) => label).join()} ${theme.value} ${isLong(times)}`;

  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const made = new uPlot(options(latest, box), stack(latest.current), box);
    plot.current = made;
    const resized = new ResizeObserver(() =>
      made.setSize({ width: Math.max(200, box.clientWidth), height: HEIGHT }),
    );
    resized.observe(box);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(stack(props));
  }, [times, series]);

  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        {note && <p class="note">{note}</p>}
      </figcaption>
      <ul class="legend">
        {series.map(({ label, colour: name, values }) => (
          <li key={label}>
            <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
              <rect width="10" height="10" rx="2" class={`fill${name}`} />
            </svg>
            {label} <b>{format(latestOf(values))}</b>
          </li>
        ))}
      </ul>
      <div ref={place} class="plot" role="img" aria-label={`${title}: ${spoken(props)}`} />
      <Behind {...props} />
    </figure>
  );
}

/** The numbers, made when somebody wants to see them. */
function Behind({ title, times, series, format }: ChartProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="behind" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Table<span class="unseen"> of {title}</span>
      </summary>
      {isOpen && (
        <Table
          name={title}
          columns={[
            { name: "From", cell: (row) => exactly(row.at), sort: (row) => row.at },
            ...series.map(({ label, values }) => ({
              name: label,
              numeric: true,
              cell: (row: Row) => format(values[row.index] ?? null),
            })),
          ]}
          rows={times.map((at, index) => ({ at, index }))}
          id={({ at }) => String(at)}
        />
      )}
    </details>
  );
}

interface Row {
  at: number;
  index: number;
}

const DAY_S = 86_400;

const isLong = (times: number[]) => (times.at(-1) ?? 0) - (times[0] ?? 0) > DAY_S / 2;

const latestOf = (values: (number | null)[]): number | null =>
  values.findLast((value) => value !== null) ?? null;

/** What the chart shows, in words. */
function spoken({ times, series, format }: ChartProps): string {
  const words = series.map(({ label, values }) => {
    let most = -1;
    values.forEach((value, index) => {
      if (value !== null && value > (values[most] ?? -Infinity)) most = index;
    });
    if (most === -1) return `${label}: nothing measured`;
    const at = moment(times[most] ?? 0);
    return `${label} ${format(latestOf(values))}, at most ${format(values[most] ?? null)} at ${at}`;
  });
  return words.join("; ");
}

/** Stacked layers are drawn from the top one, each with all that are below it. */
function stack({ kind, times, series }: ChartProps): uPlot.AlignedData {
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

function options(latest: { current: ChartProps }, box: HTMLElement): uPlot.Options {
  const { kind, series } = latest.current;
  const [line, soft] = [colour("--line", box), colour("--soft", box)];
  const drawn = kind === "stacked" ? [...series].reverse() : series;
  const axis = {
    stroke: soft,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  return {
    width: Math.max(200, box.clientWidth),
    height: HEIGHT,
    legend: { show: false },
    cursor: {
      sync: { key: SYNC },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
    },
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        // A date besides the time takes more room.
        space: isLong(latest.current.times) ? 120 : 70,
        size: 28,
        values: (_, splits) => splits.map((at) => moment(at)),
      },
      {
        ...axis,
        size: 64,
        values: (_, splits) => splits.map((value) => latest.current.format(value)),
      },
    ],
    series: [
      {},
      ...drawn.map(({ label, colour: name }): uPlot.Series => {
        const own = colour(name, box);
        const filled = kind === "stacked" ? { fill: own, width: 0 } : { width: 2 };
        return { label, stroke: own, points: { show: false }, spanGaps: false, ...filled };
      }),
    ],
    plugins: [marks(latest, box)],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 8) return;
          const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          latest.current.onSelect?.(Math.floor(from), Math.ceil(to));
        },
      ],
    },
  };
}
