import { Buffer } from "node:buffer";
import { encodeFrame, type Frame } from "./guest/frame.ts";
import { FrameReader } from "./frame_reader.ts";
import { ProcessEndedError } from "./process_ended_error.ts";

const MAX_HEADER_BYTES = 65_536;

/** What a frame says, and the bytes that go with it. */
export interface ReceivedFrame {
  /** Its fields. */
  readonly header: Frame;
  /** Its bytes; empty when it has none. */
  readonly body: Uint8Array;
}

/**
 * The frames between this process and an interpreter's, numbered in both directions, so that an
 * answer to nothing, or out of turn, is found out.
 */
export class FrameChannel {
  readonly #reader: FrameReader;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #id: string = crypto.randomUUID();
  readonly #unsent: Uint8Array[] = [];
  #sent = 0;
  #received = 0;

  /** The channel through a process's input and output. @param maxBodyBytes of a frame that is read */
  constructor(
    { stdin, stdout }: {
      readonly stdin: WritableStream<Uint8Array>;
      readonly stdout: ReadableStream<Uint8Array>;
    },
    maxBodyBytes: number,
  ) {
    this.#reader = new FrameReader(stdout, { maxHeaderBytes: MAX_HEADER_BYTES, maxBodyBytes });
    this.#writer = stdin.getWriter();
    this.#writer.closed.catch(() => {});
  }

  /** Bytes of the frames that wait for the next one that is sent. */
  get unsentBytes(): number {
    return this.#unsent.reduce((sum, { length }) => sum + length, 0);
  }

  /** Ends both directions: what waits to be written ends with `error`, what is read is over. */
  async end(error: Error): Promise<void> {
    await this.#writer.abort(error).catch(() => {});
    await this.#reader.cancel();
  }

  /** Writes a frame, after those that wait for it. What cannot be written is not answered either. */
  send(type: string, fields: object = {}, body?: Uint8Array): void {
    this.enqueue(type, fields, body);
    this.flush();
  }

  /** Keeps a frame until the next one is sent: a write of its own would be a wait of its own. */
  enqueue(type: string, fields: object, body?: Uint8Array): void {
    this.#unsent.push(encodeFrame({ ...fields, id: this.#id, seq: this.#sent++, type }, body));
  }

  /** Writes the frames that wait. */
  flush(): Promise<void> {
    const frames = this.#unsent.splice(0);
    const bytes = frames.length === 1 ? frames[0] : Buffer.concat(frames);
    return this.#writer.write(bytes).catch(() => {});
  }

  /** The next frame, which must be of one of these types. @throws ProcessEndedError */
  async receive(...types: string[]): Promise<ReceivedFrame> {
    const frame = await this.#reader.read();
    if (frame === null) throw new ProcessEndedError("The interpreter process ended");
    const { header } = frame;
    if (header.id !== this.#id || header.seq !== this.#received++) {
      throw new ProcessEndedError("The interpreter process sent a frame that does not match");
    }
    if (header.type === "broken") throw new ProcessEndedError(String(header.reason));
    if (!types.includes(header.type)) {
      throw new ProcessEndedError(`The interpreter process sent "${header.type}" out of turn`);
    }
    return frame;
  }
}
