// The processor's time that another process has had, as Linux tells it. A machine that is shared takes its
// processors away for whole turns, which a rate shows and this does not.

import { readdirSync, readFileSync } from "node:fs";

/** The process ids of this process's children; empty where the system does not tell. */
export function children() {
  const tasks = `/proc/${process.pid}/task`;
  try {
    return readdirSync(tasks).flatMap((task) =>
      readFileSync(`${tasks}/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Microseconds that the threads of a process have run for. */
export function cpuMicros(pid) {
  const tasks = `/proc/${pid}/task`;
  const nanos = readdirSync(tasks).map((task) =>
    Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanos.reduce((sum, each) => sum + each, 0) / 1000;
}
