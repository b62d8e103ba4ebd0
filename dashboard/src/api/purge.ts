// Made of src/ by the test in src/typescript.rs; write it anew with
// `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.

/**
 * How many targets there are of each kind.
 */
export type Matched = { tags: number, keys: number, prefixes: number, everything: boolean, 
/**
 * Cached routes whose answers may be among what was purged.
 */
routes: Array<string>, };

/**
 * What becomes of what a purge meets.
 */
export type PurgeMode = "soft" | "hard";

/**
 * The body of `POST /admin/purge`, which is to name something.
 */
export type PurgeOrder = { tags?: Array<string>, 
/**
 * URLs, as clients ask for them.
 */
keys?: Array<string>, 
/**
 * Beginnings of tags; a star at the end may be left out.
 */
prefixes?: Array<string>, everything?: boolean, 
/**
 * Without it: `soft`.
 */
mode?: PurgeMode, };

export type Receipt = { seq: number, mode: PurgeMode, matched: Matched, unmatched: Array<Unmatched>, 
/**
 * Until every isolate treats the answers as purged.
 */
visible_within_ms: number, 
/**
 * For comparison: until a change that the databases' triggers tell shows everywhere, from its commit.
 * `null` when no database is listened to.
 */
database_changes_visible_within_ms: number | null, 
/**
 * Until they are served no more while they are refreshed.
 */
stale_until_ms: number, 
/**
 * Until they are served no more, also where the source fails.
 */
stale_if_source_fails_until_ms: number, 
/**
 * The same where an isolate reaches neither the source nor the purge log, so that it has never heard
 * of the purge.
 */
stale_if_log_and_source_fail_until_ms: number, 
/**
 * Until the copies are stale that browsers and caches in front of Forebay have: they are not ours
 * to purge.
 */
client_caches_until_ms: number, 
/**
 * Until nobody anywhere can be served the old answers by Forebay, whatever fails.
 */
longest_ms: number, };

export type Unmatched = { key: string, why: string, };
