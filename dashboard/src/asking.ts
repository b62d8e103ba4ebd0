// One question, asked as often as there may be something new: never twice at once, so that answers cannot
// overtake one another, and never given up for its own repetition, so that what takes long is shown too.

import { Unanswered } from "./api/client.ts";

/** After a failure it is tried again by itself. */
export const RETRY_MS = 5000;

export interface Heard<T> {
  asked: () => void;
  /** `isLast`: nothing newer is on its way. */
  answered: (data: T, isLast: boolean) => void;
  failed: (failure: unknown) => void;
}

export class Asking<T> {
  readonly #load: (signal: AbortSignal) => Promise<T>;
  readonly #heard: Heard<T>;
  readonly #leaving = new AbortController();
  #isUnderWay = false;
  #isDue = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(load: (signal: AbortSignal) => Promise<T>, heard: Heard<T>) {
    this.#load = load;
    this.#heard = heard;
  }

  /** Asks, or asks again once there is an answer to what was asked before. */
  ask(): void {
    if (this.#leaving.signal.aborted) return;
    clearTimeout(this.#retry);
    this.#heard.asked();
    if (this.#isUnderWay) {
      this.#isDue = true;
      return;
    }
    void this.#once();
  }

  /** From here on nothing is heard any more. */
  leave(): void {
    this.#leaving.abort();
    clearTimeout(this.#retry);
  }

  async #once(): Promise<void> {
    const { signal } = this.#leaving;
    this.#isUnderWay = true;
    try {
      const data = await this.#load(signal);
      if (!signal.aborted) this.#heard.answered(data, !this.#isDue);
    } catch (failure) {
      if (!signal.aborted) this.#fail(failure);
    }
    this.#isUnderWay = false;
    if (!this.#isDue) return;
    this.#isDue = false;
    this.ask();
  }

  #fail(failure: unknown): void {
    this.#heard.failed(failure);
    if (isPassing(failure) && !this.#isDue) this.#retry = setTimeout(() => this.ask(), RETRY_MS);
  }
}

/** Whether trying again may help. */
function isPassing(failure: unknown): boolean {
  if (!(failure instanceof Unanswered)) return false;
  const { why } = failure;
  return why.kind === "unreachable" || (why.kind === "refused" && why.status >= 500);
}
