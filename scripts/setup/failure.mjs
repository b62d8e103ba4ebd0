// What the user is told when a step cannot go on: one sentence, and how to mend it.

export class SetupFailure extends Error {
  /**
   * @param {string} what one sentence
   * @param {string} mend what to do about it
   * @param {string} [detail] output of the tool that failed, shown above the sentence
   */
  constructor(what, mend, detail = "") {
    super(what);
    this.mend = mend;
    this.detail = detail;
  }
}

/** Runs `main` and ends the process: with its exit code, or with 1 and the failure in words. */
export async function exitWith(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    tell(error);
    process.exitCode = 1;
  }
  process.exit();
}

/**
 * Prints a failure; anything that is not a `SetupFailure` is a defect of ours, so with its stack.
 */
export function tell(error) {
  if (!(error instanceof SetupFailure)) {
    console.error(error);
    return;
  }
  if (error.detail) console.error(`\n${error.detail.trimEnd()}`);
  console.error(`\nforebay: ${error.message}`);
  console.error(`   mend: ${error.mend}`);
}
