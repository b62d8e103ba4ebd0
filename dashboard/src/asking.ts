// One question, asked as often as there may be something new: never twice at once, so that answers cannot
// overtake one another, and never given up for its own repetition, so that what takes long is shown too.

import { Unanswered } from "./api/client.ts";
import { onceSeen } from "./seen.ts";

/** After a failure it is tried again by itself: after this time, and after twice as long each time. */
export const FIRST_RETRY_MS = 5000;
export const LAST_RETRY_MS = 60_000;

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
  #retryMs = FIRST_RETRY_MS;
  #callOffRetry = () => {};

  constructor(load: (signal: AbortSignal) => Promise<T>, heard: Heard<T>) {
    this.#load = load;
    this.#heard = heard;
  }

  /** Asks, or asks again once there is an answer to what was asked before. */
  ask(): void {
    if (this.#leaving.signal.aborted) return;
    this.#callOffRetry();
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
    this.#callOffRetry();
  }

  async #once(): Promise<void> {
    const { signal } = this.#leaving;
    this.#isUnderWay = true;
    try {
      const data = await this.#load(signal);
      this.#retryMs = FIRST_RETRY_MS;
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
    const wait = passesAfter(failure);
    if (wait === null || this.#isDue) return;
    const retry = setTimeout(
      () => (this.#callOffRetry = onceSeen(() => this.ask())),
      Math.max(wait, this.#retryMs),
    );
    this.#callOffRetry = () => clearTimeout(retry);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}

/** How long to wait at least until trying again may help; null: it does not. */
function passesAfter(failure: unknown): number | null {
  if (!(failure instanceof Unanswered)) return null;
  const { why } = failure;
  switch (why.kind) {
    case "signed-out":
      return null;
    case "unreachable":
      return 0;
    case "refused":
      return why.status >= 500 || why.status === 429 ? (why.retryAfterS ?? 0) * 1000 : null;
  }
}
