import type { KeyValues } from "./key_values.ts";

/** A remembered sequence. */
interface Entry {
  readonly ids: Int32Array;
  readonly keyValues: KeyValues;
  readonly bytes: number;
}

/** The longest part of a prompt that was read before. */
export interface PrefixMatch {
  /** Tokens in common with the prompt. */
  readonly length: number;
  /** Of at least `length` tokens. */
  readonly keyValues: KeyValues;
}

/**
 * Remembers the keys and values of prompts, so that a prompt that continues an earlier one is not
 * read again from the start. The least recently used are forgotten when the memory is full; a
 * sequence that continues a remembered one takes its place.
 */
export class PrefixCache {
  readonly #maxBytes: number;
  /** Least recently used first. */
  readonly #entries = new Set<Entry>();
  #bytes = 0;

  /**
   * An empty cache.
   * @param maxBytes most memory to use
   */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Memory in use. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The remembered sequence with most tokens in common with the beginning of `ids`, or null. */
  find(ids: Int32Array): PrefixMatch | null {
    let best: Entry | null = null;
    let length = 0;
    for (const entry of this.#entries) {
      const common = commonPrefix(entry.ids, ids);
      if (common > length) {
        best = entry;
        length = common;
      }
    }
    if (best === null) return null;
    this.#entries.delete(best);
    this.#entries.add(best);
    return { length, keyValues: best.keyValues };
  }

  /** Remembers a sequence; it must not be changed afterwards. */
  add(ids: Int32Array, keyValues: KeyValues): void {
    const arrays = [...keyValues.keys, ...keyValues.values];
    const bytes = arrays.reduce((sum, { byteLength }) => sum + byteLength, ids.byteLength);
    for (const entry of this.#entries) {
      if (commonPrefix(entry.ids, ids) === Math.min(entry.ids.length, ids.length)) {
        if (entry.ids.length > ids.length) return;
        this.#forget(entry);
      }
    }
    if (bytes > this.#maxBytes) return;
    this.#entries.add({ ids, keyValues, bytes });
    this.#bytes += bytes;
    for (const entry of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#forget(entry);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry);
    this.#bytes -= entry.bytes;
  }
}

function commonPrefix(a: Int32Array, b: Int32Array): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
