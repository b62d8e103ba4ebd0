// The server's side of a WebSocket (RFC 6455) that sends back every short message.

import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CLOSE = 0x88;

/** Accepts the handshake; messages are those under 126 bytes, each in one frame. */
export function echo(request, socket) {
  const key = request.headers["sec-websocket-key"];
  const accept = createHash("sha1").update(`${key}${GUID}`).digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let pending = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const length = (pending[1] ?? 0) & 0x7f;
      const end = 6 + length;
      if (pending.length < end) return;
      const [kind] = pending;
      const mask = pending.subarray(2, 6);
      const message = pending.subarray(6, end).map((byte, at) => byte ^ mask[at % 4]);
      pending = pending.subarray(end);
      socket.write(Buffer.concat([Buffer.from([kind, length]), message]));
      if (kind === CLOSE) return void socket.end();
    }
  });
}
