import type { StepOptions } from "./frame.ts";
import { deadStack, openTools, prepareRunner, type RunnerPointers } from "./build_image.ts";
import type { Connection } from "./connection.ts";
import { type EncodedTree, FileTree, type FileTreeState } from "./file_tree.ts";
import { clearWhatIsNotZero, MemoryImage } from "./memory_image.ts";
import { PAGE_BYTES } from "./page_diff.ts";
import { type GuestFile, Python } from "./python.ts";
import { RandomBytes } from "./random_bytes.ts";
import { WARM_UP, WARM_UP_CONFIG } from "./warm_up.ts";
import { decodeState, encodeState, type PageDelta } from "./state_blob.ts";

/** Options of a guest. */
interface GuestOptions {
  /** Pyodide's folder, a file URL that ends with a slash. */
  readonly pyodideFolder: string;
  /** Files beyond the standard library. */
  readonly files: readonly GuestFile[];
  /** The conversation with the owner. */
  readonly connection: Connection;
  /** The runner's functions in the image; null without an image. */
  readonly pointers: RunnerPointers | null;
  /** Modules to import where there is no image. */
  readonly preload: readonly string[];
  /** Packages to warm up where there is no image. */
  readonly packages: readonly string[];
  /** Most memory of Python's WebAssembly, in bytes. */
  readonly maxMemoryBytes: number;
  /** Most bytes that the session may add to the files. */
  readonly maxFileBytes: number;
  /** Most bytes of memory that may change between two saved states. */
  readonly maxStateBytes: number;
}

/** A state to load. */
interface Loadable {
  readonly delta: PageDelta;
  readonly rest: Rest;
}

/** State of a session beside its memory, as it is saved. */
interface Rest {
  readonly tree: FileTreeState;
  readonly random: number;
}

const EIO = 29;
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
const FILE_TIME = Date.UTC(2026, 0, 1);
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Runs agents' code for the owner, one request at a time. */
export class Guest {
  readonly #options: GuestOptions;
  readonly #connection: Connection;
  #pointers!: RunnerPointers;
  /** The memory that sessions begin with. */
  #base!: Uint8Array<ArrayBuffer>;
  #python!: Python;
  #memory!: MemoryImage;
  #files!: FileTree;
  readonly #random = new RandomBytes();
  /** The rest of the state that the memory's shadow holds, which was last loaded or saved. */
  #rest!: Rest;
  /** States that are loaded again and again, in numbered places. */
  readonly #places: Loadable[] = [];
  /** The one among them that the shadow is; null for any other. */
  #shadowed: Loadable | null = null;
  #armed = false;
  #running = false;
  #deadline = 0;
  #late = false;
  /** True if the step asked for more memory than it may have. */
  #grewTooMuch = false;
  /** True if the step read the clock. */
  #looked = false;
  /** Time that the owner took to answer the step's tool calls. */
  #toolMs = 0;
  #waitedMs = 0;
  #replyBytes = 0;
  #reply = NOTHING;
  readonly #clock = new Int32Array(new SharedArrayBuffer(4));

  private constructor(options: GuestOptions) {
    this.#options = options;
    this.#connection = options.connection;
  }

  /**
   * Makes a guest whose memory is the image at the start of `body`. Without one (`imageBytes` is 0)
   * Python is started from nothing: what compiled packages load is not in the memory alone.
   */
  static async create(
    options: GuestOptions & { readonly imageBytes: number },
    body: Uint8Array<ArrayBuffer>,
  ): Promise<Guest> {
    const guest = new Guest(options);
    // Files that are made meanwhile get a time that is the same in every process.
    const now = Date.now;
    Date.now = () => FILE_TIME;
    try {
      await guest.#load(body.subarray(0, options.imageBytes));
    } finally {
      Date.now = now;
    }
    return guest;
  }

