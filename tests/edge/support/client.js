// A plain HTTP client: nothing is added, decoded or followed behind a test's back.

import { Agent, request } from "node:http";
import { gunzipSync } from "node:zlib";

const agent = new Agent({ keepAlive: true });

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string>} headers by lower-case name; repeated fields joined
 * @property {(name: string) => string[]} lines the values of a field, one for each line
 * @property {Buffer} body as sent
 * @property {() => string} text decoded
 * @property {() => any} json
 */

/**
 * Sends one request and reads the whole answer.
 *
 * @param {string} base
 * @param {string} target sent as it is, whether or not it is a valid path
 * @returns {Promise<Answer>}
 */
export async function ask(base, target, options = {}) {
  const { response } = await open(base, target, options);
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return answer(response, Buffer.concat(chunks));
}

/**
 * Sends one request and gives the answer's head, with its body still to be read. `leave` is what a
 * client does that goes away; `interim` has the 1xx that came before.
 *
 * @returns {Promise<{response: import("node:http").IncomingMessage, leave: () => void,
 *   interim: import("node:http").InformationEvent[]}>}
 */
export function open(base, target, { method = "GET", headers = {}, body, json } = {}) {
  const sent = json === undefined ? body : JSON.stringify(json);
  const typed = json === undefined ? headers : { "content-type": "application/json", ...headers };
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path: target, method, headers: typed, agent });
    const interim = [];
    outgoing.on("information", (each) => interim.push(each));
    outgoing.on("error", reject);
    outgoing.on("response", (response) =>
      // A reset: the runtime takes the mere end of a client's side for one that still listens, until
      // it has something to write.
      resolve({ response, interim, leave: () => response.socket.resetAndDestroy() }),
    );
    if (sent?.pipe) sent.pipe(outgoing);
    else outgoing.end(sent);
  });
}

/** Sends a request and leaves before any answer; `sent` resolves when it is on the wire. */
export function abandon(base, target) {
  const { hostname, port } = new URL(base);
  const outgoing = request({ hostname, port, path: target, agent: new Agent() });
  outgoing.on("error", () => {});
  const sent = new Promise((resolve) => outgoing.on("finish", resolve));
  outgoing.end();
  return { sent, leave: () => outgoing.destroy() };
}

function answer(response, body) {
  const headers = Object.fromEntries(
    Object.entries(response.headersDistinct).map(([name, values]) => [name, values.join(", ")]),
  );
  const decoded = () => (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body);
  return {
    status: response.statusCode,
    headers,
    lines: (name) => response.headersDistinct[name] ?? [],
    body,
    text: () => decoded().toString("utf8"),
    json: () => JSON.parse(decoded().toString("utf8")),
  };
}
