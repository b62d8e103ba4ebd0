// Everything that is served as a number, against what the client has counted.

import { beforeAll, describe, expect, test } from "vitest";
import { edge } from "./support/edge.js";
import { closeGate } from "./support/gate.js";
import { ADMIN_TOKEN } from "./support/workers.js";

const here = edge("metrics", { names: ["first", "abroad"] });

const asOperator = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** Places and countries of the clients; both Workers have their own data centre. */
const COLOS = ["FRA", "NRT"];
const COUNTRIES = ["DE", "JP", undefined];

const RESPONSES = 2000;

/** One entry for each answer, as the client saw it. */
const seen = [];

const LAYER = /^forebay-(memory|colo|global); hit/;

function note(answer, route, at, country) {
  const { headers, status } = answer;
  const verdict = headers["x-cache-status"];
  const reports = headers["cache-status"].split(", ");
  const layer = /^(HIT|STALE)$/.test(verdict)
    ? reports.map((report) => LAYER.exec(report)?.[1]).find(Boolean)
    : undefined;
  const timing = /total;dur=(\d+)/.exec(headers["server-timing"]);
  const source = /source;dur=(\d+)/.exec(headers["server-timing"]);
  seen.push({
    route,
    verdict,
    layer,
    status,
    colo: COLOS[at],
    country: country ?? "XX",
    collapsed: /forebay-shield;[^,]*collapsed/.test(headers["cache-status"]),
    ms: Number(timing[1]),
    sourceMs: source ? Number(source[1]) : undefined,
  });
  return answer;
}

async function ask(at, route, target, options = {}) {
  const country = COUNTRIES[seen.length % COUNTRIES.length];
  const headers = country ? { "cf-ipcountry": country, ...options.headers } : options.headers;
  return note(await here.workers[at].ask(target, { ...options, headers }), route, at, country);
}

/** Both clocks move on alike. */
const pass = (seconds) => Promise.all(here.workers.map((worker) => worker.pass(seconds)));

const GATED = "GET /gated/{id}";
const THING = "GET /things/{id}";

/** A miss that the source takes so long for, by the clock of whoever asks. */
async function slowly(at, id, ms) {
  const gate = await closeGate(here.database, id);
  const answer = ask(at, GATED, `/gated/${id}`);
  await gate.reached(1);
  await pass(ms / 1000);
  await gate.open();
  await answer;
}

async function load() {
  for (const [at, worker] of here.workers.entries()) {
    // Where an isolate is, its first request on the asynchronous lane tells.
    await worker.ask("/api/health", { headers: { "x-edge-colo": COLOS[at] } });
  }
  // From 2 ms to 20 s, by the same factor each time.
  for (let step = 0; step < 50; step += 1) {
    await slowly(step % 2, 100 + step, Math.round(2 * 10 ** (step / 12.25)));
  }
  // Nine join the fill of a tenth.
  const gate = await closeGate(here.database, 200);
  const joined = Array.from({ length: 10 }, () => ask(0, GATED, "/gated/200"));
  await gate.reached(1);
  await pass(0.25);
  await gate.open();
  await Promise.all(joined);
  for (let id = 301; id <= 320; id += 1) await ask(0, THING, `/things/${id}`);
  await here.worker.idle();
  // Out of the layer that is shared, then out of memory.
  for (let id = 301; id <= 320; id += 1) await ask(1, THING, `/things/${id}`);
  for (let more = 0; more < 15; more += 1) {
    await ask(0, THING, `/things/${9000 + more}`);
    await ask(1, "GET /uncached/{id}", "/uncached/7");
    await ask(1, null, "/nowhere");
    await ask(0, "POST /things", "/things", {
      method: "POST",
      json: { id: 301, note: "there already" },
    });
    await ask(0, THING, "/things/no-number");
  }
  const { etag } = (await ask(0, THING, "/things/301")).headers;
  for (let more = 0; more < 20; more += 1) {
    await ask(0, THING, "/things/301", { headers: { "if-none-match": etag } });
  }
  // Stale, while the source fails.
  await pass(200);
  await here.database.refuse();
  for (let id = 301; id <= 310; id += 1) await ask(0, THING, `/things/${id}`);
  for (let id = 401; id <= 405; id += 1) await ask(1, THING, `/things/${id}`);
  await here.database.accept();
  await pass(20);
  // Expired, and the source has it.
  for (let id = 311; id <= 320; id += 1) await ask(0, THING, `/things/${id}`);
  await ask(0, THING, "/things/330");
  while (seen.length < RESPONSES) {
    const rest = Math.min(25, RESPONSES - seen.length);
    await Promise.all(Array.from({ length: rest }, () => ask(0, THING, "/things/330")));
  }
  await Promise.all(here.workers.map((worker) => worker.idle()));
}

