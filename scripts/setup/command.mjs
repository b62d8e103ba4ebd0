// Running other programs: quietly with progress, loudly with the terminal, or for their output.

import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { SetupFailure } from "./failure.mjs";
import { root, state } from "./paths.mjs";

const TAIL_LINES = 60;

// No program outlives us, also when a signal reached us alone and not our whole process group.
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill()));

/**
 * Runs a program whose output matters only when it fails: its last line is shown as progress, all
 * of it goes to `.forebay/logs/<log>.log`.
 *
 * @param {{doing(what: string): void}} line
 * @param {string} log
 * @param {string} program
 * @param {string[]} args
 * @param {{env?: object, cwd?: string, mend: string, what: string}} options
 */
export async function runQuietly(line, log, program, args, { env, cwd, mend, what }) {
  const file = openLog(log);
  const tail = [];
  const code = await spawned(
    program,
    args,
    { env, cwd, stdio: ["ignore", "pipe", "pipe"] },
    (text) => {
      file.write(text);
      for (const each of text.split(/[\r\n]+/)) {
        const plain = stripColours(each).trimEnd();
        if (!plain.trim()) continue;
        tail.push(plain);
        if (tail.length > TAIL_LINES) tail.shift();
        line.doing(plain);
      }
    },
  );
  file.end();
  if (code !== 0) throw new SetupFailure(what, mend, tail.join("\n"));
}

/** Runs a program on the user's terminal, where it may ask questions, and gives its exit code. */
export function runLoudly(program, args, { env, cwd } = {}) {
  return spawned(program, args, { env, cwd, stdio: "inherit" });
}

/**
 * Runs a program and gives `{ code, stdout, stderr }`. A program that does not exist has the code
 * 127.
 */
export async function capture(program, args, { env, cwd, user } = {}) {
  let stdout = "";
  let stderr = "";
  const options = { env, cwd, user, stdio: ["ignore", "pipe", "pipe"] };
  const code = await spawned(program, args, options, (text, stream) => {
    if (stream === "stdout") stdout += text;
    else stderr += text;
  });
  return { code, stdout, stderr };
}

/**
 * Spawns and waits. Output is handed on decoded, in whole characters.
 *
 * @param {(text: string, stream: "stdout" | "stderr") => void} [onText]
 * @returns {Promise<number>} the exit code; 127 when there is no such program, 128 + n for a signal
 */
export function spawned(program, args, { env, cwd = root, user, stdio }, onText) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio, env: { ...process.env, ...env }, ...user });
    for (const stream of ["stdout", "stderr"]) {
      child[stream]?.setEncoding("utf8").on("data", (text) => onText?.(text, stream));
    }
    running.add(child);
    child.on("error", (error) => (error.code === "ENOENT" ? resolve(127) : reject(error)));
    child.on("exit", () => running.delete(child));
    child.on("close", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function openLog(name) {
  const directory = join(state, "logs");
  mkdirSync(directory, { recursive: true });
  return createWriteStream(join(directory, `${name}.log`));
}

const stripColours = (text) => text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
