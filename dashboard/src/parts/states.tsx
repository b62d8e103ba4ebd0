// What stands where there is nothing to show yet, nothing at all, or nothing new.

import type { ComponentChildren } from "preact";
import { inWords } from "../api/client.ts";
import type { Fetched } from "../fetched.ts";
import { exactly } from "../format.ts";

/** Shows what was fetched by `children`; what keeps it from being shown, or from being new, else. */
export function Showing<T>({
  fetched,
  children,
}: {
  fetched: Fetched<T>;
  children: (data: T) => ComponentChildren;
}) {
  const { data, at, failure, isLoading, again } = fetched;
  if (data === null) {
    return failure === null ? <Loading /> : <Failed failure={failure} again={again} />;
  }
  return (
    <>
      {failure !== null && (
        <div class="banner is-stale" role="status">
          <p>
            <strong>As of {exactly((at ?? 0) / 1000)}</strong>, trying again.{" "}
            {inWords(failure).what} {inWords(failure).advice}
          </p>
          <button type="button" class="quiet" onClick={again} aria-disabled={isLoading}>
            Try now
          </button>
        </div>
      )}
      {children(data)}
    </>
  );
}

function Loading() {
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading</span>
      <div class="bone" />
      <div class="bone" />
      <div class="bone" />
    </div>
  );
}

function Failed({ failure, again }: { failure: unknown; again: () => void }) {
  const { what, advice } = inWords(failure);
  return (
    <div class="card state" role="alert">
      <h2 class="is-fault">{what}</h2>
      <p>{advice}</p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="card state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface MissingProps {
  what: string;
  failure: unknown;
  again: () => void;
}

/** A part that could not be had: the rest is shown, and says less without it. */
export function Missing({ what, failure, again }: MissingProps) {
  const why = inWords(failure);
  return (
    <div class="banner is-stale" role="status">
      <p>
        <strong>{what} could not be had.</strong> {why.what} {why.advice}
      </p>
      <button type="button" class="quiet" onClick={again}>
        Try again
      </button>
    </div>
  );
}
