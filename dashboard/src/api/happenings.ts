// Made of src/ by the test in src/typescript.rs; write it anew with
// `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.

/**
 * Something that happened, for the charts: a deployment, a purge, an alert.
 */
export type Happening = { 
/**
 * Seconds since the Unix epoch.
 */
at: number, kind: HappeningKind, 
/**
 * One line, for people.
 */
text: string, };

export type HappeningKind = "deploy" | "purge" | "alert" | "protection";

/**
 * `GET /monitoring/events`.
 */
export type Happenings = { 
/**
 * Oldest first.
 */
events: Array<Happening>, };

/**
 * What is done by time. In the order in which they are done: what others read is made first.
 */
export type Job = "drain" | "roll-up" | "alerts" | "publish" | "report" | "clean-up" | "warm";

/**
 * One run of one job. Times are in seconds since the Unix epoch.
 */
export type Run = { job: Job, 
/**
 * The time that it was done for.
 */
scheduled_at: number, began_at: number, 
/**
 * By a clock that moves only across I/O.
 */
took_ms: number, result: RunResult, 
/**
 * A sentence for people.
 */
says: string, };

export type RunResult = "done" | "failed" | "skipped";

/**
 * `GET /monitoring/runs`.
 */
export type Runs = { 
/**
 * Newest first.
 */
runs: Array<Run>, };

/**
 * The data of an event `tick`.
 */
export type Tick = { 
/**
 * Seconds since the Unix epoch.
 */
at: number, 
/**
 * Another one whenever something was measured.
 */
version: number, };
