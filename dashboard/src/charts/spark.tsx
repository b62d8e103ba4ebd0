// A line as small as a word, for tables. Its numbers are in the row beside it.

export function Spark({ values, label }: { values: (number | null)[]; label: string }) {
  const most = Math.max(...values.map((value) => value ?? 0));
  const width = 96;
  const height = 22;
  const step = width / Math.max(1, values.length - 1);
  let isDown = true;
  const path = values
    .map((value, index) => {
      if (value === null) {
        isDown = true;
        return "";
      }
      const y = height - 2 - (most > 0 ? (value / most) * (height - 4) : 0);
      const move = isDown ? "M" : "L";
      isDown = false;
      return `${move}${(index * step).toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path d={path} />
    </svg>
  );
}
