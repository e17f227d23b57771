/**
 * A stream of bytes from the process's main thread to the thread that runs Python, through shared
 * memory, so that the reader can wait for it without an event loop.
 */
const CAPACITY = 1 << 20;
const WRITTEN = 0;
const READ = 1;
const HEADER_BYTES = 16;

/** The shared memory of one inbox. */
export function createInbox(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + CAPACITY);
}

/** The main thread's end. */
export class InboxWriter {
  readonly #counters: Int32Array;
  readonly #ring: Uint8Array;

  /** Creates the writing end of an inbox. @param shared made by `createInbox` */
  constructor(shared: SharedArrayBuffer) {
    this.#counters = new Int32Array(shared, 0, 2);
    this.#ring = new Uint8Array(shared, HEADER_BYTES);
  }

  /** Puts `bytes` into the inbox; waits while it is full. */
  async write(bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0) {
      const written = Atomics.load(this.#counters, WRITTEN);
      const read = Atomics.load(this.#counters, READ);
      const room = CAPACITY - ((written - read) | 0);
      if (room === 0) {
        const wait = Atomics.waitAsync(this.#counters, READ, read, 50);
        if (wait.async) await wait.value;
        continue;
      }
      const at = (written >>> 0) % CAPACITY;
      const part = bytes.subarray(0, Math.min(room, CAPACITY - at));
      this.#ring.set(part, at);
      Atomics.store(this.#counters, WRITTEN, (written + part.length) | 0);
      Atomics.notify(this.#counters, WRITTEN);
      bytes = bytes.subarray(part.length);
    }
  }
}

/** The Python thread's end. */
export class InboxReader {
  readonly #counters: Int32Array;
  readonly #ring: Uint8Array;

  /** Creates the reading end of an inbox. @param shared made by `createInbox` */
  constructor(shared: SharedArrayBuffer) {
    this.#counters = new Int32Array(shared, 0, 2);
    this.#ring = new Uint8Array(shared, HEADER_BYTES);
  }

  /** Waits for `size` bytes and takes them. */
  read(size: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(size);
    for (let filled = 0; filled < size;) {
      const read = Atomics.load(this.#counters, READ);
      const written = Atomics.load(this.#counters, WRITTEN);
      if (written === read) {
        Atomics.wait(this.#counters, WRITTEN, written);
        continue;
      }
      const at = (read >>> 0) % CAPACITY;
      const length = Math.min(size - filled, (written - read) | 0, CAPACITY - at);
      out.set(this.#ring.subarray(at, at + length), filled);
      filled += length;
      Atomics.store(this.#counters, READ, (read + length) | 0);
      Atomics.notify(this.#counters, READ);
    }
    return out;
  }
}
