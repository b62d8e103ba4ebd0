export type Summary = {
  span: Span;
  total: Totals;
  points: Array<Point>;
  routes: Array<RouteSummary>;
  places: Array<PlaceSummary>;
  errors: Array<ErrorSummary>;
  database: WorkTotals;
  statements: Array<StatementSummary>;
  origins: Array<OriginSummary>;
  gauges: Array<GaugeSummary>;
  losses: LossSummary;
};

export type Span = { from: number; to: number; step: number; route: string | null };

export type Totals = {
  requests: number;
  per_second: number;
  errors: number;
  error_rate: number;
  refused: number;
  hits: HitTotals;
  collapsed: number;
  duration: Quantiles;
  source: Quantiles;
};

export type HitTotals = {
  cacheable: number;
  rate: number | null;
  memory: number;
  colo: number;
  global: number;
  stale: number;
  revalidated: number;
  misses: number;
  expired: number;
  bypassed: number;
};

export type Quantiles = {
  count: number;
  average: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
};

export type Point = { at: number; database: WorkTotals } & Totals;

export type RouteSummary = { route: string | null; spark: Array<Spark> } & Totals;

export type Spark = { requests: number; p95: number | null };

export type PlaceSummary = {
  colo: string;
  country: string;
  requests: number;
  errors: number;
  hit_rate: number | null;
  duration: Quantiles;
};

export type ErrorSummary = { route: string | null; kind: string; count: number };

export type WorkTotals = {
  calls: number;
  failures: number;
  rows: number;
  keys: number;
  total_ms: number;
  duration: Quantiles;
};

export type StatementSummary = { database: string; query: string } & WorkTotals;

export type OriginSummary = { origin: string } & WorkTotals;

export type GaugeSummary = { name: string; of: string; average: number; max: number };

export type LossSummary = {
  flushes: number;
  late: number;
  dropped: number;
  responses_dropped: number;
  crowded: number;
};
