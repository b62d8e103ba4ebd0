// A question that has to be answered before something is done. The browser keeps the focus in it, and
// Escape is a no, until there is nothing left to say no to.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
  title: string;
  /** Something is under way that cannot be called back: its end is told here. */
  isUnderWay: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, isUnderWay, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Only a dialog that is closed while it is still there gives the focus back to what had opened it.
    return () => shown?.close();
  }, []);
  const closed = () => {
    if (dialog.current === null) return;
    // Browsers let a second Escape through, whatever the page says to it.
    if (isUnderWay) dialog.current.showModal();
    else onClose();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="dialog-title"
      aria-busy={isUnderWay}
      onCancel={(event) => isUnderWay && event.preventDefault()}
      onClose={closed}
    >
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

interface AnswersProps {
  yes: string;
  no: string;
  isUnderWay: boolean;
  close: () => void;
  class?: string;
}

/** The end of a dialog's form: what does it, and what leaves it undone. */
export function Answers({ yes, no, isUnderWay, close, class: className = "" }: AnswersProps) {
  return (
    <div class="actions">
      <button class={className} aria-disabled={isUnderWay}>
        {yes}
      </button>
      <button
        type="button"
        class="quiet"
        onClick={() => isUnderWay || close()}
        aria-disabled={isUnderWay}
      >
        {no}
      </button>
    </div>
  );
}
