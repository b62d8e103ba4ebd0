// Hears when something new was measured, by server-sent events. While the connection is lost, the
// numbers are asked for now and then instead.

import { useEffect, useState } from "preact/hooks";
import type { Tick } from "./api/happenings.ts";
import { api } from "./api/client.ts";
import { SIGNED_OUT } from "./fetched.ts";

export type Connection = "off" | "connecting" | "live" | "lost";

export interface Live {
  connection: Connection;
  /** Changes when there is something new. */
  version: number;
}

const POLL_MS = 10_000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

/** Changes sooner than this after one another are shown together. */
const SETTLE_MS = 1000;

/** That nobody asks any more is news too: a span that ends now goes on without anything being measured. */
const SILENT_MS = 30_000;

/** Streams end by themselves now and then, and the browser opens the next one. Longer than this is a loss. */
const REOPEN_MS = 6000;

/** A page that nobody looks at is left alone after this time: browsers open few connections to one host. */
const HIDDEN_MS = 60_000;

export interface Heard {
  connection: (now: Connection) => void;
  changed: () => void;
}

export function useLive(isWanted: boolean): Live {
  const [live, setLive] = useState<Live>({ connection: "off", version: 0 });

  useEffect(() => {
    const connection = (now: Connection) =>
      setLive((before) => (before.connection === now ? before : { ...before, connection: now }));
    const changed = () => setLive((before) => ({ ...before, version: before.version + 1 }));
    if (isWanted) return whileSeen(() => listen({ connection, changed }), changed);
    connection("off");
    return undefined;
  }, [isWanted]);

  return live;
}

/** Does something while the page is looked at; gives what ends it. */
export function whileSeen(begin: () => () => void, seenAgain: () => void): () => void {
  let end: (() => void) | null = begin();
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const turned = () => {
    clearTimeout(leaving);
    if (document.visibilityState === "hidden") {
      leaving = setTimeout(() => {
        end?.();
        end = null;
      }, HIDDEN_MS);
    } else if (end === null) {
      end = begin();
      seenAgain();
    }
  };
  turned();
  document.addEventListener("visibilitychange", turned);
  return () => {
    document.removeEventListener("visibilitychange", turned);
    clearTimeout(leaving);
    end?.();
  };
}

/** Listens until what it gives is called. */
export function listen(heard: Heard): () => void {
  let source: EventSource | null = null;
  let seen: number | null = null;
  let wait = FIRST_RETRY_MS;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let settling: ReturnType<typeof setTimeout> | undefined;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  let changedAt = Date.now();
  let isOver = false;

  const changed = () => {
    changedAt = Date.now();
    heard.changed();
  };
  const soon = () => {
    settling ??= setTimeout(() => {
      settling = undefined;
      changed();
    }, SETTLE_MS);
  };
  const lost = () => {
    // A refusal closes it for good, an end does not.
    if (source?.readyState !== EventSource.CLOSED) {
      reopening ??= setTimeout(() => heard.connection("lost"), REOPEN_MS);
      return;
    }
    heard.connection("lost");
    clearTimeout(retry);
    retry = setTimeout(open, wait);
    wait = Math.min(wait * 2, LAST_RETRY_MS);
    api.isSignedIn().then(
      (isSignedIn) => isSignedIn || isOver || dispatchEvent(new Event(SIGNED_OUT)),
      () => {},
    );
  };
  const open = () => {
    source?.close();
    source = new EventSource("/monitoring/live");
    source.addEventListener("open", () => {
      wait = FIRST_RETRY_MS;
      clearTimeout(reopening);
      reopening = undefined;
      heard.connection("live");
    });
    source.addEventListener("error", lost);
    source.addEventListener("tick", (event) => {
      const { version } = JSON.parse(event.data) as Tick;
      if (seen !== null && seen !== version) soon();
      seen = version;
    });
  };
  heard.connection("connecting");
  open();
  const poll = setInterval(() => {
    const isOpen = source?.readyState === EventSource.OPEN;
    if (!isOpen || Date.now() - changedAt >= SILENT_MS) changed();
  }, POLL_MS);
  return () => {
    isOver = true;
    source?.close();
    for (const timer of [retry, settling, reopening]) clearTimeout(timer);
    clearInterval(poll);
  };
}
