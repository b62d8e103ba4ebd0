// Made of src/ by the test in src/typescript.rs; write it anew with
// `FOREBAY_WRITE_TYPES=1 cargo test --lib typescript`.

/**
 * How the body's bytes are encoded at rest.
 */
export type Coding = "identity" | "gzip";

export type ExplainedLayer = { 
/**
 * What becomes of it, and why.
 */
verdict: string, 
/**
 * `memory`, `colo` or `global`.
 */
layer: string, state: LayerState, 
/**
 * Why it is unusable.
 */
why?: string, answer?: StoredAnswer, 
/**
 * Of a URI of an origin whose answers request fields select: the most recent first.
 */
variants?: Array<Variant>, };

export type ExplainedRoute = { pattern: string, why: string, source: string, 
/**
 * `none` or `token`.
 */
auth: string, 
/**
 * `null`: nothing is stored.
 */
tier: string | null, 
/**
 * `null` also where they are the origin's own.
 */
terms: Terms | null, 
/**
 * Given where the terms are the origin's own.
 */
honors?: Honors, };

export type Explanation = { url: string, 
/**
 * What a request would come to, in a sentence.
 */
now: string, 
/**
 * As an origin is asked for it.
 */
uri?: string, route?: ExplainedRoute, 
/**
 * Query parameters that reach neither key nor source.
 */
ignored: Array<string>, key?: Key, 
/**
 * What its answer is tagged with.
 */
tags: Array<string>, layers: Array<ExplainedLayer>, 
/**
 * Those that this isolate knows of.
 */
purges: Array<Purges>, 
/**
 * As it was before this question.
 */
view?: PurgeView, };

/**
 * How an origin's words on time are heard.
 */
export type Honors = { 
/**
 * The longest lifetime that is guessed where it gives none.
 */
heuristic_max_s: number, 
/**
 * How long after its lifetime an answer stands in for an origin that cannot be reached.
 */
stale_max_s: number, };

export type Key = { text: string, sha256: string, fingerprint: string, 
/**
 * Whose answers share it.
 */
principal: string, parts: Array<KeyPart>, shard: number, shards: number, };

export type KeyPart = { name: string, 
/**
 * Canonical; `null` when the request does not give it.
 */
value: string | null, };

/**
 * What a layer said when it was looked at.
 */
export type LayerState = "found" | "absent" | "unusable" | "failed" | "unused";

/**
 * What an origin said of its answer.
 */
export type OriginsWords = { 
/**
 * Where its lifetime comes from: `s-maxage`, `max-age`, `expires`, `heuristic`, `nothing`, or `tier`.
 */
basis: string, 
/**
 * How it may be used without asking the origin: `never`, `while-fresh`, `when-stale-too`.
 */
unvalidated: string, immutable: boolean, 
/**
 * By which it may be validated.
 */
validators: Array<string>, selecting: Array<Selecting>, 
/**
 * The bytes that are here, when it is not the whole.
 */
part?: string, };

export type PurgeView = { seq: number, 
/**
 * `null`: the log has never answered.
 */
age_ms: number | null, 
/**
 * In words.
 */
state: string, targets: number, 
/**
 * Everything with a lower number counts as purged.
 */
hard_floor: number, soft_floor: number, };

export type Purges = { 
/**
 * Of the target: `tag`, `key`, `prefix` or `all`.
 */
kind: string, target: string, 
/**
 * The last hard and the last soft purge; 0: none.
 */
hard: number, soft: number, };

export type Selecting = { name: string, 
/**
 * `null`: the request does not have the field.
 */
value: string | null, };

/**
 * Whether an answer may be served.
 */
export type Standing = "fresh" | "aging" | "stale-while-revalidate" | "stale-if-error" | "dead" | "stale" | "no-cache" | "void";

/**
 * A stored answer.
 */
export type StoredAnswer = { status: number, age_s: number, 
/**
 * Negative when it is stale.
 */
ttl_s: number, freshness: Standing, 
/**
 * What the purges say of it.
 */
purges: Validity, 
/**
 * Since when it is stale by a soft purge, as milliseconds since 1970; 0: nobody knows.
 */
soft_since_ms?: number, 
/**
 * The last purge that matters to it.
 */
purged_by?: number, 
/**
 * The purge number that was known before its source was asked.
 */
seq: number, tags: Array<string>, 
/**
 * The route's terms now, by which it is judged.
 */
terms: Terms, bytes: number, coding: Coding, origin?: OriginsWords, };

export type Terms = { fresh_s: number, swr_s: number, sie_s: number, };

/**
 * What the purges say of an answer.
 */
export type Validity = "valid" | "soft" | "hard";

/**
 * One of the answers that a URI has.
 */
export type Variant = { 
/**
 * The request fields that select it, with their canonical values.
 */
selecting: Array<Selecting>, 
/**
 * When it was received, as milliseconds since 1970.
 */
received_ms: number, 
/**
 * Left out where it is not in this layer, cannot be used, or was not looked at among so many.
 */
answer?: StoredAnswer, };
