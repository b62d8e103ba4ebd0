// Hears when something new was measured, by server-sent events. While the connection is lost, the
// numbers are asked for now and then instead.

import { useEffect, useState } from "preact/hooks";
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

export function useLive(isWanted: boolean): Live {
  const [live, setLive] = useState<Live>({ connection: "off", version: 0 });

  useEffect(() => {
    if (!isWanted) {
      setLive((before) => ({ ...before, connection: "off" }));
      return;
    }
    const connection = (now: Connection) =>
      setLive((before) => (before.connection === now ? before : { ...before, connection: now }));
    const changed = () => setLive((before) => ({ ...before, version: before.version + 1 }));
    let source: EventSource | null = null;
    let seen: number | null = null;
    let wait = FIRST_RETRY_MS;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let settling: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;

    const soon = () => {
      settling ??= setTimeout(() => {
        settling = undefined;
        changed();
      }, SETTLE_MS);
    };
    const lost = () => {
      connection("lost");
      // A refusal closes it for good, an end does not.
      if (source?.readyState !== EventSource.CLOSED || isOver) return;
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
        connection("live");
      });
      source.addEventListener("error", lost);
      source.addEventListener("tick", (event) => {
        const { version } = JSON.parse(event.data) as { version: number };
        if (seen !== null && seen !== version) soon();
        seen = version;
      });
    };
    connection("connecting");
    open();
    const poll = setInterval(() => {
      if (source?.readyState !== EventSource.OPEN) changed();
    }, POLL_MS);
    return () => {
      isOver = true;
      source?.close();
      clearTimeout(retry);
      clearTimeout(settling);
      clearInterval(poll);
    };
  }, [isWanted]);

  return live;
}
