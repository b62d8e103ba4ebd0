// The Worker's entry. A fresh hit in memory is answered synchronously; everything else takes the
// asynchronous lane. The default export is a plain object, so that no function of the module becomes
// callable from outside.
import Forebay, { Metrics, PurgeLog, Shield } from "../build/index.js";
import site from "../build/site.bin";

// Rust reads it on first use, also after a restart of the instance.
globalThis.forebaySite = site;
const { serve_hit } = Forebay.prototype;

// A trap ends the WASM instance; told of it, the other lane starts a new one.
function hit(head, request, env, ctx) {
  try {
    return serve_hit(head, request, env, ctx);
  } catch (error) {
    console.error("forebay: the memory lane failed", error);
    globalThis.__worker_init_state.criticalError = true;
  }
}

export default {
  fetch(request, env, ctx) {
    const h = request.headers;
    // One string, one crossing into WASM; no header value can hold a line feed.
    const head = `${request.method}\n${request.url}\n${h.get("authorization") ?? ""}\n${h.get("if-none-match") ?? ""}\n${h.get("if-modified-since") ?? ""}\n${h.get("accept-encoding") ?? ""}\n${h.get("x-no-compression") ?? ""}\n${h.get("origin") ?? ""}\n${h.get("x-request-id") ?? ""}\n${h.get("forebay-bookmark") ?? ""}\n${h.get("cookie") ?? ""}\n${h.get("cf-ipcountry") ?? ""}`;
    return hit(head, request, env, ctx) ?? new Forebay(ctx, env).fetch(request);
  },
  scheduled: (event, env, ctx) => new Forebay(ctx, env).scheduled(event),
};

export { Metrics, PurgeLog, Shield };
