// The start page's "try it" panel: asks for a URL and shows what the caches said about it.

const BODY_BYTES_MAX = 64 * 1024;
const PREVIEW_CHARS_MAX = 4000;
const LOG_ROWS_MAX = 12;
const TIMEOUT_MS = 30_000;
const HEADERS = [
  "Cache-Status",
  "Server-Timing",
  "Age",
  "Cache-Control",
  "ETag",
  "X-Edge-Location",
  "X-Request-ID",
];

const part = (id) => document.getElementById(id);
const form = part("ask");
const log = [];
let asking = false;

/** The URL on this site that the text means, or null. */
function target(text) {
  try {
    const url = new URL(text.trim(), location.origin);
    return url.origin === location.origin ? url : null;
  } catch {
    return null;
  }
}

/**
 * The same URL under a name that this browser has never stored, or its own cache would answer. No
 * route lists the parameter `_`, so it is no part of Forebay's key.
 */
function unseen(url) {
  const copy = new URL(url);
  copy.searchParams.set("_", Date.now().toString(36));
  return copy;
}

/** Reads the start of a body, and says whether there was more of it. */
async function readStart(response) {
  const reader = response.body?.getReader();
  if (!reader) return { text: "", more: false };
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), more: false };
    text += decoder.decode(value, { stream: true });
    bytes += value.byteLength;
    if (bytes > BODY_BYTES_MAX) {
      await reader.cancel();
      return { text, more: true };
    }
  }
}

async function ask(url, token) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const began = performance.now();
  const response = await fetch(unseen(url), { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const { text, more } = await readStart(response);
  return { response, text, more, ms: performance.now() - began };
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function verdictClass(status, cache) {
  if (status >= 400) return "is-fault";
  if (cache === "HIT" || cache === "REVALIDATED") return "is-hit";
  return cache === "STALE" ? "is-stale" : "is-miss";
}

function badge({ status, cache }) {
  return element("span", cache ?? "no cache status", `badge ${verdictClass(status, cache)}`);
}

const inMs = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

function pretty(text, more) {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON, or not all of it: shown as it came.
  }
  const cut = shown.length > PREVIEW_CHARS_MAX;
  return shown.slice(0, PREVIEW_CHARS_MAX) + (cut || more ? "\n…" : "");
}

/** What a failure says of itself (RFC 9457), and which parameters it blames. */
function problem(response, text) {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return {};
  try {
    const { title, detail, parameters = [] } = JSON.parse(text);
    const faults = parameters.map(({ name, reason }) => `${name} ${reason}`);
    return { title, why: [detail, ...faults].filter(Boolean).join("; ") };
  } catch {
    return {};
  }
}

function showAnswer(entry, { response, text, more }) {
  const { title = response.statusText, why } = problem(response, text);
  const kind = `${entry.status} ${title}`.trim();
  const took = more ? `${inMs(entry.ms)} for the first 64 KiB` : inMs(entry.ms);
  part("verdict").replaceChildren(
    badge(entry), element("strong", kind), element("span", took),
    element("span", entry.age === null ? "" : `${entry.age} s old`),
    ...(why ? [element("span", why, "why")] : []),
  );
  const shown = HEADERS.filter((name) => response.headers.has(name));
  part("headers").replaceChildren(
    ...shown.flatMap((name) => [element("dt", name), element("dd", response.headers.get(name))]),
  );
  part("body").textContent = pretty(text, more) || "(no body)";
  part("answer").hidden = false;
}

function showFailure(message) {
  part("verdict").replaceChildren(element("strong", message, "is-fault"));
  part("answer").hidden = true;
}

function showLog() {
  const longest = Math.max(...log.map((entry) => entry.ms));
  part("log").replaceChildren(...log.map((entry) => {
    const row = element("tr");
    const took = element("td", inMs(entry.ms), "number took");
    took.style.setProperty("--share", String(entry.ms / longest));
    const cache = element("td");
    cache.append(badge(entry));
    row.append(
      element("td", entry.at, "number when"), element("td", entry.path, "url"),
      element("td", String(entry.status), "number"), cache,
      element("td", entry.age ?? "", "number age"), took,
    );
    return row;
  }));
  part("history").hidden = false;
}

async function submit() {
  const url = target(part("url").value);
  if (!url) {
    showFailure("Write a path of this site, such as /api/pitches/1.");
    return;
  }
  const answer = await ask(url, part("token").value.trim());
  const { response, ms } = answer;
  const entry = {
    at: new Date().toLocaleTimeString(),
    path: url.pathname + url.search,
    status: response.status,
    cache: response.headers.get("X-Cache-Status"),
    age: response.headers.get("Age"),
    ms,
  };
  log.unshift(entry);
  log.length = Math.min(log.length, LOG_ROWS_MAX);
  showAnswer(entry, answer);
  showLog();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (asking) return;
  asking = true;
  // Not `disabled`, which would take the focus away from whoever asks twice.
  part("send").setAttribute("aria-disabled", "true");
  try {
    await submit();
  } catch (error) {
    const late = error.name === "TimeoutError";
    showFailure(late ? "No answer within 30 seconds." : "No answer: is the server running?");
  } finally {
    asking = false;
    part("send").removeAttribute("aria-disabled");
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-url]");
  if (!button) return;
  part("url").value = button.dataset.url;
  part("try").scrollIntoView({ block: "start" });
  if (button.hasAttribute("data-token") && !part("token").value) {
    part("token").focus();
    return;
  }
  part("send").focus({ preventScroll: true });
  form.requestSubmit();
});

for (const origin of document.querySelectorAll("[data-origin]")) {
  origin.textContent = location.origin;
}
