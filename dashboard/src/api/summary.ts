// Made of src/ by the test in src/typescript.rs; write it anew with
// `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.

export type ErrorSummary = { route: string | null, 
/**
 * The stable word of the problem's type, e.g. `timeout`.
 */
kind: string, count: number, };

export type GaugeSummary = { 
/**
 * Prometheus' name without the prefix, e.g. `memory_bytes`.
 */
name: string, 
/**
 * What it is of, e.g. `database main`; empty where there is one.
 */
of: string, average: number, max: number, };

/**
 * Of the responses that a cache could have answered (all but `BYPASS`).
 */
export type HitTotals = { cacheable: number, 
/**
 * `HIT`, `STALE` and `REVALIDATED`, as a share of `cacheable`; `null` without any.
 */
rate: number | null, memory: number, colo: number, global: number, 
/**
 * Of the three, those that were served stale.
 */
stale: number, revalidated: number, misses: number, expired: number, bypassed: number, };

export type LossSummary = { flushes: number, late: number, dropped: number, responses_dropped: number, crowded: number, };

export type OriginSummary = { origin: string, calls: number, failures: number, rows: number, 
/**
 * Keys asked for, where statements are batched; else as many as `calls`.
 */
keys: number, 
/**
 * Of all calls together.
 */
total_ms: number, duration: Quantiles, };

export type PlaceSummary = { colo: string, country: string, requests: number, errors: number, 
/**
 * Of all requests from there.
 */
hit_rate: number | null, duration: Quantiles, };

export type Point = { at: number, database: WorkTotals, requests: number, per_second: number, 
/**
 * Of `requests`: those with a status of 500 and more.
 */
errors: number, error_rate: number, 
/**
 * 400 to 499.
 */
refused: number, hits: HitTotals, collapsed: number, duration: Quantiles, 
/**
 * How long sources took, of the requests that asked one.
 */
source: Quantiles, };

/**
 * Milliseconds; `null`: nothing was measured.
 */
export type Quantiles = { count: number, average: number | null, p50: number | null, p95: number | null, p99: number | null, max: number | null, };

export type RouteSummary = { 
/**
 * `null`: requests that no route matched.
 */
route: string | null, 
/**
 * For each point of the answer.
 */
spark: Array<Spark>, requests: number, per_second: number, 
/**
 * Of `requests`: those with a status of 500 and more.
 */
errors: number, error_rate: number, 
/**
 * 400 to 499.
 */
refused: number, hits: HitTotals, collapsed: number, duration: Quantiles, 
/**
 * How long sources took, of the requests that asked one.
 */
source: Quantiles, };

export type Span = { from: number, 
/**
 * Not included.
 */
to: number, 
/**
 * The length of a point.
 */
step: number, 
/**
 * `GET /api/pitches/{id}`, when the answer is of one route.
 */
route: string | null, };

export type Spark = { requests: number, p95: number | null, };

export type StatementSummary = { database: string, query: string, calls: number, failures: number, rows: number, 
/**
 * Keys asked for, where statements are batched; else as many as `calls`.
 */
keys: number, 
/**
 * Of all calls together.
 */
total_ms: number, duration: Quantiles, };

/**
 * The whole answer.
 */
export type Summary = { span: Span, total: Totals, 
/**
 * Oldest first; a point without requests is there, with zeros.
 */
points: Array<Point>, 
/**
 * Most requests first. With `?route=` that one alone.
 */
routes: Array<RouteSummary>, 
/**
 * Most requests first.
 */
places: Array<PlaceSummary>, 
/**
 * Failures by route and kind, most first.
 */
errors: Array<ErrorSummary>, database: WorkTotals, 
/**
 * Slowest by total time first.
 */
statements: Array<StatementSummary>, origins: Array<OriginSummary>, gauges: Array<GaugeSummary>, losses: LossSummary, };

/**
 * Sums over all responses of a span.
 */
export type Totals = { requests: number, per_second: number, 
/**
 * Of `requests`: those with a status of 500 and more.
 */
errors: number, error_rate: number, 
/**
 * 400 to 499.
 */
refused: number, hits: HitTotals, collapsed: number, duration: Quantiles, 
/**
 * How long sources took, of the requests that asked one.
 */
source: Quantiles, };

/**
 * Statements or exchanges.
 */
export type WorkTotals = { calls: number, failures: number, rows: number, 
/**
 * Keys asked for, where statements are batched; else as many as `calls`.
 */
keys: number, 
/**
 * Of all calls together.
 */
total_ms: number, duration: Quantiles, };
