// One number that matters, and how it was in the span before.

import type { ComponentChildren } from "preact";

export type Better = "up" | "down" | "neither";

interface FigureProps {
  name: string;
  value: string;
  /** As numbers, to be compared. */
  now?: number | null;
  before?: number | null;
  better?: Better;
  children?: ComponentChildren;
}

/** Less of a change than this is none. */
const NOTABLE = 0.05;

export function Figure({ name, value, now, before, better = "neither", children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class="value">{value}</span>
        <Change now={now ?? null} before={before ?? null} better={better} />
        {children}
      </dd>
    </div>
  );
}

function FromNothing({ now, better }: { now: number; better: Better }) {
  if (now === 0) return <span class="change">as before</span>;
  const judged = better === "down" ? "is-fault" : better === "up" ? "is-hit" : "";
  return <span class={`change ${judged}`}>was 0</span>;
}

function Change({
  now,
  before,
  better,
}: {
  now: number | null;
  before: number | null;
  better: Better;
}) {
  if (now === null || before === null) return null;
  // There is no share of nothing.
  if (before === 0) return <FromNothing now={now} better={better} />;
  const change = now / before - 1;
  if (Math.abs(change) < NOTABLE) return <span class="change">as before</span>;
  const isUp = change > 0;
  const judged = better === "neither" ? "" : isUp === (better === "up") ? "is-hit" : "is-fault";
  const size =
    isUp && change >= 2
      ? `${(change + 1).toFixed(change < 9 ? 1 : 0)}×`
      : `${Math.abs(change * 100).toFixed(0)} %`;
  return (
    <span class={`change ${judged}`}>
      <span aria-hidden="true">{isUp ? "▲" : "▼"}</span>
      <span class="unseen">{isUp ? "up" : "down"}</span> {size}
    </span>
  );
}
