// What Forebay would answer the dashboard: made-up numbers of an hour, calm or with an incident in it.
// The shapes are those of src/metrics/summary.rs and of docs/operations.md.

const STEP_S = 30;
const POINTS = 120;

/** A quantile sketch's summary around a typical value. */
const quantiles = (count, p50, p95 = p50 * 3) =>
  count === 0
    ? { count: 0, average: null, p50: null, p95: null, p99: null, max: null }
    : { count, average: p50 * 1.2, p50, p95, p99: p95 * 1.6, max: p95 * 2.4 };

/** The same numbers in every run. */
const wave = (index, of) => 1 + 0.25 * Math.sin(index / of) + 0.1 * Math.sin(index * 2.3);

function totals(
  requests,
  { p50, p95, hitRate = 0.9, errors = 0, seconds, source = 20, collapsed },
) {
  const cacheable = Math.round(requests * 0.95);
  const hits = Math.round(cacheable * hitRate);
  const [memory, colo] = [Math.round(hits * 0.7), Math.round(hits * 0.2)];
  const misses = cacheable - hits;
  return {
    requests,
    per_second: requests / seconds,
    errors,
    error_rate: requests === 0 ? 0 : errors / requests,
    refused: Math.round(requests * 0.01),
    hits: {
      cacheable,
      rate: cacheable === 0 ? null : hits / cacheable,
      memory,
      colo,
      global: hits - memory - colo,
      stale: Math.round(hits * 0.03),
      revalidated: 0,
      misses,
      expired: 0,
      bypassed: requests - cacheable,
    },
    collapsed: collapsed ?? Math.round(misses * 0.3),
    duration: quantiles(requests, p50, p95),
    source: quantiles(misses, source, source * 3),
  };
}

const work = (calls, p50, p95, { failures = 0, rows = calls * 3, keys = calls } = {}) => ({
  calls,
  failures,
  // The rest was refused.
  reasons: {
    unreached: Math.floor(failures * 0.9),
    late: 0,
    unable: Math.ceil(failures * 0.1),
    dropped: 0,
  },
  rows,
  keys,
  total_ms: calls * p50 * 1.2,
  duration: quantiles(calls, p50, p95),
});

/** For each point, as `work` of the span's calls would go. */
const workSpark = (calls, p95, failed = () => 0) =>
  Array.from({ length: POINTS }, (_, index) => ({
    calls: Math.round(calls / POINTS),
    failures: failed(index),
    p95: calls === 0 ? null : p95(index) * wave(index, 3),
  }));

const query = (name) => ({ kind: "query", name, asks: ["main"] });

/** When the incident begins: two thirds of the hour are calm. */
const BEGINS = 80;

const ROUTES = [
  { route: "GET /api/pitches/{id}", own: query("pitch"), part: 0.45, p50: 2, p95: 9 },
  {
    route: "GET /api/search",
    own: query("search"),
    part: 0.2,
    p50: 11,
    p95: 44,
    slow: { p50: 610, p95: 1900 },
  },
  { route: "GET /api/users/{id}", own: query("user"), part: 0.2, p50: 2, p95: 8 },
  {
    route: "GET /legacy/*",
    own: { kind: "origin", name: "legacy", asks: ["legacy"] },
    part: 0.1,
    p50: 30,
    p95: 90,
    dead: true,
  },
  { route: null, own: null, part: 0.05, p50: 0.4, p95: 1 },
];

