// One line a step: its name, what it is doing with the time that has passed, and how it ended.

const WIDTH = 14;
const QUIET_MS = 10_000;

/**
 * Runs one named step.
 *
 * @template T
 * @param {string} name
 * @param {(line: Line) => Promise<T>} run says how it ended by `line.done` or `line.skip`
 * @returns {Promise<T>}
 */
export async function step(name, run) {
  const line = new Line(name);
  try {
    return await run(line);
  } finally {
    line.close();
  }
}

/**
 * The line of one step. On a terminal it is rewritten in place, elsewhere it is repeated now and
 * then.
 */
class Line {
  #name;
  #started = Date.now();
  #doing = "";
  #timer;
  #lastPrinted = Date.now();

  constructor(name) {
    this.#name = name;
  }

  /** Says what is going on now; shown with the elapsed time until the step ends. */
  doing(what) {
    const first = this.#timer === undefined;
    this.#doing = what.replace(/\s+/g, " ").trim();
    this.#timer ??= setInterval(() => this.#tick(), process.stdout.isTTY ? 250 : 1_000);
    if (first) this.#print(`${this.#doing} …`);
  }

  /** The step did its work. */
  done(what) {
    this.#end(`✓ ${what} (${this.#elapsed()})`);
  }

  /** There was nothing to do. */
  skip(why) {
    this.#end(`· ${why}`);
  }

  close() {
    clearInterval(this.#timer);
    if (this.#timer !== undefined && process.stdout.isTTY) process.stdout.write("\n");
    this.#timer = undefined;
  }

  #end(text) {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#print(text, "\n");
  }

  #tick() {
    const due = process.stdout.isTTY || Date.now() - this.#lastPrinted >= QUIET_MS;
    if (due) this.#print(`${this.#doing} … ${this.#elapsed()}`);
  }

  #print(text, end = process.stdout.isTTY ? "" : "\n") {
    this.#lastPrinted = Date.now();
    const whole = `  ${this.#name.padEnd(WIDTH)} ${text}`;
    if (!process.stdout.isTTY) process.stdout.write(`${whole}\n`);
    else
      process.stdout.write(`\r\x1b[K${whole.slice(0, (process.stdout.columns || 100) - 1)}${end}`);
  }

  #elapsed() {
    const seconds = (Date.now() - this.#started) / 1000;
    return seconds < 10 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
  }
}
