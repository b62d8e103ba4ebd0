// Made of src/ by the test in src/typescript.rs; write it anew with
// `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.

export type BatchesState = { 
/**
 * Those that still take keys.
 */
open: number, keys_waiting: number, statements: number, keys_served: number, };

/**
 * What `/debug/shield` shows of one breaker.
 */
export type Breaker = { state: BreakerPosition, 
/**
 * Within the window, slow calls included.
 */
failures: number, slow: number, calls: number, 
/**
 * How long it has been in another state than closed.
 */
opened_for_ms: number | null, retry_after_ms: number | null, 
/**
 * How often it has opened since the object began.
 */
opened: number, refused: number, };

/**
 * How a breaker stands, as it is shown.
 */
export type BreakerPosition = "closed" | "open" | "half-open";

/**
 * How the contacts of an object are, for operators.
 */
export type ContactsState = { contacts_live: number, contacts_superseded: number, waiters: number, passes: number, recent_bytes: number, names_bytes: number, };

export type DatabaseState = { pool: PoolState, breaker: Breaker, retry: Retry, };

export type OriginState = { 
/**
 * In the order of the configuration.
 */
servers: Array<Server>, breaker: Breaker, retry: Retry, };

/**
 * Connections.
 */
export type PoolState = { open: number, idle: number, 
/**
 * In use.
 */
leased: number, 
/**
 * Requests that wait for one.
 */
waiting: number, max: number, };

export type PurgeLog = { status?: PurgeLogStatus, error?: string, };

export type PurgeLogStatus = { seq: number, hard_floor: number, soft_floor: number, 
/**
 * Distinct targets that are kept apart, and how many there may be.
 */
targets: number, targets_max: number, 
/**
 * When all outboxes were last drained without a failure, as milliseconds since 1970.
 */
drained_at_ms: number | null, last_drain_rows: number, 
/**
 * Why, by database, at the last attempt.
 */
last_drain_failed: { [key in string]: string }, };

/**
 * What `/debug/shield` shows of the retries of one source.
 */
export type Retry = { 
/**
 * Whole retries that could be made now.
 */
budget_left: number, made: number, 
/**
 * For want of budget.
 */
refused: number, };

/**
 * How a room is, for operators.
 */
export type RoomState = { fills_live: number, fills_superseded: number, waiters: number, passes: number, settled_bytes: number, purge_seq: number, 
/**
 * `null`: the log has never answered.
 */
purge_view_age_ms: number | null, purge_targets: number, };

/**
 * What operators are shown of one server.
 */
export type Server = { url: string, weight: number, 
/**
 * `in use`, `aside`, `due for a trial` or `on trial`.
 */
state: string, 
/**
 * In a row.
 */
failures: number, 
/**
 * How long it stays aside.
 */
aside_for_ms: number | null, };

export type Shard = { shard: number, 
/**
 * What the object says of itself, passed on as it is: during a deployment it may be of another
 * release.
 */
state?: ShieldState, 
/**
 * Why it does not.
 */
error?: string, };

export type ShieldState = { room: RoomState, contacts: ContactsState, 
/**
 * By name, those that were needed so far.
 */
origins: { [key in string]: OriginState }, 
/**
 * By name, those that were needed so far.
 */
databases: { [key in string]: DatabaseState }, batches: BatchesState, };

export type Shields = { shards: Array<Shard>, log: PurgeLog, };