/** @param {"calm" | "incident" | "empty"} kind */
export function summary(kind, { from, to, route = null } = {}) {
  const end = to ?? Math.floor(Date.now() / 1000 / STEP_S) * STEP_S;
  const span = { from: from ?? end - STEP_S * POINTS, to: end, step: STEP_S, route };
  const isOf = (index) => kind === "incident" && index >= BEGINS;
  const shown = ROUTES.filter((each) => route === null || each.route === route);
  const at = Array.from({ length: POINTS }, (_, index) => {
    const requests = kind === "empty" ? 0 : Math.round(900 * wave(index, 9));
    const own = shown.map(({ part, p50, p95, slow, dead }) => ({
      requests: Math.round(requests * part),
      ...(isOf(index) && slow ? slow : { p50, p95 }),
      errors: isOf(index) && dead ? Math.round(requests * part * 0.34) : 0,
    }));
    return { index, at: span.from + index * STEP_S, own };
  });
  const sum = (list, value) => list.reduce((so_far, each) => so_far + value(each), 0);
  const points = at.map(({ index, at: begins, own }) => {
    const requests = sum(own, (each) => each.requests);
    const bad = isOf(index);
    const [p50, p95] = bad && route === null ? [3, 620] : [own[0].p50, own[0].p95];
    const calls = Math.round(requests * 0.1);
    return {
      at: begins,
      ...totals(requests, {
        p50: p50 * wave(index, 5),
        p95: p95 * wave(index, 4),
        hitRate: 0.88 + 0.03 * Math.sin(index / 6),
        errors: sum(own, (each) => each.errors),
        seconds: STEP_S,
        source: bad ? 300 : 14,
      }),
      database: work(calls, (bad ? 180 : 6) * wave(index, 7), (bad ? 1400 : 21) * wave(index, 3)),
    };
  });
  const whole = sum(points, ({ requests }) => requests);
  const seconds = STEP_S * POINTS;
  const bad = kind === "incident";
  const routes = shown.map(({ route: name, own: own_source, p50, p95, slow }, which) => {
    const requests = sum(at, ({ own }) => own[which].requests);
    const errors = sum(at, ({ own }) => own[which].errors);
    const now = bad && slow ? slow : { p50, p95 };
    const told = totals(requests, { ...now, errors, seconds, source: now.p95 / 3.2 });
    return {
      route: name,
      own_source,
      ...told,
      spent: spentOn(told, told.source.average ?? 0),
      spark: at.map(({ index, own }) => ({
        requests: own[which].requests,
        errors: own[which].errors,
        refused: Math.round(own[which].requests * 0.01),
        p95: own[which].requests === 0 ? null : own[which].p95 * wave(index, 3),
      })),
    };
  });
  const errors = sum(points, (each) => each.errors);
  const someone = whole > 0;
  const made = {
    span,
    total: totals(whole, {
      p50: 2.4,
      p95: bad ? 240 : 14,
      hitRate: 0.89,
      errors,
      seconds,
      source: bad ? 90 : 14,
    }),
    points,
    routes: someone ? routes.sort((a, b) => b.requests - a.requests) : [],
    places: someone
      ? [
          place("FRA", "DE", whole * 0.5, bad ? 0.02 : 0),
          place("LHR", "GB", whole * 0.3, bad ? 0.02 : 0),
          place("IAD", "US", whole * 0.15, bad ? 0.02 : 0),
          place("SIN", "SG", whole * 0.05, 0, 30),
        ]
      : [],
    errors: errors > 0 ? [{ route: "GET /legacy/*", kind: "bad-gateway", count: errors }] : [],
    database: work(Math.round(whole * 0.1), bad ? 360 : 6, bad ? 1700 : 21),
    statements: (someone
      ? [
          statement("search", 8200, bad ? 480 : 9, bad ? 1850 : 40, (index) =>
            isOf(index) ? 1850 : 40,
          ),
          statement("pitch", 2600, 4, 11, () => 11, { keys: 9100 }),
          statement("user", 1900, 3, 9, () => 9),
        ]
      : []
    ).filter(({ query: name }) => route === null || shown[0]?.own?.name === name),
    origins: (someone
      ? [
          {
            origin: "legacy",
            ...work(9100, 28, 84, { failures: errors, rows: 0 }),
            spark: workSpark(
              9100,
              () => 84,
              (index) => (isOf(index) ? 30 : 0),
            ),
          },
        ]
      : []
    ).filter(({ origin }) => route === null || shown[0]?.own?.name === origin),
    gauges: someone
      ? [
          gauge("memory_bytes", "", 14_200_000, 18_400_000),
          gauge("connections_in_use", "main", bad ? 4.6 : 0.8, 5),
          gauge("connections_awaited", "main", bad ? 3.1 : 0, bad ? 31 : 0, isOf),
          gauge("breaker_open", "origin legacy", bad ? 0.3 : 0, bad ? 1 : 0, isOf),
          gauge("breaker_open", "database main", 0, 0),
        ].filter(({ of }) => route === null || shown[0]?.own?.asks.some((own) => of.endsWith(own)))
      : [],
    losses: { flushes: 840, late: 2, dropped: 0, responses_dropped: 0, crowded: 0 },
  };
  return { ...made, spent: spent(made) };
}

