// What is looked at, as the page's URL holds it: the view, the span of time, the route. Links and the
// back button work on it.

import type { Span } from "./api/client.ts";

export const VIEWS = {
  overview: "Overview",
  routes: "Routes",
  places: "Places",
  shield: "Shield",
  database: "Database",
  cache: "Cache",
  alerts: "Alerts",
} as const;

export type ViewName = keyof typeof VIEWS;

export const WINDOWS = ["5m", "15m", "1h", "6h", "1d", "7d", "30d"] as const;

/** A window that ends now. */
export const DEFAULT_WINDOW = "1h";

export interface Address {
  view: ViewName;
  span: Span;
  route: string | null;
  /** What the cache view looks for. */
  url: string | null;
  /** The column that a view's table is sorted by at first; null: the view's own. */
  by: string | null;
}

const ROOT = "/dashboard";

export function readAddress(location: { pathname: string; search: string }): Address {
  const name = location.pathname.slice(ROOT.length + 1);
  const search = new URLSearchParams(location.search);
  return {
    view: Object.hasOwn(VIEWS, name) ? (name as ViewName) : "overview",
    span: readSpan(search),
    route: search.get("route"),
    url: search.get("url"),
    by: search.get("by"),
  };
}

/** The last second that a Date can hold. */
const LAST_S = 8.64e12;

function readSpan(search: URLSearchParams): Span {
  const [from, to] = [Number(search.get("from")), Number(search.get("to"))];
  const areSeconds = Number.isSafeInteger(from) && Number.isSafeInteger(to) && to <= LAST_S;
  if (areSeconds && from > 0 && to > from) return { from, to };
  const window = search.get("range") ?? DEFAULT_WINDOW;
  return { window: /^\d{1,4}[smhd]$/.test(window) ? window : DEFAULT_WINDOW };
}

/** Views whose table others lead to, sorted by what they speak of. */
const SORTED: ReadonlySet<ViewName> = new Set(["routes", "database"]);

export function writeAddress({ view, span, route, url, by }: Address): string {
  const search = new URLSearchParams();
  if ("window" in span) {
    if (span.window !== DEFAULT_WINDOW) search.set("range", span.window);
  } else {
    search.set("from", String(span.from));
    search.set("to", String(span.to));
  }
  if (route !== null) search.set("route", route);
  if (url !== null && view === "cache") search.set("url", url);
  if (by !== null && SORTED.has(view)) search.set("by", by);
  const path = view === "overview" ? ROOT : `${ROOT}/${view}`;
  const query = search.toString();
  return query === "" ? path : `${path}?${query}`;
}

/** Whether it goes on: then what is shown changes by itself. */
export const isLive = (span: Span): boolean => "window" in span;

const UNIT_S: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

export function windowSeconds(window: string): number {
  return Number.parseInt(window, 10) * (UNIT_S[window.slice(-1)] ?? 60);
}
