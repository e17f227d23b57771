import { decodeState, encodeState } from "./guest/state_blob.ts";

const NOTHING = new Uint8Array(0);

/**
 * A session's state outside any process: the pages of Python's memory that differ from the
 * image's, and what a process saved beside them. Never changed once made.
 */
export class SessionState {
  /** The state of a process that has just started. */
  static readonly BASE: SessionState = new SessionState(new Map(), NOTHING);
  /** A state that no session is in. */
  static readonly UNKNOWN: SessionState = new SessionState(new Map(), NOTHING);

  readonly #pages: ReadonlyMap<number, Uint8Array | null>;
  readonly #rest: Uint8Array;
  /** True if many sessions begin with it, so that processes keep it. */
  readonly isBeginning: boolean;
  /** Bytes of memory that it takes. */
  readonly byteLength: number;

  private constructor(
    pages: ReadonlyMap<number, Uint8Array | null>,
    rest: Uint8Array,
    isBeginning = false,
  ) {
    this.#pages = pages;
    this.#rest = rest;
    this.isBeginning = isBeginning;
    let bytes = rest.length + 64 * pages.size;
    for (const page of pages.values()) bytes += page?.length ?? 0;
    this.byteLength = bytes;
  }

  /** This state with what steps changed, as the process encoded it. */
  with(changes: Uint8Array, isBeginning = false): SessionState {
    const { delta, rest } = decodeState(changes);
    const pages = new Map(this.#pages);
    for (const [i, number] of delta.numbers.entries()) {
      // A copy, so that the frame that it came in can be freed.
      pages.set(number, delta.pages[i]?.slice() ?? null);
    }
    return new SessionState(pages, rest.length > 0 ? rest.slice() : this.#rest, isBeginning);
  }

  /** The bytes that make a process take on this state. */
  encode(): Uint8Array {
    const numbers = Uint32Array.from(this.#pages.keys());
    return encodeState({ numbers, pages: [...this.#pages.values()] }, this.#rest);
  }
}