/** Sources take what their work takes, and a little for their way. */
function spent({ total, database, origins }) {
  const works = [database, ...origins];
  const sum = (value) => works.reduce((so_far, each) => so_far + value(each), 0);
  const each =
    sum(({ total_ms }) => total_ms) /
    Math.max(
      1,
      sum(({ calls }) => calls),
    );
  return spentOn(total, each * 1.15);
}

const spentOn = ({ hits, source }, each) => ({
  edge_ms: (hits.memory + hits.colo + hits.global) * 0.8,
  shield_ms: (hits.misses + hits.expired) * 2,
  source_ms: each * source.count,
});

const statement = (name, calls, p50, p95, at, more) => ({
  database: "main",
  query: name,
  ...work(calls, p50, p95, more),
  spark: workSpark(calls, at),
});

const gauge = (name, of, average, max, isOf = () => true) => ({
  name,
  of,
  average,
  max,
  spark: Array.from({ length: POINTS }, (_, index) => (isOf(index) ? max : 0)),
});

const place = (colo, country, requests, errorRate, p95 = 12) => ({
  colo,
  country,
  requests: Math.round(requests),
  errors: Math.round(requests * errorRate),
  hit_rate: 0.87,
  duration: quantiles(Math.round(requests), p95 / 4, p95),
});

export function alerts(kind, now = Date.now() / 1000) {
  const bad = kind === "incident";
  const alert = (name, more) => ({
    name,
    route: null,
    metric: "p95",
    over: "5m",
    state: "ok",
    level: null,
    since: null,
    value: null,
    warning: null,
    critical: null,
    unit: "ms",
    says: `${name} is as it should be.`,
    on_fire: null,
    silenced_until: null,
    samples: 4100,
    ...more,
  });
  return {
    alerts: [
      alert("slow answers", {
        warning: 100,
        critical: 500,
        value: bad ? 640 : 14,
        ...(bad && {
          state: "firing",
          level: "critical",
          since: now - 1140,
          says: "p95 over all routes is 640 ms, over its 500 ms.",
          on_fire: "stretch-ttl",
        }),
      }),
      alert("errors", {
        metric: "error_rate",
        unit: "share",
        warning: 0.01,
        critical: 0.05,
        value: bad ? 0.034 : 0,
        ...(bad && {
          state: "pending",
          level: "warning",
          since: now - 120,
          says: "3.4 % of answers are errors, over 1 %.",
        }),
      }),
      alert("hit rate", { metric: "hit_rate", unit: "share", warning: 0.7, value: 0.89 }),
      alert("breakers", { metric: "breaker_open", unit: "count", critical: 1, value: 0 }),
    ],
    silences: bad
      ? [
          {
            id: "s1",
            alert: "hit rate",
            until: now + 3600,
            reason: "a new release warms up",
            since: now,
          },
        ]
      : [],
    protections: bad
      ? [
          {
            name: "stretch-ttl",
            on: true,
            since: now - 1100,
            until: now + 2500,
            why: "slow answers fires",
          },
        ]
      : [],
    deliveries: bad
      ? [
          {
            at: now - 1139,
            to: "slack",
            alert: "slow answers",
            state: "firing",
            result: "delivered",
            attempts: 1,
          },
        ]
      : [],
    evaluated_at: now - 20,
    at: now,
  };
}

