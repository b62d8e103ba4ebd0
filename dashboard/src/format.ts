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
const hundredths = (value: number) => value.toFixed(2).replace(/0$/, "");

export function share(value: number | null): string {
  if (value === null) return NONE;
  const percent = value * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  // Not 100 for what is a little less, nor 0 for a little more.
  if (percent > 99.9) return "> 99.9 %";
  if (percent < 0.1) return "< 0.1 %";
  return `${percent.toFixed(percent < 10 || percent > 99 ? 1 : 0)} %`;
}

/** What is less than a tenth a second is told by the first of these that has one at least. */
const LONGER: [string, number][] = [
  ["min", 60],
  ["h", 3600],
];

export function perSecond(value: number): string {
  if (value === 0) return "0/s";
  if (value >= 10) return `${count(value)}/s`;
  if (value >= 1) return `${value.toFixed(1)}/s`;
  if (value >= 0.1) return `${hundredths(value)}/s`;
  const [unit, length] = LONGER.find(([, seconds]) => value * seconds >= 1) ?? ["d", 86_400];
  // Not 0 for a little more.
  return value * length < 0.1 ? `< 0.1/${unit}` : `${trimmed(value * length)}/${unit}`;
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

const UNITS: [string, number][] = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

/** A length of time, in its two largest units. */
export const duration = (seconds: number): string => inUnits(Math.max(0, Math.round(seconds))).text;

/** A limit: a length of time that is not told as less than it is. */
export function atMost(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.ceil(ms)} ms`;
  let seconds = Math.ceil(Math.max(0, ms) / 1000);
  let { rest, last } = inUnits(seconds);
  while (rest > 0) {
    seconds += last - rest;
    ({ rest, last } = inUnits(seconds));
  }
  return duration(seconds);
}

/** `rest`: seconds that are left out of the text; `last`: the length of the smallest unit in it. */
function inUnits(seconds: number): { text: string; rest: number; last: number } {
  let rest = seconds;
  let last = 1;
  const words: string[] = [];
  for (const [name, size] of UNITS) {
    const whole = Math.floor(rest / size);
    if (whole === 0) continue;
    rest -= whole * size;
    last = size;
    words.push(`${whole} ${name}`);
    if (words.length === 2) break;
  }
  return { text: words.join(" ") || "0 s", rest, last };
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

const datedByYear = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** Longer ago than this, the time of day alone would mislead. */
const SAME_DAY_S = 20 * 3600;

/** And than this, the day of the year. */
const SAME_YEAR_S = 365 * 86_400;

const isOfToday = (seconds: number, now: number) => Math.abs(now - seconds) < SAME_DAY_S;

/** Whether it is told with its date. */
export const isDated = (seconds: number, now = Date.now() / 1000): boolean =>
  !isOfToday(seconds, now);

/** A moment: the time of day, with the date when it is not of the last hours. */
export const moment = (seconds: number, now = Date.now() / 1000): string =>
  isOfToday(seconds, now) ? clock.format(seconds * 1000) : dateAndTime(seconds, now);

/** The same to the second. */
export const exactly = (seconds: number, now = Date.now() / 1000): string =>
  isOfToday(seconds, now) ? exact.format(seconds * 1000) : dateAndTime(seconds, now);

export const dateAndTime = (seconds: number, now = Date.now() / 1000): string =>
  (Math.abs(now - seconds) < SAME_YEAR_S ? dated : datedByYear).format(seconds * 1000);

export const ago = (seconds: number, now = Date.now() / 1000): string => {
  const passed = now - seconds;
  return passed < 5 ? "just now" : `${duration(passed)} ago`;
};

export const routeName = (route: string | null): string => route ?? "(no route)";
