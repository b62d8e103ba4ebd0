// The Worker as it is deployed, in an isolate whose clock, Cache API and KV the tests hold.
//
// The product has no hooks for tests: this module stands around `src/entry.js` and changes what the
// runtime gives to it. WASM and the Durable Objects share the isolate, so one clock moves all.
import Forebay from "../../build/index.js";
import entry, { Metrics, PurgeLog, Shield } from "../../src/entry.js";

const CONTROL = "/.edge/control";

const held = {
  /** Milliseconds since 1970. The clock stands still until a test moves it. */
  now: undefined,
  /** Workers of the same name share one Cache API, as those of one data centre do. */
  colo: "main",
  cacheFails: false,
  kvFails: false,
  logFails: false,
  metricsFail: false,
  shieldFails: false,
  /** Whether the purge log gives the shield no answer at all. */
  logHangs: false,
  /** Requests that the asynchronous lane took. */
  asynchronous: 0,
  /** Work that goes on behind responses at this moment. */
  background: 0,
  /** Answers written to the Cache API. */
  cacheWrites: 0,
  /** What Analytics Engine was told, where it is bound. */
  points: [],
};

const realNow = Date.now;
Date.now = () => held.now ?? realNow();

const realCache = caches.default;
const inColo = (url) => `${url}?colo=${held.colo}`;
const broken = (what) => Promise.reject(new Error(`${what} is broken by the test`));
const cache = {
  match: (url, options) =>
    held.cacheFails ? broken("Cache API") : realCache.match(inColo(url), options),
  put: async (url, response) => {
    if (held.cacheFails) return broken("Cache API");
    await realCache.put(inColo(url), response);
    held.cacheWrites += 1;
  },
};
Object.defineProperty(globalThis, "caches", { value: { default: cache } });

const brokenKv = {
  get: () => broken("KV"),
  put: () => broken("KV"),
};

const brokenLog = {
  getByName: () => ({ fetch: () => broken("The purge log") }),
};

// Rust looks at the name of the class. There may be one of it: bundling would give a second another name.
class DurableObjectNamespace {
  constructor(fetch) {
    this.getByName = () => ({ fetch });
  }
}

/** A dataset that tells on what it is given. */
const overheard = (dataset) => ({
  writeDataPoint(point) {
    dataset.writeDataPoint(point);
    held.points.push(point);
  },
});

const brokenMetrics = new DurableObjectNamespace(() => broken("The metrics object"));
const brokenShield = new DurableObjectNamespace(() => broken("The shield"));
const silentLog = new DurableObjectNamespace(() => new Promise(() => {}));

class HeldShield extends Shield {
  constructor(state, env) {
    const get = (of, name) => (name === "PURGE_LOG" && held.logHangs ? silentLog : of[name]);
    super(state, new Proxy(env, { get }));
  }
}

const asynchronousLane = Forebay.prototype.fetch;
Forebay.prototype.fetch = function (request) {
  held.asynchronous += 1;
  return asynchronousLane.call(this, request);
};

/** Counts what is handed to `ctx.waitUntil`, so that a test can wait until it is done. */
function countBackground(ctx) {
  const waitUntil = ctx.waitUntil.bind(ctx);
  ctx.waitUntil = (work) => {
    held.background += 1;
    const ended = () => void (held.background -= 1);
    waitUntil(Promise.resolve(work).then(ended, ended));
  };
}

/** The Worker's bindings, less what a test has broken. */
function bindings(env) {
  const changed = {};
  if (held.kvFails) changed.CACHE = { value: brokenKv };
  if (held.logFails) changed.PURGE_LOG = { value: brokenLog };
  if (held.shieldFails) changed.SHIELD = { value: brokenShield };
  if (held.metricsFail) changed.METRICS_LOG = { value: brokenMetrics };
  if (env.ANALYTICS) changed.ANALYTICS = { value: overheard(env.ANALYTICS) };
  return Object.keys(changed).length > 0 ? Object.create(env, changed) : env;
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname === CONTROL) {
      Object.assign(held, await request.json());
      return Response.json(held);
    }
    countBackground(ctx);
    const seen = bindings(env);
    // Where the isolate is: the first request tells it, and here none has anything of the network.
    const colo = request.headers.get("x-edge-colo");
    if (colo) return new Forebay(ctx, seen).fetch(new Request(request, { cf: { colo } }));
    // The same request, past the lane that answers from memory.
    if (request.headers.has("x-edge-asynchronous")) return new Forebay(ctx, seen).fetch(request);
    return entry.fetch(request, seen, ctx);
  },
  scheduled: (event, env, ctx) => entry.scheduled(event, bindings(env), ctx),
};

export { Metrics, PurgeLog, HeldShield as Shield };
