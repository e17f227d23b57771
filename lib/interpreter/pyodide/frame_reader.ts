import type { Frame } from "./guest/frame.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Limits against a flood from the other side. */
interface FrameLimits {
  /** Longest JSON header, in bytes. */
  readonly maxHeaderBytes: number;
  /** Longest body, in bytes. */
  readonly maxBodyBytes: number;
}

/** Thrown for bytes that are not a frame; the process that sent them is ended. */
class FrameError extends Error {
  /** Always `FrameError`. */
  override readonly name = "FrameError";
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #limits: FrameLimits;
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** Reads frames from a stream. @param stream is read to its end, or until `cancel` */
  constructor(stream: ReadableStream<Uint8Array>, limits: FrameLimits) {
    this.#reader = stream.getReader();
    this.#limits = limits;
  }

  /** The next frame, or null at the end of the stream. @throws FrameError */
  async read(): Promise<{ header: Frame; body: Uint8Array<ArrayBuffer> } | null> {
    const lengths = await this.#take(8);
    if (lengths === null) return null;
    const view = new DataView(lengths.buffer, lengths.byteOffset);
    const headerLength = view.getUint32(0, true);
    const bodyLength = view.getUint32(4, true);
    if (headerLength > this.#limits.maxHeaderBytes || bodyLength > this.#limits.maxBodyBytes) {
      throw new FrameError(
        `Cannot read a frame of ${headerLength} + ${bodyLength} bytes: too long`,
      );
    }
    const head = await this.#take(headerLength);
    const body = await this.#take(bodyLength);
    if (head === null || body === null) {
      throw new FrameError("Cannot read a frame: it is cut short");
    }
    return { header: parseHeader(head), body };
  }

  /** Frees the stream. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #take(size: number): Promise<Uint8Array<ArrayBuffer> | null> {
    while (this.#size < size) {
      const { done, value } = await this.#reader.read();
      if (done) {
        if (this.#size > 0) throw new FrameError("Cannot read a frame: it is cut short");
        return null;
      }
      this.#chunks.push(value);
      this.#size += value.length;
    }
    const out = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const chunk = this.#chunks[0];
      const part = chunk.subarray(0, size - filled);
      out.set(part, filled);
      filled += part.length;
      if (part.length === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(part.length);
    }
    this.#size -= size;
    return out;
  }
}

function parseHeader(bytes: Uint8Array): Frame {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    throw new FrameError("Cannot read a frame: its header is not JSON");
  }
  const header = value as Frame;
  if (
    typeof value !== "object" || value === null || typeof header.id !== "string" ||
    typeof header.seq !== "number" || typeof header.type !== "string"
  ) throw new FrameError("Cannot read a frame: its header lacks id, seq or type");
  return header;
}