  async #load(encoded: Uint8Array): Promise<void> {
    const { pyodideFolder, files, preload, packages, maxMemoryBytes, maxFileBytes } = this.#options;
    const python = this.#python = await Python.create({
      pyodideFolder,
      files,
      start: this.#options.pointers === null,
      guard: {
        armed: () => this.#armed,
        onFileAccess: () => this.#files?.touch(),
        onClock: () => this.#looked = true,
        pendingSignal: () => this.#pendingSignal(),
        mayGrow: (bytes) => this.#mayGrow(bytes),
        maxMemoryBytes,
        fillRandom: (bytes) => this.#random.fill(bytes),
      },
    });
    const { module } = python;
    openTools(module, {
      write: (_stream, buffer, offset, length) => this.#onRequest(buffer, offset, length),
      read: (_stream, buffer, offset, length) => this.#onReply(buffer, offset, length),
    });
    this.#pointers = this.#options.pointers ??
      prepareRunner(python, files, preload, packages);
    if (encoded.length > 0) this.#fill(encoded);
    const used = Math.ceil(module._sbrk(0) / PAGE_BYTES) * PAGE_BYTES;
    const base = this.#base = module.HEAPU8.slice(0, used);
    const dead = deadStack(python);
    this.#memory = new MemoryImage(python.memory, base, dead, (bytes) => module.growMemory(bytes));
    this.#files = new FileTree(module, maxFileBytes, FILE_TIME);
    this.#rest = { tree: this.#files.base, random: 0 };
    this.#armed = true;
  }

  /** Makes the memory an image's. */
  #fill(encoded: Uint8Array): void {
    const { module } = this.#python;
    const { delta } = decodeState(encoded);
    const bytes = (delta.numbers.at(-1)! + 1) * PAGE_BYTES;
    if (bytes > module.HEAPU8.length) module.growMemory(bytes);
    clearWhatIsNotZero(module.HEAPU8);
    for (const [i, n] of delta.numbers.entries()) {
      module.HEAPU8.set(delta.pages[i]!, n * PAGE_BYTES);
    }
  }

  /** SHA-256 of the memory that sessions begin with: states only fit processes with the same. */
  async baseSum(): Promise<string> {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", this.#base)).toHex();
  }

  /** Runs what most steps run, so that its machine code is there, and undoes it. */
  warmUp(): void {
    this.#deadline = performance.now() + 10_000;
    this.#python.call(this.#pointers.start, encoder.encode(WARM_UP_CONFIG));
    for (const code of WARM_UP) this.#python.call(this.#pointers.run, encoder.encode(code));
    this.#memory.revert();
    this.#restoreRest();
  }

  /** Serves requests until the process is ended. */
  serve(): never {
    while (true) {
      const { header, body } = this.#connection.receive();
      switch (header.type) {
        case "load":
          this.#loadState(header.place as number | null, body);
          break;
        case "start":
          this.#random.state = Number(header.seed);
          this.#step(this.#pointers.start, body, { timeoutMs: 10_000, replay: null });
          break;
        case "run":
          this.#step(this.#pointers.run, body, header as unknown as StepOptions);
          break;
        case "save":
          this.#save();
          break;
        default:
          throw new Error(`Cannot serve a request of type ${header.type}`);
      }
    }
  }

  /** Takes on a state; without bytes it is the one that came before for the same place. */
  #loadState(place: number | null, body: Uint8Array): void {
    this.#reply = NOTHING;
    const state = place === null
      ? this.#decode(body)
      : body.length === 0
      ? this.#places[place]
      : this.#places[place] = this.#decode(body);
    this.#memory.revert();
    if (this.#shadowed !== state) this.#memory.reset(state.delta);
    this.#shadowed = place === null ? null : state;
    this.#rest = state.rest;
    this.#restoreRest();
  }

  #decode(body: Uint8Array): Loadable {
    const { delta, rest } = decodeState(body);
    return {
      delta,
      rest: rest.length === 0 ? { tree: this.#files.base, random: 0 } : this.#decodeRest(rest),
    };
  }

  /**
   * Runs Python and sends the result. A candidate's changes are undone, and sent first if running it
   * again would not surely and quickly give them. Those of another step stay where they are, and are
   * not looked for before they are asked for; a step that reached a limit takes the memory back to
   * the state last loaded or saved.
   */
  #step(callable: number, input: Uint8Array, { timeoutMs, replay }: StepOptions): void {
    this.#late = this.#grewTooMuch = this.#looked = false;
    this.#reply = NOTHING;
    this.#toolMs = this.#waitedMs = this.#replyBytes = 0;
    const started = performance.now();
    this.#deadline = started + timeoutMs;
    this.#running = true;
    const result = this.#python.call(callable, input);
    this.#running = false;
    const ended = performance.now();
    const late = this.#late || ended > this.#deadline;
    const failed = result === null || (this.#grewTooMuch && result[0] === OUT_OF_MEMORY);
    let outcome = late ? "timeout" : !failed ? "done" : this.#grewTooMuch ? "memory" : "broken";
    const { maxStateBytes } = this.#options;
    const top = this.#python.module._sbrk(0);
    if (outcome === "done" && this.#memory.usedBytes(top) > maxStateBytes) {
      if (this.#changedPages().length * PAGE_BYTES > maxStateBytes) outcome = "state";
    }
    // Only what follows from the state and the code alone comes out the same when run again.
    const repeatable = !this.#looked && this.#memory.grownBytes(top) <= maxStateBytes / 4 &&
      this.#files.capture() === this.#rest.tree;
    const memoryBytes = this.#memory.byteLength;
    const ms = ended - started - this.#toolMs;
    const sendsChanges = replay !== null && outcome === "done" &&
      !(repeatable && ms <= replay.ms && this.#replyBytes <= replay.replyBytes);
    const header = { outcome, memoryBytes, repeatable, ms, sendsChanges };
    this.#connection.send("result", header, result?.subarray(1));
    // From here on the owner is at work too.
    this.#reply = NOTHING;
    if (outcome === "done" && replay === null) return this.#memory.clearStack();
    const numbers = this.#changedPages();
    if (sendsChanges) this.#sendChanges(numbers, this.#present());
    this.#memory.rollBack(numbers);
    this.#restoreRest();
  }

  /** Sends what changed since the state last loaded or saved; what follows counts from here. */
  #save(): void {
    const numbers = this.#changedPages();
    const rest = this.#present();
    this.#sendChanges(numbers, rest);
    this.#memory.keep(numbers);
    this.#rest = rest;
    this.#shadowed = null;
  }

  #changedPages(): Uint32Array {
    return this.#memory.changedPages(this.#python.module._sbrk(0));
  }

  #present(): Rest {
    return { tree: this.#files.capture(), random: this.#random.state };
  }

  #sendChanges(numbers: Uint32Array, rest: Rest): void {
    const changed = rest.tree !== this.#rest.tree || rest.random !== this.#rest.random;
    const more = changed ? this.#encodeRest(rest) : new Uint8Array(0);
    this.#connection.send("state", {}, encodeState(this.#memory.pages(numbers), more));
  }

  #restoreRest(): void {
    this.#files.restore(this.#rest.tree);
    this.#random.state = this.#rest.random;
  }

  #encodeRest(rest: Rest): Uint8Array {
    const { header, bytes } = this.#files.encode(rest.tree);
    const json = encoder.encode(JSON.stringify({ tree: header, random: rest.random }));
    const out = new Uint8Array(4 + json.length + bytes.length);
    new DataView(out.buffer).setUint32(0, json.length, true);
    out.set(json, 4);
    out.set(bytes, 4 + json.length);
    return out;
  }

  #decodeRest(bytes: Uint8Array): Rest {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const header = JSON.parse(decoder.decode(bytes.subarray(4, 4 + length)));
    const tree = this.#files.decode(header.tree as EncodedTree, bytes.subarray(4 + length));
    return { tree, random: header.random };
  }

  #pendingSignal(): number {
    if (!this.#running || this.#late || performance.now() < this.#deadline) return 0;
    this.#late = true;
    return 2;
  }

  #mayGrow(bytes: number): boolean {
    this.#grewTooMuch ||= bytes > this.#options.maxMemoryBytes;
    return bytes <= this.#options.maxMemoryBytes;
  }

  /** Python wrote a request: a tool call for the owner, or a pause. */
  #onRequest(buffer: ArrayBufferView, offset: number, length: number): number {
    const { FS } = this.#python.module;
    if (!this.#running || length > MAX_REQUEST_BYTES) throw new FS.ErrnoError(EIO);
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length).slice();
    const started = performance.now();
    let answer: Uint8Array = encoder.encode("{}");
    if (bytes[0] === SLEEP) {
      const seconds = Number(decoder.decode(bytes.subarray(1)));
      const ms = Math.min(seconds * 1000, this.#deadline - started + 1);
      if (ms > 0) Atomics.wait(this.#clock, 0, 0, ms);
    } else {
      this.#connection.send("tool", {}, bytes);
      const { header, body } = this.#connection.receive();
      if (header.type !== "tool-result") throw new Error("A tool's result was expected");
      answer = body;
      this.#replyBytes += body.length;
      // What the tool itself took, and what held its owner up; the rest of the exchange is the step's own.
      this.#waitedMs += performance.now() - started;
      const spent = Math.min(Number(header.ms), this.#waitedMs);
      this.#waitedMs -= spent;
      this.#deadline += spent;
      this.#toolMs += spent;
    }
    this.#reply = new Uint8Array(4 + answer.length);
    new DataView(this.#reply.buffer).setUint32(0, answer.length, true);
    this.#reply.set(answer, 4);
    return length;
  }

  #onReply(buffer: ArrayBufferView, offset: number, length: number): number {
    const part = this.#reply.subarray(0, length);
    new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length).set(part);
    this.#reply = this.#reply.subarray(part.length);
    return part.length;
  }
}

/** First byte of the result of a step that ended in a MemoryError. */
const OUT_OF_MEMORY = "m".charCodeAt(0);
/** First byte of a request to pause; the seconds follow as text. */
const SLEEP = "z".charCodeAt(0);
