// TCP ports on this machine: whether one is free, and finding one that is.

import { createServer } from "node:net";
import { SetupFailure } from "./failure.mjs";

const HOST = "127.0.0.1";

/** The port to serve on: `PORT`, or 8787. Fails when it is no port or when it is taken. */
export async function servingPort() {
  const text = process.env.PORT || "8787";
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new SetupFailure(
      `PORT is "${text}", which is not a port number.`,
      "Set PORT to a number from 1 to 65535, or unset it for 8787.",
    );
  }
  if (!(await isFree(port))) {
    const other = port === 65_535 ? port - 1 : port + 1;
    const command = process.env.npm_lifecycle_event === "serve" ? "npm run serve" : "npm start";
    throw new SetupFailure(
      `Port ${port} is taken by another program.`,
      `End that program, or choose another port: PORT=${other} ${command}`,
    );
  }
  return port;
}

export const isFree = (port) =>
  listen(port).then(
    () => true,
    () => false,
  );

export const freePort = () => listen(0);

/** Listens for a moment; gives the port. */
function listen(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const got = server.address().port;
      server.close(() => resolve(got));
    });
  });
}
