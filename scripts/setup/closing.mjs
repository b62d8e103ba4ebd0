// How a script ends: on Ctrl-C, on SIGTERM, when the program that started it is gone, or by itself.
// What was opened is closed in reverse order, once, and not for longer than a limit.

const LIMIT_MS = 15_000;
const PARENT_POLL_MS = 1_000;

const closers = [];
let closing;

/** Registers an async function for the end; the last registered is called first. */
export function atEnd(close) {
  closers.push(close);
}

/** Closes everything that was registered. A second call waits for the first. */
export function closeAll() {
  closing ??= (async () => {
    for (const close of closers.reverse()) {
      await close().catch((error) => console.error(error));
    }
  })();
  return closing;
}

/** Whether the end has begun, so that a child's exit is no news. */
export const isClosing = () => closing !== undefined;

/** From here on, a signal closes everything and ends the process with `code`. */
export function closeOnSignals(code) {
  const endNow = () => end(code);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, endNow);
  whenParentIsGone(endNow);
}

/**
 * Calls back once the process that started us is gone, even by a kill: nobody could end us then.
 */
export function whenParentIsGone(callback) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && callback(), PARENT_POLL_MS).unref();
}

async function end(code) {
  if (isClosing()) return;
  setTimeout(() => process.exit(1), LIMIT_MS).unref();
  await closeAll();
  process.exit(code);
}
