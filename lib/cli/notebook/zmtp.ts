/** Role of a {@link ZmtpSocket} towards its peer. */
export type ZmtpSocketType = "DEALER" | "SUB";

const FLAG_MORE = 1;
const FLAG_LONG = 2;
const FLAG_COMMAND = 4;
const GREETING_LENGTH = 64;

/**
 * A ZeroMQ connection to one peer over TCP: the part of the protocol that a Jupyter client needs,
 * which is small. A native library is not used because its sockets crash the process when they are
 * closed under Deno.
 *
 * @source ZMTP 3.0 with the NULL mechanism, https://rfc.zeromq.org/spec/23/
 *
 * @example
 * ```ts
 * import { encodeFrames, ZmtpSocket } from "@potstill/cli/notebook/zmtp.ts";
 * const frames = encodeFrames(["a", "bc"]);
 * if (frames.join() !== "1,1,97,0,2,98,99") throw new Error(frames.join());
 * const refused = await ZmtpSocket.connect("DEALER", { hostname: "127.0.0.1", port: 1 })
 *   .then(() => false, () => true);
 * if (!refused) throw new Error("somebody listens on port 1");
 * ```
 */
export class ZmtpSocket {
  readonly #connection: Deno.TcpConn;
  readonly #reader: FrameReader;
  #sent: Promise<void> = Promise.resolve();

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.#reader = new FrameReader(connection);
  }

  /**
   * Connects, and for `SUB` subscribes to every message.
   *
   * @throws {Error} when nobody listens or the peer does not speak the protocol
   */
  static async connect(
    type: ZmtpSocketType,
    address: { readonly hostname: string; readonly port: number },
  ): Promise<ZmtpSocket> {
    const socket = new ZmtpSocket(await Deno.connect(address));
    try {
      socket.#connection.setNoDelay(true);
      await socket.#write(greeting());
      const peer = await socket.#reader.take(GREETING_LENGTH);
      if (peer === null || peer[0] !== 0xff || peer[10] < 3) {
        throw new Error(`Cannot speak ZMTP 3 with port ${address.port}`);
      }
      await socket.#write(readyCommand(type));
      const ready = await socket.#reader.frame();
      if (ready === null || (ready.flags & FLAG_COMMAND) === 0) {
        throw new Error(`Cannot speak ZMTP 3 with port ${address.port}: no READY`);
      }
      if (type === "SUB") await socket.#write(encodeFrames([new Uint8Array([1])]));
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Sends one message of several frames. */
  send(frames: readonly (string | Uint8Array)[]): Promise<void> {
    const bytes = encodeFrames(frames);
    const sent = this.#sent.then(() => this.#write(bytes));
    this.#sent = sent.catch(() => {});
    return sent;
  }

  /** The messages of the peer as lists of frames, until either side closes the connection. */
  async *messages(): AsyncGenerator<Uint8Array[]> {
    let frames: Uint8Array[] = [];
    for (let next; (next = await this.#reader.frame()) !== null;) {
      if (next.flags & FLAG_COMMAND) continue;
      frames.push(next.body);
      if (next.flags & FLAG_MORE) continue;
      yield frames;
      frames = [];
    }
  }

  /** Closes the connection. May be called twice. */
  close(): void {
    try {
      this.#connection.close();
    } catch { /* closed already */ }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      at += await this.#connection.write(bytes.subarray(at));
    }
  }
}

/** The bytes of one message. */
export function encodeFrames(frames: readonly (string | Uint8Array)[]): Uint8Array {
  return join(frames.map((frame, index) =>
    encodeFrame(
      typeof frame === "string" ? new TextEncoder().encode(frame) : frame,
      index < frames.length - 1 ? FLAG_MORE : 0,
    )
  ));
}

function encodeFrame(body: Uint8Array, flags: number): Uint8Array {
  if (body.length < 256) return join([new Uint8Array([flags, body.length]), body]);
  const head = new Uint8Array(9);
  head[0] = flags | FLAG_LONG;
  new DataView(head.buffer).setBigUint64(1, BigInt(body.length));
  return join([head, body]);
}

function greeting(): Uint8Array {
  const bytes = new Uint8Array(GREETING_LENGTH);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes.set(new TextEncoder().encode("NULL"), 12);
  return bytes;
}

function readyCommand(type: ZmtpSocketType): Uint8Array {
  const encoder = new TextEncoder();
  const value = encoder.encode(type);
  const short = (text: string) => {
    const bytes = encoder.encode(text);
    return join([new Uint8Array([bytes.length]), bytes]);
  };
  const length = new Uint8Array([0, 0, 0, value.length]);
  return encodeFrame(join([short("READY"), short("Socket-Type"), length, value]), FLAG_COMMAND);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Cuts a stream of bytes into frames. */
class FrameReader {
  readonly #source: Deno.TcpConn;
  readonly #chunk = new Uint8Array(65536);
  #rest: Uint8Array[] = [];
  #length = 0;

  constructor(source: Deno.TcpConn) {
    this.#source = source;
  }

  /** The next frame, or null at the end of the stream. */
  async frame(): Promise<{ readonly flags: number; readonly body: Uint8Array } | null> {
    const flags = (await this.take(1))?.[0];
    if (flags === undefined) return null;
    const size = await this.take(flags & FLAG_LONG ? 8 : 1);
    if (size === null) return null;
    const length = size.length === 1
      ? size[0]
      : Number(new DataView(size.buffer, size.byteOffset).getBigUint64(0));
    const body = await this.take(length);
    return body === null ? null : { flags, body };
  }

  /** The next `count` bytes, or null when the stream ends before. */
  async take(count: number): Promise<Uint8Array | null> {
    while (this.#length < count) {
      let read: number | null;
      try {
        read = await this.#source.read(this.#chunk);
      } catch {
        return null; // closed on this side, or reset by a peer that has gone
      }
      if (read === null) return null;
      this.#rest.push(this.#chunk.slice(0, read));
      this.#length += read;
    }
    if (this.#rest.length !== 1) this.#rest = [join(this.#rest)];
    const all = this.#rest[0];
    this.#rest = [all.subarray(count)];
    this.#length -= count;
    return all.subarray(0, count);
  }
}
