// What the operators' endpoints answer besides summaries.

/** RFC 9457, as Forebay writes it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  parameters?: { name: string; reason: string }[];
  request_id?: string;
}

export type AlertState = "ok" | "pending" | "firing";
export type AlertLevel = "warning" | "critical";
export type AlertUnit = "ms" | "share" | "per_second" | "count";

export interface Alert {
  name: string;
  route: string | null;
  metric: string;
  over: string | number;
  state: AlertState;
  level: AlertLevel | null;
  /** Seconds since the epoch, as all times here. */
  since: number | null;
  value: number | null;
  warning: number | null;
  critical: number | null;
  unit: AlertUnit;
  says: string;
  on_fire: string | null;
  silenced_until: number | null;
  samples: number;
}

export interface Silence {
  id: string;
  alert: string;
  until: number;
  reason: string;
  since: number;
}

export interface Protection {
  name: string;
  on: boolean;
  since: number | null;
  until: number | null;
  why: string | null;
}

export interface Delivery {
  at: number;
  to: string;
  alert: string;
  state: string;
  result: string;
  attempts: number;
}

export interface Alerts {
  alerts: Alert[];
  silences: Silence[];
  protections: Protection[];
  deliveries: Delivery[];
  evaluated_at: number | null;
}

export interface Run {
  job: string;
  scheduled_at: number;
  began_at: number;
  took_ms: number;
  result: "done" | "failed" | "skipped";
  says: string;
}

export type HappeningKind = "deploy" | "purge" | "alert" | "protection";

/** Something that happened, for the charts. */
export interface Happening {
  at: number;
  kind: HappeningKind;
  text: string;
}

export interface DatabaseReport {
  statements: {
    database: string;
    query: string;
    calls: number;
    failures: number;
    mean_ms: number | null;
    p95_ms: number | null;
    rows: number;
    total_ms: number;
    suggestions: string[];
  }[];
  /** Why nothing is known of statements. */
  statements_error: string | null;
  databases: DatabaseView[];
}

export interface DatabaseView {
  name: string;
  pg_stat_statements:
    { query: string; calls: number; mean_ms: number; rows: number; total_ms: number }[] | null;
  unused_indexes: { table: string; index: string; bytes: number }[];
  sequential_scans: {
    table: string;
    scans: number;
    rows_read: number;
    rows_live: number;
    suggestion: string;
  }[];
  notes: string[];
  error: string | null;
}

export interface Breaker {
  state: string;
  failures: number;
  slow: number;
  calls: number;
  opened_for_ms: number | null;
  retry_after_ms: number | null;
  opened: number;
  refused: number;
}

export interface Retry {
  budget_left: number;
  made: number;
  refused: number;
}

export interface ShieldState {
  room: {
    fills_live: number;
    fills_superseded: number;
    waiters: number;
    passes: number;
    settled_bytes: number;
    purge_seq: number;
    purge_view_age_ms: number | null;
    purge_targets: number;
  };
  databases: Record<
    string,
    {
      pool: { open: number; idle: number; leased: number; waiting: number; max: number };
      breaker: Breaker;
      retry: Retry;
    }
  >;
  batches: { open: number; keys_waiting: number; statements: number; keys_served: number };
  contacts: { contacts_live: number; waiters: number; recent_bytes: number };
  origins: Record<
    string,
    {
      servers: {
        url: string;
        weight: number;
        state: string;
        failures: number;
        aside_for_ms: number | null;
      }[];
      breaker: Breaker;
      retry: Retry;
    }
  >;
}

export interface Shields {
  shards: { shard: number; state?: ShieldState; error?: string }[];
  log: {
    status?: {
      seq: number;
      targets: number;
      targets_max: number;
      drained_at_ms: number | null;
      last_drain_rows: number;
      last_drain_failed: Record<string, string>;
    };
    error?: string;
  };
}

export interface Terms {
  fresh_s: number;
  swr_s: number;
  sie_s: number;
}

export interface StoredAnswer {
  status: number;
  age_s: number;
  ttl_s: number;
  freshness: string;
  purges: string;
  seq: number;
  tags: string[];
  terms: Terms;
  bytes: number;
  coding: string;
}

export interface ExplainedLayer {
  layer: string;
  state: string;
  verdict: string;
  why?: string;
  answer?: StoredAnswer;
  variants?: {
    selecting: { name: string; value: string | null }[];
    received_ms: number;
    answer?: StoredAnswer;
  }[];
}

export interface Explanation {
  url: string;
  /** What a request would come to, in a sentence. */
  now: string;
  uri?: string;
  route?: {
    pattern: string;
    why: string;
    source: string;
    auth: string;
    tier: string | null;
    terms: Terms | null;
  };
  ignored: string[];
  key?: { text: string; fingerprint: string; principal: string; shard: number; shards: number };
  tags: string[];
  layers: ExplainedLayer[];
  purges: { kind: string; target: string; hard: number; soft: number }[];
}

export type PurgeMode = "soft" | "hard";

export interface PurgeOrder {
  mode: PurgeMode;
  keys?: string[];
  tags?: string[];
  prefixes?: string[];
}

export interface Receipt {
  seq: number;
  mode: PurgeMode;
  matched: {
    tags: number;
    keys: number;
    prefixes: number;
    everything: boolean;
    routes: string[];
  };
  unmatched: { key: string; why: string }[];
  visible_within_ms: number;
  stale_until_ms: number;
  client_caches_until_ms: number;
  longest_ms: number;
}