export const runs = (now = Date.now() / 1000) => ({
  runs: [
    ["alerts", "done", 12, "5 rules, 1 fires"],
    ["outbox", "done", 31, "no rows"],
    ["roll-up", "failed", 5004, "metrics-0 did not answer within 5 s"],
    ["clean-up", "skipped", 0, "ran 40 s ago"],
  ].map(([job, result, took_ms, says], index) => ({
    job,
    scheduled_at: now - 60 * index,
    began_at: now - 60 * index,
    took_ms,
    result,
    says,
  })),
});

export const events = (kind, now = Date.now() / 1000) => ({
  events:
    kind === "empty"
      ? []
      : [
          { at: now - 2700, kind: "deploy", text: "release 5f0c2a91" },
          { at: now - 1900, kind: "purge", text: "tag pitches, soft" },
          ...(kind === "incident"
            ? [{ at: now - 1140, kind: "alert", text: "slow answers fires (critical)" }]
            : []),
        ],
});

export function shields(kind) {
  const bad = kind === "incident";
  const breaker = (state, more) => ({
    state,
    failures: 0,
    slow: 0,
    calls: 120,
    opened_for_ms: null,
    retry_after_ms: null,
    opened: 0,
    refused: 0,
    ...more,
  });
  const shard = (number) => ({
    shard: number,
    state: {
      room: {
        fills_live: bad ? 4 : 0,
        fills_superseded: 0,
        waiters: bad ? 23 : 0,
        passes: 1,
        settled_bytes: 48_000,
        purge_seq: 112,
        purge_view_age_ms: 430,
        purge_targets: 12,
      },
      databases: {
        main: {
          pool: { open: 5, idle: bad ? 0 : 4, leased: bad ? 5 : 1, waiting: bad ? 9 : 0, max: 5 },
          breaker: breaker("closed"),
          retry: { budget_left: 10, made: 3, refused: 0 },
        },
      },
      batches: { open: 0, keys_waiting: 0, statements: 210, keys_served: 930 },
      contacts: { contacts_live: bad ? 2 : 0, waiters: 0, recent_bytes: 9000 },
      origins: {
        legacy: {
          servers: [
            {
              url: "http://legacy.internal:8080",
              weight: 1,
              state: bad ? "aside" : "in use",
              failures: bad ? 12 : 0,
              aside_for_ms: bad ? 8000 : null,
            },
          ],
          breaker: bad
            ? breaker("open", { failures: 12, opened_for_ms: 64_000, opened: 3, refused: 410 })
            : breaker("closed"),
          retry: { budget_left: 10, made: 0, refused: 0 },
        },
      },
    },
  });
  return {
    shards: bad
      ? [shard(0), shard(1), { shard: 2, error: "no answer within 1000 ms" }]
      : [shard(0), shard(1), shard(2)],
    log: {
      status: {
        seq: 112,
        hard_floor: 0,
        soft_floor: 0,
        targets: 12,
        targets_max: 16_384,
        drained_at_ms: Date.now() - 1200,
        last_drain_rows: 0,
        last_drain_failed: bad ? { reports: "connection refused" } : {},
      },
    },
  };
}

