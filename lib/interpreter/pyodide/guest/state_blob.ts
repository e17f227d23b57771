import { PAGE_BYTES } from "./page_diff.ts";

/** The pages of a memory that differ from another's: `null` for a page of zeros. */
export interface PageDelta {
  /** Numbers of the pages. */
  readonly numbers: Uint32Array;
  /** Their contents, in the same order. */
  readonly pages: readonly (Uint8Array | null)[];
}

const ZERO = 0x80000000;

/**
 * Bytes of a delta and of the rest of a state: 4 bytes number of pages, 4 bytes length of the
 * rest, the pages' numbers (the highest bit marks a page of zeros), the pages, the rest.
 */
export function encodeState(delta: PageDelta, rest: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = delta.numbers.length;
  const full = delta.pages.reduce((sum, page) => sum + (page === null ? 0 : 1), 0);
  const bytes = new Uint8Array(8 + 4 * count + full * PAGE_BYTES + rest.length);
  const header = new Uint32Array(bytes.buffer, 0, 2 + count);
  header[0] = count;
  header[1] = rest.length;
  let at = 8 + 4 * count;
  for (let i = 0; i < count; i++) {
    const page = delta.pages[i];
    header[2 + i] = page === null ? delta.numbers[i] | ZERO : delta.numbers[i];
    if (page === null) continue;
    bytes.set(page, at);
    at += PAGE_BYTES;
  }
  bytes.set(rest, at);
  return bytes;
}

/** The inverse of `encodeState`; the pages are views of `bytes`. @throws for other bytes */
export function decodeState(bytes: Uint8Array): { delta: PageDelta; rest: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length >= 8 ? view.getUint32(0, true) : -1;
  const restLength = bytes.length >= 8 ? view.getUint32(4, true) : 0;
  let at = 8 + 4 * count;
  if (count < 0 || at > bytes.length) throw new Error("Cannot read a state: it is cut short");
  const numbers = new Uint32Array(count);
  const pages: (Uint8Array | null)[] = new Array(count);
  for (let i = 0; i < count; i++) {
    const word = view.getUint32(8 + 4 * i, true);
    numbers[i] = (word & ~ZERO) >>> 0;
    if (word & ZERO) pages[i] = null;
    else pages[i] = bytes.subarray(at, at += PAGE_BYTES);
  }
  if (at + restLength !== bytes.length) throw new Error("Cannot read a state: it is cut short");
  return { delta: { numbers, pages }, rest: bytes.subarray(at) };
}
