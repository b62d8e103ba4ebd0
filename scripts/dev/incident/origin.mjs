// The origin of the drill: a shop's server that needs a moment for each page, and that can die.

import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../../setup/port.mjs";
import { below } from "./chance.mjs";

const FASTEST_MS = 8;
const SPREAD_MS = 30;

/** @param {() => number} chance */
export async function startOrigin(chance) {
  const port = await freePort();
  let server = await listen(port, chance);
  return {
    url: `http://127.0.0.1:${port}`,
    /** Nobody listens there any more. */
    die() {
      const gone = new Promise((closed) => server.close(closed));
      server.closeAllConnections();
      return gone;
    },
    async revive() {
      if (!server.listening) server = await listen(port, chance);
    },
  };
}

function listen(port, chance) {
  const server = createServer((request, response) => answer(request, response, chance));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

async function answer({ url }, response, chance) {
  await pause(FASTEST_MS + below(chance, SPREAD_MS));
  const [, kind, name] = url.split("/");
  if (kind === "prices") {
    const cents = 500 + ((Number(name) * 7919) % 9500);
    response.writeHead(200, { "Content-Type": "application/json" });
    return response.end(JSON.stringify({ id: Number(name), cents, currency: "EUR" }));
  }
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  return response.end(`<!doctype html><title>${name}</title><h1>How to: ${name}</h1>`);
}
