// The Worker of one place of the drill. Locally no request has anything of the network, and all Workers
// share one Cache API: here each has the data centre that its variable PLACE names, and the cache of that.
import entry, { Metrics, PurgeLog, Shield } from "../../../src/entry.js";

let place = "local";

const shared = caches.default;
const here = (url) => `${url}?place=${place}`;
const own = {
  match: (url, options) => shared.match(here(url), options),
  put: (url, response) => shared.put(here(url), response),
};
Object.defineProperty(globalThis, "caches", { value: { default: own } });

export default {
  fetch(request, env, ctx) {
    place = env.PLACE;
    return entry.fetch(new Request(request, { cf: { colo: place } }), env, ctx);
  },
  scheduled: (event, env, ctx) => entry.scheduled(event, env, ctx),
};

export { Metrics, PurgeLog, Shield };
