// Made of src/ by the test in src/typescript.rs; write it anew with
// `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.

export type Alert = { name: string, route: string | null, 
/**
 * As `[[alert]]` has it; of an objective `burn_rate`.
 */
metric: string, 
/**
 * The longest span that it looks back over, `5m`.
 */
over: string, state: AlertState, 
/**
 * `null` where the state is `ok`.
 */
level: Level | null, since: number | null, 
/**
 * `null`: not measured.
 */
value: number | null, warning: number | null, critical: number | null, 
/**
 * Of `value`, `warning` and `critical`.
 */
unit: Unit, 
/**
 * One sentence for people.
 */
says: string, on_fire: Protection | null, silenced_until: number | null, samples: number, };

export type AlertState = "ok" | "pending" | "firing";

/**
 * `GET /monitoring/alerts`. Times are seconds since the Unix epoch.
 */
export type Alerts = { alerts: Array<Alert>, silences: Array<Silence>, protections: Array<ProtectionState>, 
/**
 * Newest first.
 */
deliveries: Array<Delivery>, evaluated_at: number | null, 
/**
 * When this was told.
 */
at: number, };

export type Delivery = { at: number, 
/**
 * `generic` or `slack`.
 */
to: string, 
/**
 * The names of its alerts, with commas.
 */
alert: string, 
/**
 * `firing`, `resolved` or `test`.
 */
state: string, 
/**
 * `sent`, or why it was not.
 */
result: string, attempts: number, };

/**
 * How bad it is.
 */
export type Level = "warning" | "critical";

/**
 * What an alert does while it fires.
 */
export type Protection = "stretch-ttl";

export type ProtectionState = { name: Protection, on: boolean, since: number | null, until: number | null, 
/**
 * The alerts that have switched it on.
 */
why: string | null, };

export type Silence = { id: string, alert: string, until: number, reason: string, since: number, };

export type Unit = "ms" | "share" | "per_second" | "count";
