// One chart over time, by uPlot: lines, or layers that are stacked on one another, with marks for what
// happened. The numbers are in a table behind it for those who do not see it.

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Happening } from "../api/happenings.ts";
import { exactly, moment } from "../format.ts";
import { theme } from "../theme.ts";
import { HEIGHT, dataOf, options, widthOf } from "./drawing.ts";
import type { Measure } from "./measures.ts";
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
  /** When each point begins, in seconds since the epoch. */
  times: number[];
  /** How many of the points are over: what the last one comes to is not known yet. */
  pointsOver: number;
  series: Series[];
  kind: "lines" | "stacked";
  measure: Measure;
  events?: Happening[];
  /** Called when a stretch of time was drawn with the pointer. */
  onSelect?: (from: number, to: number) => void;
}

export function Chart(props: ChartProps) {
  const { title, times, series, measure } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const shape = `${props.kind} ${series.map(({ label }) => label).join()} ${theme.value}`;

  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const made = new uPlot(options(latest, box), dataOf(latest.current), box);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: widthOf(box), height: HEIGHT }));
    resized.observe(box);
    return () => {
      resized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(dataOf(props));
  }, [times, series]);

  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
      </figcaption>
      <ul class="legend">
        {series.map(({ label, colour: name, values }) => (
          <li key={label}>
            <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
              <rect width="10" height="10" rx="2" class={`fill${name}`} />
            </svg>
            {label} <b>{measure.shown(latestOf(values, props.pointsOver))}</b>
          </li>
        ))}
      </ul>
      <div ref={place} class="plot" role="img" aria-label={`${title}: ${spoken(props)}`} />
      <Behind {...props} />
    </figure>
  );
}

/** The numbers, made when somebody wants to see them. */
function Behind({ title, times, series, measure }: ChartProps) {
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
              cell: (row: Row) => measure.shown(values[row.index] ?? null),
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

/** Of the points that are over, where there are any. */
function latestOf(values: (number | null)[], pointsOver: number): number | null {
  const over = pointsOver > 0 ? values.slice(0, pointsOver) : values;
  return over.findLast((value) => value !== null) ?? null;
}

/** What the chart shows, in words. */
function spoken({ times, pointsOver, series, measure }: ChartProps): string {
  const words = series.map(({ label, values }) => {
    let most = -1;
    values.forEach((value, index) => {
      if (value !== null && value > (values[most] ?? -Infinity)) most = index;
    });
    if (most === -1) return `${label}: nothing measured`;
    const at = moment(times[most] ?? 0);
    const latest = measure.shown(latestOf(values, pointsOver));
    return `${label} ${latest}, at most ${measure.shown(values[most] ?? null)} at ${at}`;
  });
  return words.join("; ");
}
