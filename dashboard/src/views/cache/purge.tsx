// A purge: what it will do, before; what it did and for how long old answers may still be seen, after.

import { useEffect, useRef, useState } from "preact/hooks";
import type { PurgeMode, Receipt } from "../../api/purge.ts";
import { api, inWords } from "../../api/client.ts";
import * as format from "../../format.ts";
import { Dialog } from "../../parts/dialog.tsx";

export interface PurgeTarget {
  keys?: string[];
  tags?: string[];
  /** In words. */
  what: string;
}

interface PurgeDialogProps {
  target: PurgeTarget;
  onClose: () => void;
  onDone: (receipt: Receipt) => void;
}

const MODES: Record<PurgeMode, { name: string; does: string }> = {
  soft: {
    name: "Soft",
    does: "It is stale at once: served while a new answer is fetched, and if the source fails.",
  },
  hard: {
    name: "Hard",
    does: "It is gone: the next request waits for the source, and nothing stands in if that fails.",
  },
};

export function PurgeDialog({ target, onClose, onDone }: PurgeDialogProps) {
  const [mode, setMode] = useState<PurgeMode>("soft");
  const [isAsking, setAsking] = useState(false);
  const [says, setSays] = useState("");
  const purge = async (event: SubmitEvent) => {
    event.preventDefault();
    if (isAsking) return;
    setAsking(true);
    setSays("");
    const { keys, tags } = target;
    try {
      onDone(await api.purge({ mode, ...(keys ? { keys } : {}), ...(tags ? { tags } : {}) }));
    } catch (error) {
      const { what, advice } = inWords(error);
      setSays(`${what} ${advice}`);
      setAsking(false);
    }
  };
  return (
    <Dialog title="Purge?" onClose={onClose}>
      <form onSubmit={purge}>
        <p>
          <code>{target.what}</code>, everywhere.
        </p>
        <fieldset>
          <legend>How</legend>
          {Object.entries(MODES).map(([name, { name: shown, does }]) => (
            <label key={name} class="choice">
              <input
                type="radio"
                name="mode"
                value={name}
                checked={mode === name}
                onChange={() => setMode(name as PurgeMode)}
              />
              <span>
                <strong>{shown}.</strong> {does}
              </span>
            </label>
          ))}
        </fieldset>
        <p class="is-fault" role="alert">
          {says}
        </p>
        <div class="actions">
          <button class="danger" aria-disabled={isAsking}>
            {isAsking ? "Purging…" : "Purge"}
          </button>
          <button type="button" class="quiet" onClick={onClose}>
            Keep it
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function ReceiptCard({ receipt }: { receipt: Receipt }) {
  const { seq, mode, matched, unmatched } = receipt;
  const title = useRef<HTMLHeadingElement>(null);
  // The dialog that had the focus is gone.
  useEffect(() => title.current?.focus(), [receipt]);
  const times = [
    ["Every isolate knows within", receipt.visible_within_ms],
    ["Stale answers are served while they are refreshed for at most", receipt.stale_until_ms],
    [
      "If the source fails, stale answers are served for at most",
      receipt.stale_if_source_fails_until_ms,
    ],
    ["Browsers may keep theirs for at most", receipt.client_caches_until_ms],
    ["Whatever fails, nobody gets the old answer after", receipt.longest_ms],
  ] as const;
  return (
    <section class="card receipt" aria-labelledby="receipt-title">
      <h2 id="receipt-title" ref={title} tabIndex={-1}>
        Purged, as number {seq}
      </h2>
      <p>
        {mode === "soft" ? "Softly: stale from now on." : "Hard: gone from now on."}
        {matched.routes.length > 0 && (
          <>
            {" "}
            Of{" "}
            {matched.routes.slice(0, 8).map((route) => (
              <code key={route}>{route} </code>
            ))}
          </>
        )}
      </p>
      {unmatched.map(({ key, why }) => (
        <p key={key} class="is-stale">
          Nothing is stored for <code>{key}</code>: {why}
        </p>
      ))}
      <dl class="pairs">
        {times.map(([name, ms]) => (
          <>
            <dt key={name}>{name}</dt>
            <dd>{format.duration(ms / 1000)}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
