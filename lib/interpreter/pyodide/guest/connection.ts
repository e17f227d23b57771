import { encodeFrame, type Frame } from "./frame.ts";
import { InboxReader } from "./inbox.ts";

/** Both directions of the conversation with the owner. */
export class Connection {
  readonly #inbox: InboxReader;
  readonly #write: (bytes: Uint8Array) => number;
  readonly #decoder = new TextDecoder();
  #id: string | null = null;
  #received = 0;
  #sent = 0;

  /** Reads from the inbox. @param shared the inbox that the main thread fills */
  constructor(shared: SharedArrayBuffer) {
    this.#inbox = new InboxReader(shared);
    this.#write = Deno.stdout.writeSync.bind(Deno.stdout);
  }

  /** Waits for the owner's next frame. @throws if it does not follow the last */
  receive(): { header: Frame; body: Uint8Array<ArrayBuffer> } {
    const lengths = new DataView(this.#inbox.read(8).buffer);
    const head = this.#inbox.read(lengths.getUint32(0, true));
    const body = this.#inbox.read(lengths.getUint32(4, true));
    const header: Frame = JSON.parse(this.#decoder.decode(head));
    this.#id ??= header.id;
    if (header.id !== this.#id || header.seq !== this.#received++) {
      throw new Error("Cannot continue: a frame does not match");
    }
    return { header, body };
  }

  /** Writes a frame to standard output; returns when it is written. */
  send(type: string, fields: Record<string, unknown> = {}, body?: Uint8Array): void {
    const bytes = encodeFrame({ ...fields, id: this.#id!, seq: this.#sent++, type }, body);
    for (let done = 0; done < bytes.length;) done += this.#write(bytes.subarray(done));
  }
}
