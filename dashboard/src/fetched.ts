// What a view shows: fetched when its question changes, when something new was measured, or when it is
// asked for again. What was there stays while the next is on its way, and when there is none.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Unanswered } from "./api/client.ts";

export interface Fetched<T> {
  data: T | null;
  /** When the data came, in milliseconds since the epoch. */
  at: number | null;
  failure: unknown;
  isLoading: boolean;
  again: () => void;
}

/** After a failure it is tried again by itself. */
const RETRY_MS = 5000;

export function useFetched<T>(
  question: string,
  version: number,
  load: (signal: AbortSignal) => Promise<T>,
): Fetched<T> {
  const [state, setState] = useState<Omit<Fetched<T>, "again"> & { question: string }>({
    data: null,
    at: null,
    failure: null,
    isLoading: true,
    question,
  });
  const [times, setTimes] = useState(0);
  const loader = useRef(load);
  loader.current = load;
  const again = useCallback(() => setTimes((before) => before + 1), []);

  useEffect(() => {
    const leaving = new AbortController();
    let retry: ReturnType<typeof setTimeout> | undefined;
    setState((before) =>
      before.question === question
        ? { ...before, isLoading: true }
        : // The answer to another question is shown no longer.
          { data: null, at: null, failure: null, isLoading: true, question },
    );
    loader.current(leaving.signal).then(
      (data) => {
        if (leaving.signal.aborted) return;
        setState({ data, at: Date.now(), failure: null, isLoading: false, question });
      },
      (failure: unknown) => {
        if (leaving.signal.aborted) return;
        if (failure instanceof Unanswered && failure.why.kind === "signed-out")
          dispatchEvent(new Event(SIGNED_OUT));
        setState((before) => ({ ...before, failure, isLoading: false }));
        if (isPassing(failure)) retry = setTimeout(again, RETRY_MS);
      },
    );
    return () => {
      leaving.abort();
      clearTimeout(retry);
    };
  }, [question, version, times]);

  return { ...state, again };
}

/** Told to the window when an answer says that there is no session. */
export const SIGNED_OUT = "forebay-signed-out";

/** Whether trying again may help. */
function isPassing(failure: unknown): boolean {
  if (!(failure instanceof Unanswered)) return false;
  const { why } = failure;
  return why.kind === "unreachable" || (why.kind === "refused" && why.status >= 500);
}

/** What a view can do without: null when it cannot be had. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Unanswered && error.why.kind === "refused") return null;
    throw error;
  }
}
