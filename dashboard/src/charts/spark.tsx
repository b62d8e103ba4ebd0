// A line as small as a word, for tables. Its numbers are in the row beside it.

import { isolated } from "./points.ts";

const WIDTH = 96;
const HEIGHT = 22;

export function Spark({ values, label }: { values: (number | null)[]; label: string }) {
  const most = Math.max(...values.map((value) => value ?? 0));
  const step = WIDTH / Math.max(1, values.length - 1);
  const x = (index: number) => (index * step).toFixed(1);
  const y = (value: number) =>
    (HEIGHT - 2 - (most > 0 ? (value / most) * (HEIGHT - 4) : 0)).toFixed(1);
  const path = values
    .map((value, index) => {
      if (value === null) return "";
      const isFirst = (values[index - 1] ?? null) === null;
      return `${isFirst ? "M" : "L"}${x(index)} ${y(value)}`;
    })
    .join("");
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <path d={path} />
      {isolated(values).map((index) => (
        <circle key={index} cx={x(index)} cy={y(values[index] ?? 0)} r="1.5" />
      ))}
    </svg>
  );
}
