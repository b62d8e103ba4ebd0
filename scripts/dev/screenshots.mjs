// `node scripts/dev/screenshots.mjs`: the pictures of the documents, docs/images/*.png. The dashboard is the
// one that was built; the numbers are those that its browser tests make up, so that the pictures change
// only with the dashboard.

import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { answer } from "../../tests/browser/support/dashboard_answers.js";
import { dashboard } from "../setup/dashboard.mjs";
import { inRoot } from "../setup/paths.mjs";
import { findChromium } from "../suites/chromium.mjs";

const PICTURES = [
  { name: "overview", path: "/dashboard", colorScheme: "light", height: 1010 },
  { name: "overview-dark", path: "/dashboard", colorScheme: "dark", height: 1010 },
  { name: "database", path: "/dashboard/database", colorScheme: "light", height: 760 },
  { name: "cache", path: "/dashboard/cache?url=/api/pitches/1", colorScheme: "light", height: 880 },
];

const TYPES = { js: "text/javascript", css: "text/css", svg: "image/svg+xml", html: "text/html" };

function serve(request, response) {
  const url = new URL(request.url, "http://forebay.example");
  const made = answer("incident", url);
  if (url.pathname === "/dashboard/session") return response.writeHead(204).end();
  if (url.pathname === "/monitoring/live") {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    return response.write(": still here\n\n");
  }
  if (made) {
    return response
      .writeHead(200, { "Content-Type": "application/json" })
      .end(JSON.stringify(made));
  }
  const asset = /^\/dashboard\/assets\/([\w.-]+)$/.exec(url.pathname)?.[1];
  const file = asset ? join(dashboard, "assets", asset) : join(dashboard, "index.html");
  response.writeHead(200, { "Content-Type": TYPES[file.split(".").at(-1)] });
  return response.end(readFileSync(file));
}

const server = createServer(serve);
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    `--host-resolver-rules=MAP forebay.example 127.0.0.1:${server.address().port}`,
  ],
});
mkdirSync(inRoot("docs", "images"), { recursive: true });
for (const { name, path, colorScheme, height } of PICTURES) {
  const page = await browser.newPage({
    viewport: { width: 1280, height },
    colorScheme,
    reducedMotion: "reduce",
    timezoneId: "UTC",
  });
  await page.goto(`http://forebay.example${path}`);
  await page.locator("#view .card").first().waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.screenshot({ path: inRoot("docs", "images", `${name}.png`) });
  console.log(`docs/images/${name}.png`);
  await page.close();
}
await browser.close();
server.close();
server.closeAllConnections();
