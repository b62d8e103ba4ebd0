// Every question that the dashboard asks of Forebay. The session is a cookie that no script can read.

import type { Alerts, Delivery, Silence } from "./alerts.ts";
import type { DatabaseReport } from "./database.ts";
import type { Explanation } from "./explanation.ts";
import type { Happenings, Runs } from "./happenings.ts";
import type { Problem } from "./problem.ts";
import type { PurgeOrder, Receipt } from "./purge.ts";
import type { Shields } from "./shields.ts";
import type { Summary } from "./summary.ts";

const TIMEOUT_MS = 20_000;

/** Why there is no answer. */
export type Why =
  | { kind: "signed-out" }
  | { kind: "unreachable"; late: boolean }
  | { kind: "refused"; status: number; problem: Partial<Problem>; retryAfterS: number | null };

export class Unanswered extends Error {
  readonly why: Why;

  constructor(why: Why) {
    super(why.kind);
    this.why = why;
  }
}

/** What is to be read: a window that ends now, or two moments in seconds since the epoch. */
export type Span = { window: string } | { from: number; to: number };

interface Asking {
  method?: "GET" | "POST" | "DELETE";
  json?: unknown;
  signal?: AbortSignal | undefined;
}

async function ask(path: string, { method = "GET", json, signal }: Asking = {}): Promise<Response> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const headers: Record<string, string> = { "Forebay-Dashboard": "1" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      body: json === undefined ? null : JSON.stringify(json),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unanswered({ kind: "unreachable", late: limit.aborted });
  }
  if (response.ok) return response;
  if (response.status === 401) throw new Unanswered({ kind: "signed-out" });
  throw await refusal(response);
}

async function refusal(response: Response): Promise<Unanswered> {
  const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return new Unanswered({
    kind: "refused",
    status: response.status,
    problem,
    retryAfterS: Number.isFinite(after) ? after : null,
  });
}

async function told<T>(path: string, asking?: Asking): Promise<T> {
  const response = await ask(path, asking);
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (asking?.signal?.aborted) throw error;
    // The answer broke off, or its time was over before its end came.
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new Unanswered({ kind: "unreachable", late });
  }
}

function query(parameters: Record<string, string | number | null>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== null) search.set(name, String(value));
  return search.toString();
}

const inSpan = (span: Span) =>
  "window" in span ? { window: span.window } : { from: span.from, to: span.to };

export const api = {
  summary: (span: Span, route: string | null, signal?: AbortSignal) =>
    told<Summary>(`/monitoring/performance?${query({ ...inSpan(span), route })}`, { signal }),
  events: async (from: number, to: number, signal?: AbortSignal) =>
    (await told<Happenings>(`/monitoring/events?${query({ from, to })}`, { signal })).events,
  alerts: (signal?: AbortSignal) => told<Alerts>("/monitoring/alerts", { signal }),
  runs: async (signal?: AbortSignal) => (await told<Runs>("/monitoring/runs", { signal })).runs,
  shields: (signal?: AbortSignal) => told<Shields>("/debug/shield", { signal }),
  database: (span: Span, signal?: AbortSignal) =>
    told<DatabaseReport>(`/debug/db?${query(inSpan(span))}`, { signal }),
  explain: (url: string, signal?: AbortSignal) =>
    told<Explanation>(`/debug/explain?${query({ url, format: "json" })}`, { signal }),
  purge: (order: PurgeOrder) => told<Receipt>("/admin/purge", { method: "POST", json: order }),
  silence: (alert: string, duration: string, reason: string) =>
    told<Silence>("/admin/silence", { method: "POST", json: { alert, for: duration, reason } }),
  unsilence: (id: string) => ask("/admin/unsilence", { method: "POST", json: { id } }),
  testAlert: (alert: string) =>
    told<Delivery>("/admin/alert-test", { method: "POST", json: { alert } }),
  signIn: (token: string) => ask("/dashboard/session", { method: "POST", json: { token } }),
  signOut: () => ask("/dashboard/session", { method: "DELETE" }),
  isSignedIn: () =>
    ask("/dashboard/session").then(
      () => true,
      (error: unknown) => {
        if (error instanceof Unanswered && error.why.kind === "signed-out") return false;
        throw error;
      },
    ),
};

/** A failure in words: what it is, and what to do. */
export function inWords(error: unknown): { what: string; advice: string } {
  if (!(error instanceof Unanswered))
    return {
      what: "The dashboard failed.",
      advice: "Reload the page. If it goes on, look at the browser’s console.",
    };
  const { why } = error;
  switch (why.kind) {
    case "signed-out":
      return { what: "Your session has ended.", advice: "Sign in again." };
    case "unreachable":
      return why.late
        ? {
            what: `There was no answer within ${TIMEOUT_MS / 1000} seconds.`,
            advice:
              "Forebay may be overloaded: try a shorter span, and look at /monitoring/health.",
          }
        : {
            what: "Forebay cannot be reached.",
            advice: "Look at your own connection first, then at /monitoring/health.",
          };
    case "refused": {
      const { status, problem } = why;
      const faults = (problem.parameters ?? []).map(({ name, reason }) => `${name} ${reason}`);
      const what = [problem.detail, ...faults].filter(Boolean).join("; ");
      return {
        what: what || `${problem.title ?? "It was refused"} (${status}).`,
        advice:
          status >= 500
            ? `The log line of request ${problem.request_id ?? "(unknown)"} says more: wrangler tail.`
            : "Change what is asked for.",
      };
    }
  }
}