export const database = (kind) => ({
  statements_error: null,
  statements:
    kind === "empty"
      ? []
      : [
          {
            database: "main",
            query: "search",
            calls: 8200,
            failures: kind === "incident" ? 14 : 0,
            mean_ms: kind === "incident" ? 510 : 11,
            p95_ms: kind === "incident" ? 1850 : 40,
            rows: 41_000,
            total_ms: kind === "incident" ? 4_182_000 : 90_200,
            suggestions:
              kind === "incident"
                ? [
                    "It reads pitches from end to end 8,200 times: an index on pitches (category) would be used.",
                  ]
                : [],
          },
          {
            database: "main",
            query: "pitch",
            calls: 2600,
            failures: 0,
            mean_ms: 4.8,
            p95_ms: 11,
            rows: 2600,
            total_ms: 12_480,
            suggestions: [],
          },
        ],
  databases: [
    {
      name: "main",
      pg_stat_statements: [
        {
          query:
            "select p.id, p.title from pitches p where p.search @@ plainto_tsquery($1) limit $2",
          calls: 8200,
          mean_ms: 505.2,
          rows: 41_000,
          total_ms: 4_142_640,
        },
      ],
      unused_indexes: [{ table: "pitches", index: "pitches_created_at_idx", bytes: 1_130_496 }],
      sequential_scans: [
        {
          table: "pitches",
          scans: 8200,
          rows_read: 410_000_000,
          rows_live: 50_000,
          suggestion: "An index on what search filters by.",
        },
      ],
      notes: ["Numbers of the server are since its statistics were reset."],
      error: null,
    },
    {
      name: "reports",
      pg_stat_statements: null,
      unused_indexes: [],
      sequential_scans: [],
      notes: [],
      error: kind === "incident" ? "connection refused" : null,
    },
  ],
});

export const explanation = (url) => ({
  url,
  now: "It is answered from memory (HIT), which has it fresh for 840 s more.",
  route: {
    pattern: "GET /api/pitches/{id}",
    why: 'its pattern matches, with id = "1"',
    source: "query pitch on main",
    auth: "none",
    tier: "pitch",
    terms: { fresh_s: 900, swr_s: 60, sie_s: 86_400 },
  },
  ignored: ["utm_source"],
  key: {
    text: "GET /api/pitches/{id} public id=1",
    sha256: "0",
    fingerprint: "0",
    principal: "public",
    parts: [],
    shard: 3,
    shards: 8,
  },
  tags: ["pitch:1", "pitches"],
  layers: [
    {
      layer: "memory",
      state: "found",
      verdict: "fresh for 840 s more",
      answer: {
        status: 200,
        age_s: 60,
        ttl_s: 840,
        freshness: "fresh",
        purges: "valid",
        seq: 112,
        tags: ["pitch:1"],
        terms: { fresh_s: 900, swr_s: 60, sie_s: 86_400 },
        bytes: 812,
        coding: "identity",
      },
    },
    { layer: "colo", state: "absent", verdict: "it holds nothing under this key" },
    { layer: "global", state: "failed", verdict: "it does not answer, which counts as a miss" },
  ],
  purges: [{ kind: "tag", target: "pitch:1", hard: 0, soft: 104 }],
});

export const receipt = {
  seq: 113,
  mode: "soft",
  matched: { tags: 0, keys: 1, prefixes: 0, everything: false, routes: ["GET /api/pitches/{id}"] },
  unmatched: [],
  visible_within_ms: 2000,
  database_changes_visible_within_ms: 3000,
  stale_until_ms: 62_000,
  stale_if_source_fails_until_ms: 86_402_000,
  stale_if_log_and_source_fail_until_ms: 87_302_000,
  client_caches_until_ms: 962_000,
  longest_ms: 87_302_000,
};

/** The answer to a GET, or undefined. */
export function answer(kind, url) {
  const { pathname, searchParams } = url;
  const number = (name) => (searchParams.has(name) ? Number(searchParams.get(name)) : undefined);
  const [from, to] = [number("from"), number("to")];
  switch (pathname) {
    case "/monitoring/performance": {
      const route = searchParams.get("route");
      // What came before an incident was calm.
      const isBefore = to !== undefined && to < Date.now() / 1000 - 600;
      return summary(kind === "incident" && isBefore ? "calm" : kind, { from, to, route });
    }
    case "/monitoring/alerts":
      return alerts(kind);
    case "/monitoring/runs":
      return runs();
    case "/monitoring/events":
      return events(kind);
    case "/debug/shield":
      return shields(kind);
    case "/debug/db":
      return database(kind);
    case "/debug/explain":
      return explanation(searchParams.get("url"));
    default:
      return undefined;
  }
}
