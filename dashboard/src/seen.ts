// Whether the page is looked at. One that nobody looks at is left alone: browsers open few connections to one
// host, and nobody reads the answers.

/** Another page may be looked at for a moment only. */
const HIDDEN_MS = 60_000;

const isHidden = () => document.visibilityState === "hidden";

/** Does something while the page is looked at; gives what ends it. */
export function whileSeen(begin: () => () => void, seenAgain: () => void): () => void {
  let end: (() => void) | null = begin();
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const turned = () => {
    clearTimeout(leaving);
    if (isHidden()) {
      leaving = setTimeout(() => {
        end?.();
        end = null;
      }, HIDDEN_MS);
    } else if (end === null) {
      end = begin();
      seenAgain();
    }
  };
  turned();
  document.addEventListener("visibilitychange", turned);
  return () => {
    document.removeEventListener("visibilitychange", turned);
    clearTimeout(leaving);
    end?.();
  };
}

/** Does something once, now or when the page is looked at again; gives what calls it off. */
export function onceSeen(work: () => void): () => void {
  const turned = () => {
    if (isHidden()) return;
    document.removeEventListener("visibilitychange", turned);
    work();
  };
  document.addEventListener("visibilitychange", turned);
  turned();
  return () => document.removeEventListener("visibilitychange", turned);
}
