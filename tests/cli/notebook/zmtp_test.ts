import assert from "node:assert/strict";
import { encodeFrames, ZmtpSocket } from "@potstill/cli/notebook/zmtp.ts";

/** A peer that reads what it is sent, sends `bytes` in pieces of `size`, and hangs up. */
async function withPeer<T>(
  bytes: Uint8Array,
  size: number,
  body: (port: number) => Promise<T>,
): Promise<{ result: T; received: Uint8Array }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const received: number[] = [];
  const served = (async () => {
    const connection = await listener.accept();
    const reading = (async () => {
      for await (const chunk of connection.readable) received.push(...chunk);
    })();
    for (let at = 0; at < bytes.length;) {
      at += await connection.write(bytes.subarray(at, at + size));
    }
    await connection.closeWrite();
    await reading.catch(() => {});
  })();
  try {
    const result = await body((listener.addr as Deno.NetAddr).port);
    await served;
    return { result, received: new Uint8Array(received) };
  } finally {
    listener.close();
  }
}

function greeting(version = 3): number[] {
  const bytes = new Array(64).fill(0);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = version;
  [..."NULL"].forEach((char, i) => bytes[12 + i] = char.charCodeAt(0));
  return bytes;
}

const READY = [4, 6, 5, ...new TextEncoder().encode("READY")];

Deno.test("messages of several frames are read however their bytes arrive", async () => {
  const long = new Uint8Array(70_000).fill(7);
  const stream = new Uint8Array([
    ...greeting(),
    ...READY,
    ...encodeFrames(["topic", "", long]),
    ...[4, 6, 4, ...new TextEncoder().encode("PING"), 0], // a command between two messages
    ...encodeFrames(["end"]),
    ...[1, 3, 65], // cut off
  ]);
  for (const size of [1000, 65_536, 1_000_000]) {
    const { result } = await withPeer(stream, size, async (port) => {
      const socket = await ZmtpSocket.connect("SUB", { hostname: "127.0.0.1", port });
      const messages = await Array.fromAsync(socket.messages());
      socket.close();
      socket.close();
      return messages;
    });
    assert.equal(result.length, 2);
    assert.deepEqual(result[0].map((frame) => frame.length), [5, 0, 70_000]);
    assert.equal(new TextDecoder().decode(result[0][0]), "topic");
    assert.ok(result[0][2].every((byte) => byte === 7));
    assert.equal(new TextDecoder().decode(result[1][0]), "end");
  }
});

Deno.test("what is sent is what the protocol says", async () => {
  const { received } = await withPeer(
    new Uint8Array([...greeting(), ...READY]),
    100,
    async (port) => {
      const socket = await ZmtpSocket.connect("DEALER", { hostname: "127.0.0.1", port });
      await Promise.all([socket.send(["a", "b"]), socket.send([new Uint8Array(256)])]);
      socket.close();
    },
  );
  const text = (value: string) => [...new TextEncoder().encode(value)];
  const ready = [5, ...text("READY"), 11, ...text("Socket-Type"), 0, 0, 0, 6, ...text("DEALER")];
  assert.deepEqual([...received], [
    ...greeting(),
    4,
    ready.length,
    ...ready,
    1,
    1,
    97,
    0,
    1,
    98,
    2,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    0,
    ...new Array(256).fill(0),
  ]);
});

Deno.test("a peer that speaks something else is refused", async () => {
  const speech: [Uint8Array, RegExp][] = [
    [new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n".repeat(4)), /Cannot speak ZMTP 3/],
    [new Uint8Array(greeting(2)), /Cannot speak ZMTP 3/],
    [new Uint8Array([...greeting(), 0, 1, 65]), /no READY/],
    [new Uint8Array(10), /Cannot speak ZMTP 3/],
  ];
  for (const [bytes, message] of speech) {
    await withPeer(
      bytes,
      1000,
      (port) =>
        assert.rejects(ZmtpSocket.connect("DEALER", { hostname: "127.0.0.1", port }), message),
    );
  }
});
