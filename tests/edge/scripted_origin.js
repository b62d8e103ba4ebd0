// An HTTP origin on loopback that does what a test tells it, nonsense included, and keeps account of
// every contact.

import { once } from "node:events";
import { STATUS_CODES, createServer } from "node:http";
import { abridge } from "./support/abridge.js";
import { echo } from "./support/web_socket.js";
import { START } from "./support/workers.js";

/**
 * What the origin does with one request; without anything, an empty 200.
 *
 * @typedef {object} Answer
 * @property {number} [status]
 * @property {[string, string][]} [fields] in this order, as often as they stand here
 * @property {string | Buffer | Iterable<Buffer> | AsyncIterable<Buffer>} [body] one that comes piece
 *   by piece is sent as fast as it is taken, and no faster
 * @property {Promise<unknown>} [after] the head waits for it
 * @property {[string, string][]} [hints] of a 103 before the answer
 * @property {number} [declared] what `Content-Length` says, whatever the body is; by default it is
 *   right, and absent for a body that comes piece by piece
 * @property {"chunked"} [framing] for a body whose length is known, too
 * @property {true} [breaksOff] after the body, without an end of the message
 * @property {"conditions" | "ranges" | "both"} [heeds] what of the request is heeded
 * @property {string | null} [date] in place of the clock's; `null` for none
 * @property {string} [raw] all bytes of the answer, after which the connection ends
 * @property {"echo"} [socket] a WebSocket that sends back what it gets
 */

/**
 * One request as it came in.
 *
 * @typedef {object} Contact
 * @property {string} method
 * @property {string} target as it stood in the request line
 * @property {[string, string][]} fields
 * @property {(name: string) => string[]} lines the field's values, one for each line
 * @property {(name: string) => string | undefined} field the field's value
 * @property {Promise<Buffer>} body
 * @property {number} received bytes of the body so far
 * @property {number} sent bytes of the answer's body that the connection took so far
 */

/** Starts one; it stops with `stop`, and listens on the same port again with `start`. */
export async function startOrigin() {
  const scripts = new Map();
  const contacts = [];
  const origin = { now: START, contacts };
  const server = createServer({ keepAliveTimeout: 0 });
  // No answer of node's own, and no end of an idle connection in the moment in which it is used.
  server.requestTimeout = 0;
  const take = async (request, act) => {
    const contact = makeContact(request);
    contacts.push(contact);
    await act(contact, await next(scripts, contact));
  };
  server.on("request", (request, response) =>
    take(request, (contact, answer) => send(origin, contact, answer, response)).catch((error) =>
      // Whoever asked has gone, or the test's script is wrong: it shows in what the client gets.
      response.destroy(error),
    ),
  );
  server.on("upgrade", (request, socket) =>
    take(request, (_, answer) => upgrade(request, socket, answer)).catch((error) =>
      socket.destroy(error),
    ),
  );
  const start = async (port) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await start(0);
  const { port } = server.address();
  return Object.assign(origin, {
    url: `http://127.0.0.1:${port}`,
    /** What is done with requests for a path, one after the other; the last holds from then on. */
    on: (path, ...answers) => void scripts.set(path, answers),
    /** The requests for a path, or for all. */
    to: (path) => contacts.filter(({ target }) => path === undefined || pathOf(target) === path),
    /** How often a path was asked for, by whichever method. */
    count: (path, method) =>
      origin.to(path).filter((contact) => !method || contact.method === method).length,
    start: () => start(port),
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}

/** A promise, and what fulfils it. */
export function gate() {
  let open;
  const passed = new Promise((resolve) => (open = resolve));
  return { passed, open };
}

const pathOf = (target) => target.split("?", 1)[0];

async function next(scripts, contact) {
  const path = pathOf(contact.target);
  const answers = scripts.get(path) ?? scripts.get("*") ?? [{ status: 404 }];
  const answer = answers.length > 1 ? answers.shift() : answers[0];
  return typeof answer === "function" ? answer(contact) : answer;
}

function makeContact(request) {
  const { method, url: target, rawHeaders } = request;
  const fields = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    fields.push([rawHeaders[at], rawHeaders[at + 1]]);
  }
  const lines = (name) =>
    fields.filter(([own]) => own.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  const field = (name) => (lines(name).length > 0 ? lines(name).join(", ") : undefined);
  const contact = { method, target, fields, lines, field, received: 0, sent: 0 };
  contact.body = collect(request, contact);
  // A client that leaves is no failure of a test that does not read the body.
  contact.body.catch(() => {});
  return contact;
}

async function collect(request, contact) {
  const chunks = [];
  for await (const chunk of request) {
    contact.received += chunk.length;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function send(origin, contact, answer, response) {
  await answer.after;
  if (answer.raw !== undefined) {
    response.socket.end(answer.raw, "latin1");
    return;
  }
  const { status, fields, body } = abridge(answer, contact);
  response.sendDate = false;
  if (answer.hints) response.socket.write(interim(answer.hints));
  const date = answer.date === undefined ? new Date(origin.now).toUTCString() : answer.date;
  const dated = date === null ? fields : [["Date", date], ...fields];
  const length = contentLength(answer, status, body);
  const framed = length === undefined ? dated : [...dated, ["Content-Length", `${length}`]];
  const closed = answer.breaksOff || answer.declared !== undefined;
  const all = closed ? [...framed, ["Connection", "close"]] : framed;
  response.writeHead(status, STATUS_CODES[status] ?? "Odd", all.flat());
  // So that a client gets the head before there is any body.
  response.flushHeaders();
  await sendBody(contact, body, response);
  if (answer.breaksOff) response.socket.destroy();
  else response.end();
}

const isWhole = (body) => typeof body === "string" || Buffer.isBuffer(body);

function contentLength({ declared, framing }, status, body) {
  if (declared !== undefined) return declared;
  if (framing === "chunked" || !isWhole(body) || status === 304 || status === 204) return undefined;
  return Buffer.byteLength(body);
}

/** Piece by piece, each one once the connection has taken those before. */
async function sendBody(contact, body, response) {
  if (contact.method === "HEAD") return;
  const left = once(response, "close").then(() => Promise.reject(new Error("the client has left")));
  left.catch(() => {});
  for await (const piece of isWhole(body) ? [Buffer.from(body)] : body) {
    if (piece.length === 0) continue;
    const taken = new Promise((resolve) => response.write(piece, resolve));
    await Promise.race([taken, left]);
    contact.sent += piece.length;
  }
}

const interim = (fields) =>
  `HTTP/1.1 103 Early Hints\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;

function upgrade(request, socket, answer) {
  if (answer.socket === "echo") return echo(request, socket);
  const status = answer.status ?? 400;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
  return undefined;
}