const numbers = async (search = "window=1h", target = "/api/metrics") => {
  const answers = [];
  // Each isolate tells what it has before it answers, so that the last one knows all.
  for (const worker of [...here.workers].reverse()) {
    answers.push(await worker.ask(`${target}?${search}`, { headers: asOperator }));
  }
  const answer = answers.at(-1);
  expect(answer.status).toBe(200);
  return answer;
};

const summary = async (search) => (await numbers(search)).json();

const count = (filter) => seen.filter(filter).length;

/** The same definition as the sketch's, exactly. */
function quantile(filter, q, of) {
  const all = seen.filter(filter).map(of);
  all.sort((a, b) => a - b);
  return all[Math.floor(q * (all.length - 1))];
}

const near = (value, exact) => Math.abs(value - exact) <= exact * 0.01 + 1e-9;

function expectQuantiles(told, filter, of = ({ ms }) => ms) {
  expect(told.count).toBe(count(filter));
  if (told.count === 0) return;
  for (const [name, q] of Object.entries({ p50: 0.5, p95: 0.95, p99: 0.99 })) {
    const exact = quantile(filter, q, of);
    expect([name, told[name], exact, near(told[name], exact)]).toEqual([
      name,
      told[name],
      exact,
      true,
    ]);
  }
  const all = seen.filter(filter).map(of);
  const sum = all.reduce((sum, ms) => sum + ms, 0);
  expect(told.average).toBeCloseTo(sum / all.length, 6);
  expect(told.max).toBe(Math.max(...all));
}

function expectTotals(told, filter) {
  const of = (more) => count((each) => filter(each) && more(each));
  const hit = ({ verdict }) => /^(HIT|STALE|REVALIDATED)$/.test(verdict);
  const layer = (name) => of((each) => each.layer === name);
  const verdict = (name) => of((each) => each.verdict === name);
  const cacheable = of((each) => each.verdict !== "BYPASS");
  expect(told).toMatchObject({
    requests: count(filter),
    errors: of(({ status }) => status >= 500),
    refused: of(({ status }) => status >= 400 && status < 500),
    collapsed: of(({ collapsed }) => collapsed),
    hits: {
      cacheable,
      memory: layer("memory"),
      colo: layer("colo"),
      global: layer("global"),
      stale: verdict("STALE"),
      revalidated: verdict("REVALIDATED"),
      misses: verdict("MISS"),
      expired: verdict("EXPIRED"),
      bypassed: verdict("BYPASS"),
    },
  });
  expect(told.error_rate).toBeCloseTo(of(({ status }) => status >= 500) / count(filter), 9);
  if (cacheable > 0) expect(told.hits.rate).toBeCloseTo(of(hit) / cacheable, 9);
  expectQuantiles(told.duration, filter);
  const askedSource = (each) => filter(each) && each.sourceMs !== undefined;
  expectQuantiles(told.source, askedSource, ({ sourceMs }) => sourceMs);
}

const everything = () => true;
const ofRoute = (route) => (each) => each.route === route;

