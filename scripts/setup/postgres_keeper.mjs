// The process that keeps the embedded PostgreSQL while anybody in this checkout uses it.
//
// Several commands may run at once, and any may end first or be killed; so the server belongs to
// none of them but to this process, which runs in a session of its own. Each user holds a
// connection to it. When the last one closes, by whatever end, the server is stopped, and this
// process with it.

import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { SetupFailure } from "./failure.mjs";
import { findHome } from "./postgres_home.mjs";
import { initialise, start, stop } from "./postgres_server.mjs";

const FIRST_USER_MS = 30_000;

const home = await findHome();
const token = randomBytes(16).toString("hex");
const users = new Set();
let ending;

const server = await startOrTell();
server.once("exit", () => end());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end());

const door = createServer({ allowHalfOpen: true }, (socket) => {
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  let said = "";
  socket.on("data", (text) => {
    said += text;
    if (users.has(socket) || !said.includes("\n")) return;
    if (ending || said.trim() !== token) return socket.destroy();
    users.add(socket);
    socket.write("welcome\n");
  });
  // A user that leaves politely waits for our end of the connection: the last one for the server's
  // end.
  const left = async () => {
    if (users.delete(socket) && users.size === 0) await end(socket);
    socket.end();
  };
  socket.on("end", left);
  socket.on("close", left);
});

door.listen(0, "127.0.0.1", () => {
  const address = { pid: process.pid, port: door.address().port, token };
  writeFileSync(home.keeper, JSON.stringify(address), { mode: 0o600 });
  process.send?.({ ready: true });
  process.disconnect?.();
});

setTimeout(() => users.size === 0 && end(), FIRST_USER_MS);

async function startOrTell() {
  try {
    await initialise(home);
    return await start(home);
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    process.send?.({ what: error.message, mend: error.mend, detail: error.detail }, () =>
      process.exit(1),
    );
    return new Promise(() => {});
  }
}

/** Stops the server and this process; `last` is the user to be told afterwards. */
async function end(last) {
  ending ??= (async () => {
    rmSync(home.keeper, { force: true });
    door.close();
    await stop(server);
    // Whoever waits sees its connection end, as the process ends once that is written.
    if (last === undefined || last.destroyed) process.exit(0);
    last.once("close", () => process.exit(0));
    last.end();
  })();
  await ending;
}
