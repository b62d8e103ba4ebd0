// A purge: what it will do, before; what it did and for how long old answers may still be seen, after.

import { useEffect, useRef, useState } from "preact/hooks";
import type { PurgeMode, Receipt } from "../../api/purge.ts";
import { api } from "../../api/client.ts";
import { atMost } from "../../format.ts";
import { useOrder } from "../../orders.ts";
import { Answers, Dialog } from "../../parts/dialog.tsx";

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
  const { says, isUnderWay, give } = useOrder("purge it once more, which does no harm.");
  const purge = (event: SubmitEvent) => {
    event.preventDefault();
    const { keys, tags } = target;
    void give(async () =>
      onDone(await api.purge({ mode, ...(keys ? { keys } : {}), ...(tags ? { tags } : {}) })),
    );
  };
  return (
    <Dialog title="Purge?" isUnderWay={isUnderWay} onClose={onClose}>
      <form onSubmit={purge}>
        <p>
          <code>{target.what}</code>, everywhere.
        </p>
        <Modes mode={mode} set={setMode} />
        <p class="is-fault" role="alert">
          {says}
        </p>
        <Answers
          yes={isUnderWay ? "Purging…" : "Purge"}
          no="Keep it"
          isUnderWay={isUnderWay}
          close={onClose}
          class="danger"
        />
      </form>
    </Dialog>
  );
}

function Modes({ mode, set }: { mode: PurgeMode; set: (mode: PurgeMode) => void }) {
  return (
    <fieldset>
      <legend>How</legend>
      {Object.entries(MODES).map(([name, { name: shown, does }]) => (
        <label key={name} class="choice">
          <input
            type="radio"
            name="mode"
            value={name}
            checked={mode === name}
            onChange={() => set(name as PurgeMode)}
          />
          <span>
            <strong>{shown}.</strong> {does}
          </span>
        </label>
      ))}
    </fieldset>
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
            <dd>{atMost(ms)}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
