// Hears when something new was measured, by server-sent events. While the connection is lost, the
// numbers are asked for now and then instead.

import { useEffect, useState } from "preact/hooks";
import type { Tick } from "./api/happenings.ts";
import { api } from "./api/client.ts";
import { SIGNED_OUT } from "./fetched.ts";
import { whileSeen } from "./seen.ts";

/** `silent`: Forebay tells that what keeps the numbers does not answer it. */
export type Connection = "connecting" | "live" | "silent" | "lost";

export interface Live {
  connection: Connection;
  /** Changes when there is something new. */
  version: number;
}

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

/**
 * News come no sooner after one another: to ask for numbers has isolates send theirs, which is news again,
 * so that pages would keep themselves and a site without requests busy.
 */
const AGAIN_MS = 10_000;

/** Changes sooner than this after one another are shown together. */
const SETTLE_MS = 1000;

/** That nobody asks any more is news too: a span that ends now goes on without anything being measured. */
const SILENT_MS = 30_000;

/** Streams end by themselves now and then, and the browser opens the next one. Longer than this is a loss. */
const REOPEN_MS = 6000;

export interface Heard {
  connection: (now: Connection) => void;
  changed: () => void;
}

export function useLive(): Live {
  const [live, setLive] = useState<Live>({ connection: "connecting", version: 0 });

  useEffect(() => {
    const connection = (now: Connection) =>
      setLive((before) => (before.connection === now ? before : { ...before, connection: now }));
    const changed = () => setLive((before) => ({ ...before, version: before.version + 1 }));
    return whileSeen(() => listen({ connection, changed }), changed);
  }, []);

  return live;
}

/** Listens until what it gives is called. */
export function listen(heard: Heard): () => void {
  const listening = new Listening(heard);
  return () => listening.end();
}

type Timer = ReturnType<typeof setTimeout> | undefined;

class Listening {
  readonly #heard: Heard;
  #source: EventSource | null = null;
  #version: number | null = null;
  #isSilent = false;
  #retryMs = FIRST_RETRY_MS;
  #changedAt = Date.now();
  #isNews = false;
  #isOver = false;
  #retry: Timer;
  #reopening: Timer;
  #change: Timer;

  constructor(heard: Heard) {
    this.#heard = heard;
    heard.connection("connecting");
    this.#open();
    this.#plan();
  }

  end(): void {
    this.#isOver = true;
    this.#source?.close();
    for (const timer of [this.#retry, this.#reopening, this.#change]) clearTimeout(timer);
  }

  #open(): void {
    this.#source?.close();
    const source = new EventSource("/monitoring/live");
    this.#source = source;
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("error", () => this.#lost());
    source.addEventListener("tick", ({ data }) => this.#ticked((JSON.parse(data) as Tick).version));
    source.addEventListener("silent", () => {
      this.#isSilent = true;
      this.#heard.connection("silent");
    });
  }

  #opened(): void {
    this.#retryMs = FIRST_RETRY_MS;
    clearTimeout(this.#reopening);
    this.#reopening = undefined;
    this.#heard.connection(this.#isSilent ? "silent" : "live");
    this.#plan();
  }

  #ticked(version: number): void {
    const isNew = this.#version !== null && this.#version !== version;
    // What could not be had for a while may be had now.
    if (isNew || this.#isSilent) this.#news();
    if (this.#isSilent) this.#heard.connection("live");
    this.#isSilent = false;
    this.#version = version;
  }

  #lost(): void {
    this.#plan();
    // A refusal closes it for good, an end does not.
    if (this.#source?.readyState !== EventSource.CLOSED) {
      this.#reopening ??= setTimeout(() => this.#heard.connection("lost"), REOPEN_MS);
      return;
    }
    this.#heard.connection("lost");
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    api.isSignedIn().then(
      (isSignedIn) => isSignedIn || this.#isOver || dispatchEvent(new Event(SIGNED_OUT)),
      () => {},
    );
  }

  #news(): void {
    if (this.#isNews) return;
    this.#isNews = true;
    this.#plan();
  }

  /** When the numbers are to be asked for next. */
  #plan(): void {
    const isOpen = this.#source?.readyState === EventSource.OPEN;
    const pause = this.#isNews || !isOpen ? AGAIN_MS : SILENT_MS;
    const wait = this.#changedAt + pause - Date.now();
    clearTimeout(this.#change);
    this.#change = setTimeout(() => this.#changed(), Math.max(wait, this.#isNews ? SETTLE_MS : 0));
  }

  #changed(): void {
    this.#changedAt = Date.now();
    this.#isNews = false;
    this.#heard.changed();
    this.#plan();
  }
}
