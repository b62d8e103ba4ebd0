// Made of src/ by the test in src/typescript.rs; write it anew with
// `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.

export type ErrorSummary = { route: string | null, 
/**
 * The stable word of the problem's type, e.g. `timeout`.
 */
kind: string, count: number, };

/**
 * Why statements or exchanges failed.
 */
export type FailureReasons = { 
/**
 * No connection came about; of an origin, also where it was lost before an answer.
 */
unreached: number, 
/**
 * There was no answer within its time.
 */
late: number, 
/**
 * The source broke off, or said that it could not answer.
 */
unable: number, 
/**
 * Whoever had asked has left, or did not wait any longer.
 */
dropped: number, };

export type GaugeSummary = { 
/**
 * Prometheus' name without the prefix, e.g. `memory_bytes`.
 */
name: string, 
/**
 * What it is of, e.g. `database main`; empty where there is one.
 */
of: string, average: number, max: number, 
/**
 * The average within each point of the answer; `null`: it was not observed.
 */
spark: Array<number | null>, };

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

export type OriginSummary = { origin: string, 
/**
 * For each point of the answer.
 */
spark: Array<WorkSpark>, calls: number, failures: number, reasons: FailureReasons, rows: number, 
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
 * How long sources were waited for, of the requests that had one asked, with or without success.
 */
source: Quantiles, };

/**
 * Milliseconds; `null`: nothing was measured.
 */
export type Quantiles = { count: number, average: number | null, p50: number | null, p95: number | null, p99: number | null, max: number | null, };

/**
 * The source that a route asks.
 */
export type RouteSource = { kind: SourceKind, 
/**
 * The query's name, or the origin's; empty for assets.
 */
name: string, 
/**
 * Who is asked. Of a query the databases, its own one and the replica; of an origin it and those that
 * stand in for it, in this order.
 */
asks: Array<string>, };

export type RouteSummary = { 
/**
 * `null`: requests that no route matched.
 */
route: string | null, 
/**
 * What it asks, as the site has it now; `null`: the site has no such route.
 */
own_source: RouteSource | null, spent: TimeSpent, 
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
 * How long sources were waited for, of the requests that had one asked, with or without success.
 */
source: Quantiles, };

export type SourceKind = "query" | "origin" | "assets";

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

export type Spark = { requests: number, 
/**
 * Of `requests`: those with a status of 500 and more.
 */
errors: number, 
/**
 * 400 to 499.
 */
refused: number, p95: number | null, };

export type StatementSummary = { database: string, query: string, 
/**
 * For each point of the answer.
 */
spark: Array<WorkSpark>, calls: number, failures: number, reasons: FailureReasons, rows: number, 
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
export type Summary = { span: Span, total: Totals, spent: TimeSpent, 
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
 * Where the time of all responses went, each in milliseconds, summed up.
 */
export type TimeSpent = { 
/**
 * At the edge and in its caches.
 */
edge_ms: number, 
/**
 * On the way to the shield and back, and there until another request's answer came.
 */
shield_ms: number, 
/**
 * Until sources had answered; a query's wait for a connection is in it.
 */
source_ms: number, };

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
 * How long sources were waited for, of the requests that had one asked, with or without success.
 */
source: Quantiles, };

/**
 * What a source did within one point.
 */
export type WorkSpark = { calls: number, failures: number, p95: number | null, };

/**
 * Statements or exchanges.
 */
export type WorkTotals = { calls: number, failures: number, reasons: FailureReasons, rows: number, 
/**
 * Keys asked for, where statements are batched; else as many as `calls`.
 */
keys: number, 
/**
 * Of all calls together.
 */
total_ms: number, duration: Quantiles, };
