// What a view shows: fetched when its question changes, when something new was measured, or when it is
// asked for again. What was there stays while the next is on its way, and when there is none.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Unanswered } from "./api/client.ts";
import { Asking } from "./asking.ts";

export interface Fetched<T> {
  data: T | null;
  /** When the data came, in milliseconds since the epoch. */
  at: number | null;
  failure: unknown;
  isLoading: boolean;
  again: () => void;
}

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
  const asking = useRef<Asking<T> | null>(null);
  const loader = useRef(load);
  loader.current = load;
  const again = useCallback(() => asking.current?.ask(), []);

  useEffect(() => {
    const own = new Asking((signal) => loader.current(signal), {
      asked: () =>
        setState((before) =>
          before.question === question
            ? { ...before, isLoading: true }
            : // The answer to another question is shown no longer.
              { data: null, at: null, failure: null, isLoading: true, question },
        ),
      answered: (data, isLast) =>
        setState({ data, at: Date.now(), failure: null, isLoading: !isLast, question }),
      failed: (failure) => {
        if (failure instanceof Unanswered && failure.why.kind === "signed-out")
          dispatchEvent(new Event(SIGNED_OUT));
        setState((before) => ({ ...before, failure, isLoading: false }));
      },
    });
    asking.current = own;
    return () => own.leave();
  }, [question]);

  useEffect(() => asking.current?.ask(), [question, version]);

  return { ...state, again };
}

/** Told to the window when an answer says that there is no session. */
export const SIGNED_OUT = "forebay-signed-out";

/** A part of what a view shows, which it can do without. */
export interface Part<T> {
  data: T | null;
  /** Why it is not there, where that is to be said; null: there is none, or none to be had. */
  failure: Unanswered | null;
}

/** What does not answer is told of as such; what is refused for what was asked is just not there. */
export async function part<T>(work: Promise<T>): Promise<Part<T>> {
  try {
    return { data: await work, failure: null };
  } catch (error) {
    if (!(error instanceof Unanswered) || error.why.kind === "signed-out") throw error;
    const { why } = error;
    const isMissing = why.kind === "refused" && (why.status === 400 || why.status === 404);
    return { data: null, failure: isMissing ? null : error };
  }
}