describe("after 2,000 requests at two places", () => {
  let statements;

  beforeAll(async () => {
    await load();
    const rows = await here.database.outside(
      `select query, calls::int, rows::int from pg_stat_statements
       where dbid = (select oid from pg_database where datname = 'forebay_edge_metrics')`,
    );
    const own = (wanted) => {
      const found = rows.filter(({ query }) => wanted(query));
      const sum = (name) => found.reduce((sum, row) => sum + row[name], 0);
      return { calls: sum("calls"), rows: sum("rows") };
    };
    const isGated = (query) => query.includes("wait_for_gate(");
    const isThing = (query) => query.includes("from things where id = ");
    statements = {
      gated: own(isGated),
      thing: own((query) => isThing(query) && !isGated(query)),
    };
  });

  test("the client has seen all that there is to be told apart", () => {
    const verdicts = new Set(seen.map(({ verdict }) => verdict));
    expect([...verdicts].sort()).toEqual(["BYPASS", "EXPIRED", "HIT", "MISS", "STALE"]);
    const layers = new Set(seen.map(({ layer }) => layer));
    expect(layers).toEqual(new Set(["memory", "colo", "global", undefined]));
    const statuses = new Set(seen.map(({ status }) => status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 304, 400, 404, 409, 503]));
    expect(count(({ collapsed }) => collapsed)).toBe(9);
    // Only who had it asked has waited for the source: of ten that share an answer, one.
    expect(count(({ route, sourceMs }) => route === GATED && sourceMs !== undefined)).toBe(51);
    expect(seen).toHaveLength(RESPONSES);
  });

  test("the totals are what the client counted", async () => {
    const { total, points, losses, span } = await summary();
    expectTotals(total, everything);
    expect(total.per_second).toBeCloseTo(RESPONSES / (span.to - span.from), 9);
    const inPoints = points.reduce((sum, point) => sum + point.requests, 0);
    expect(inPoints).toBe(RESPONSES);
    expect(losses).toMatchObject({ dropped: 0, responses_dropped: 0, crowded: 0 });
  });

  test("so is each route, in the list and alone", async () => {
    const { routes } = await summary();
    const known = [...new Set(seen.map(({ route }) => route))];
    expect(routes.map(({ route }) => route).sort()).toEqual(known.sort());
    for (const each of routes) expectTotals(each, ofRoute(each.route));
    const alone = await summary(`window=1h&route=${encodeURIComponent(GATED)}`);
    expect(alone.span.route).toBe(GATED);
    expectTotals(alone.total, ofRoute(GATED));
    expect(alone.routes).toHaveLength(1);
  });

  test("one route has the statements and levels of its own source, and nothing else's", async () => {
    const of = (route) => summary(`window=1h&route=${encodeURIComponent(route)}`);
    const gated = await of(GATED);
    expect(gated.routes[0].own_source).toEqual({ kind: "query", name: "gated", asks: ["main"] });
    expect(gated.statements.map(({ query }) => query)).toEqual(["gated"]);
    expect(gated.database.calls).toBe(51);
    const course = gated.statements[0].spark;
    expect(course).toHaveLength(gated.points.length);
    expect(course.reduce((sum, { calls }) => sum + calls, 0)).toBe(51);
    expect(gated.gauges.map((each) => each.of)).toContain("database main");
    expect(gated.gauges.map(({ name }) => name)).not.toContain("memory_bytes");
    const { spent, total } = gated;
    const all = spent.edge_ms + spent.shield_ms + spent.source_ms;
    expect(all).toBeCloseTo(total.duration.average * total.duration.count, 3);
    expect(spent.source_ms).toBeGreaterThan(all / 2);
  });

  test("so is each place", async () => {
    const { places } = await summary();
    const name = ({ colo, country }) => `${colo} ${country}`;
    expect(places.map(name).sort()).toEqual([...new Set(seen.map(name))].sort());
    for (const each of places) {
      const here = (one) => name(one) === name(each);
      expect(each.requests).toBe(count(here));
      expect(each.errors).toBe(count((one) => here(one) && one.status >= 500));
      const hits = count((one) => here(one) && /^(HIT|STALE|REVALIDATED)$/.test(one.verdict));
      expect(each.hit_rate).toBeCloseTo(hits / count(here), 9);
      expectQuantiles(each.duration, here);
    }
  });

  test("failures are told by route and kind, also those that a stale answer covered", async () => {
    const { errors } = await summary();
    const of = (route, kind) =>
      errors.find((each) => each.route === route && each.kind === kind)?.count ?? 0;
    const failing = count((each) => each.route === THING && each.status === 503);
    const covered = count((each) => each.route === THING && each.verdict === "STALE");
    expect(of(THING, "unavailable")).toBe(failing + covered);
    expect(of(null, "no-route")).toBe(15);
    expect(of("POST /things", "conflict")).toBe(15);
    expect(of(THING, "bad-parameters")).toBe(15);
  });

  test("statements are as many as the database has counted", async () => {
    const told = await summary();
    const of = (query) => told.statements.find((each) => each.query === query);
    expect(of("gated")).toMatchObject({ database: "main", failures: 0, ...statements.gated });
    expect(of("gated").calls).toBe(51);
    // Those that found no server never came to the database.
    const { calls, failures, rows } = of("thing");
    expect(calls - failures).toBe(statements.thing.calls);
    expect(rows).toBe(statements.thing.rows);
    const sum = told.statements.reduce((sum, each) => sum + each.calls, 0);
    expect(told.database.calls).toBe(sum);
  });

  test("levels are told of memory, pools and breakers", async () => {
    const { gauges } = await summary();
    const of = (name) => gauges.filter((each) => each.name === name);
    expect(of("memory_entries")[0].max).toBeGreaterThan(20);
    expect(of("memory_bytes")[0].max).toBeGreaterThan(1000);
    expect(of("heap_bytes")[0].max).toBeGreaterThan(1 << 20);
    expect(of("breaker_open").map((each) => each.of)).toContain("database main");
  });

  test("coarser slots tell the same, however often they are made", async () => {
    for (const search of ["window=1d", "window=30d", "window=1d", "window=366d", "window=366d"]) {
      const { total, places } = await summary(search);
      expectTotals(total, everything);
      expect(places.reduce((sum, each) => sum + each.requests, 0)).toBe(RESPONSES);
    }
  });

  test("Prometheus reads the same numbers", async () => {
    const answer = await numbers("", "/metrics");
    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    const samples = parse(answer.text());
    const sum = (name, labels = {}) =>
      samples
        .filter((sample) => sample.name === name)
        .filter((sample) =>
          Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
        )
        .reduce((sum, { value }) => sum + value, 0);
    expect(sum("forebay_requests_total")).toBe(RESPONSES);
    for (const verdict of new Set(seen.map((each) => each.verdict))) {
      const expected = count((each) => each.verdict === verdict);
      expect(sum("forebay_requests_total", { verdict })).toBe(expected);
    }
    const gated = { method: "GET", route: "/gated/{id}" };
    expect(sum("forebay_requests_total", gated)).toBe(count(ofRoute(GATED)));
    const memory = count(({ layer }) => layer === "memory");
    expect(sum("forebay_requests_total", { layer: "memory" })).toBe(memory);
    expect(sum("forebay_place_requests_total", { colo: "NRT" })).toBe(
      count(({ colo }) => colo === "NRT"),
    );
  });

  test("an hour has its report, and two spans are compared", async () => {
    const hour = new Date((await here.worker.control({})).now).toISOString().slice(0, 13);
    const report = (await numbers(`hour=${hour}`, "/monitoring/report")).json();
    expect(report.total.requests).toBe(RESPONSES);
    const now = Math.floor((await here.worker.control({})).now / 1000);
    const spans = `baseline=${now - 7200}/${now - 3600}&current=${now - 3600}/${now + 1}`;
    const compared = (await numbers(spans, "/monitoring/compare")).json();
    expect([compared.baseline_requests, compared.current_requests]).toEqual([0, RESPONSES]);
  });

  test("what operators ask has not changed the numbers", async () => {
    expect((await summary()).total.requests).toBe(RESPONSES);
  });
});

describe("asked wrongly", () => {
  test.each([
    ["/api/metrics?window=5", "window"],
    ["/monitoring/performance?from=x", "from"],
    ["/api/metrics?route=/none", "route"],
    ["/monitoring/report?hour=14", "hour"],
    ["/monitoring/compare?baseline=1/2", "current"],
  ])("%s is a 400 that names %s", async (target, name) => {
    const answer = await here.worker.ask(target, { headers: asOperator });
    expect(answer.status).toBe(400);
    expect(answer.text()).toContain(`"${name}"`);
  });

  test.each([
    "/api/metrics",
    "/metrics",
    "/monitoring/report",
    "/monitoring/runs",
    "/monitoring/x",
  ])("%s is nobody's without the token", async (target) => {
    expect((await here.worker.ask(target)).status).toBe(401);
  });
});

/** Samples of Prometheus' text format. */
function parse(text) {
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return {
      name,
      labels: Object.fromEntries(pairs.map(([, key, text]) => [key, text])),
      value: Number(value),
    };
  });
}
