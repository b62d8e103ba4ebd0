// A silence: for how long an alert tells nobody, and why.

import { useRef, useState } from "preact/hooks";
import { api, inWords } from "../../api/client.ts";
import { Dialog } from "../../parts/dialog.tsx";

const LENGTHS = { "30m": "30 minutes", "1h": "an hour", "4h": "four hours", "1d": "a day" };

interface SilenceDialogProps {
  alert: string;
  onClose: () => void;
  onDone: () => void;
}

export function SilenceDialog({ alert, onClose, onDone }: SilenceDialogProps) {
  const [says, setSays] = useState("");
  const [isAsking, setAsking] = useState(false);
  const length = useRef<HTMLSelectElement>(null);
  const reason = useRef<HTMLInputElement>(null);
  const silence = async (event: SubmitEvent) => {
    event.preventDefault();
    const why = reason.current?.value.trim() ?? "";
    if (isAsking) return;
    if (why === "") {
      setSays("Write why, for those who come after you.");
      reason.current?.focus();
      return;
    }
    setAsking(true);
    try {
      await api.silence(alert, length.current?.value ?? "1h", why);
      onDone();
    } catch (error) {
      const { what, advice } = inWords(error);
      setSays(`${what} ${advice}`);
      setAsking(false);
    }
  };
  return (
    <Dialog title={`Silence ${alert}`} onClose={onClose}>
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
          {says}
        </p>
        <div class="actions">
          <button aria-disabled={isAsking}>Silence</button>
          <button type="button" class="quiet" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
