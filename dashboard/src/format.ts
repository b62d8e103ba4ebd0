// Numbers and times as people read them, the same everywhere. A dash: nothing was measured.

const NONE = "–";

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const count = (value: number): string =>
  Math.abs(value) < 100_000 ? grouped.format(value) : compact.format(value);

export function ms(value: number | null): string {
  if (value === null) return NONE;
  if (value >= 60_000) return duration(value / 1000);
  if (value >= 10_000) return `${(value / 1000).toFixed(0)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value < 10 ? trimmed(value) : value.toFixed(0)} ms`;
}

const trimmed = (value: number) => value.toFixed(1).replace(/\.0$/, "");

export function share(value: number | null): string {
  if (value === null) return NONE;
  const percent = value * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  // Not 100 for what is a little less, nor 0 for a little more.
  if (percent > 99.9) return "> 99.9 %";
  if (percent < 0.1) return "< 0.1 %";
  return `${percent.toFixed(percent < 10 || percent > 99 ? 1 : 0)} %`;
}

export function perSecond(value: number): string {
  if (value === 0) return "0/s";
  if (value < 0.1) return `${trimmed(value * 60)}/min`;
  return `${value < 10 ? value.toFixed(1) : count(value)}/s`;
}

export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return `${unit === 0 || scaled >= 10 ? scaled.toFixed(0) : scaled.toFixed(1)} ${units[unit]}`;
}

/** A length of time, in its two largest units. */
export function duration(seconds: number): string {
  const units: [string, number][] = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ];
  let rest = Math.max(0, Math.round(seconds));
  const words: string[] = [];
  for (const [name, size] of units) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole > 0) words.push(`${whole} ${name}`);
    if (words.length === 2) break;
  }
  return words.join(" ") || "0 s";
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const dated = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** Longer ago than this, the time of day alone would mislead. */
const SAME_DAY_S = 20 * 3600;

const isOfToday = (seconds: number, now: number) => Math.abs(now - seconds) < SAME_DAY_S;

/** A moment: the time of day, with the date when it is not of the last hours. */
export const moment = (seconds: number, now = Date.now() / 1000): string =>
  (isOfToday(seconds, now) ? clock : dated).format(seconds * 1000);

/** The same to the second. */
export const exactly = (seconds: number, now = Date.now() / 1000): string =>
  (isOfToday(seconds, now) ? exact : dated).format(seconds * 1000);

export const dateAndTime = (seconds: number): string => dated.format(seconds * 1000);

export const ago = (seconds: number, now = Date.now() / 1000): string => {
  const passed = now - seconds;
  return passed < 5 ? "just now" : `${duration(passed)} ago`;
};

export const routeName = (route: string | null): string => route ?? "(no route)";
