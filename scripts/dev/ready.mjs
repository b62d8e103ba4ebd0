// Tells when the port answers requests, and what to try first.

import { get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** Waits for the first answer; returns without a word when `ended` comes before it. */
export async function sayReady(port, ended) {
  let over = false;
  ended.then(
    () => (over = true),
    () => (over = true),
  );
  while (!over && !(await answers(port))) await pause(100);
  if (over) return;
  const base = `http://127.0.0.1:${port}`;
  console.log(`\nready on ${base}\n`);
  console.log(`  the start page   ${base}/`);
  console.log(`  a cached query   curl -i ${base}/api/pitches/1     (twice: MISS, then HIT)`);
  console.log(`  the dashboard    ${base}/dashboard`);
  console.log(`  its health       curl ${base}/api/health`);
  console.log("  API_TOKEN and ADMIN_TOKEN, for the routes that want one, are in .dev.vars");
  console.log("  Ctrl-C stops everything\n");
}

function answers(port) {
  return new Promise((resolve) => {
    const request = get({ port, host: "127.0.0.1", path: "/", timeout: 10_000 }, (response) => {
      response.resume();
      response.on("close", () => resolve(true));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
