// A silence: for how long an alert tells nobody, and why.

import { useRef } from "preact/hooks";
import { api } from "../../api/client.ts";
import { useOrder } from "../../orders.ts";
import { Answers, Dialog } from "../../parts/dialog.tsx";

const LENGTHS = { "30m": "30 minutes", "1h": "an hour", "4h": "four hours", "1d": "a day" };

interface SilenceDialogProps {
  alert: string;
  onClose: () => void;
  onDone: () => void;
}

export function SilenceDialog({ alert, onClose, onDone }: SilenceDialogProps) {
  const order = useOrder("look at the silences before you order another.");
  const length = useRef<HTMLSelectElement>(null);
  const reason = useRef<HTMLInputElement>(null);
  const silence = (event: SubmitEvent) => {
    event.preventDefault();
    const why = reason.current?.value.trim() ?? "";
    if (why === "") {
      order.setSays("Write why, for those who come after you.");
      reason.current?.focus();
      return;
    }
    void order.give(async () => {
      await api.silence(alert, length.current?.value ?? "1h", why);
      onDone();
    });
  };
  return (
    <Dialog title={`Silence ${alert}`} isUnderWay={order.isUnderWay} onClose={onClose}>
      <form onSubmit={silence}>
        <p>It goes on to be evaluated and shown; nobody is told of it.</p>
        <label for="silence-length">For</label>
        <select id="silence-length" ref={length}>
          {Object.entries(LENGTHS).map(([value, name]) => (
            <option key={value} value={value} selected={value === "1h"}>
              {name}
            </option>
          ))}
        </select>
        <label for="silence-reason">Why</label>
        <input id="silence-reason" ref={reason} autocomplete="off" maxLength={200} />
        <p class="is-fault" role="alert">
          {order.says}
        </p>
        <Answers yes="Silence" no="Cancel" isUnderWay={order.isUnderWay} close={onClose} />
      </form>
    </Dialog>
  );
}
