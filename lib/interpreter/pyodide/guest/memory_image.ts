import { PAGE_BYTES, pageDiffModule } from "./page_diff.ts";
import type { PageDelta } from "./state_blob.ts";

const WASM_PAGE = 65_536;
/** More than one call's part of the C stack. */
const STACK_GAP = 1 << 20;
const STACK_BLOCK = 1 << 18;

type PageFunction = (first: number, end: number, out: number) => number;

/**
 * Keeps a copy (the shadow) of a WebAssembly memory, finds what has changed since, and puts it
 * back. A range in the middle, the unused part of the C stack, is no part of the state.
 */
export class MemoryImage {
  readonly #memory: WebAssembly.Memory;
  readonly #grow: (bytes: number) => void;
  readonly #shadow: WebAssembly.Memory;
  readonly #list: WebAssembly.Memory;
  readonly #diff: PageFunction;
  readonly #nonZero: PageFunction;
  readonly #base: Uint8Array<ArrayBuffer>;
  /** Pages of the shadow that differ from the base. */
  readonly #away = new Set<number>();
  /** End of the highest page that was kept. */
  #top = 0;
  readonly #deadStart: number;
  readonly #deadEnd: number;

  /**
   * Takes the present memory for the base.
   *
   * @param memory the guest's, which holds `base` now
   * @param dead the range [start, end) of bytes that is never part of the state
   * @param grow makes the guest's memory at least as long as told
   */
  constructor(
    memory: WebAssembly.Memory,
    base: Uint8Array<ArrayBuffer>,
    dead: readonly [number, number],
    grow: (bytes: number) => void,
  ) {
    this.#memory = memory;
    this.#grow = grow;
    this.#base = base;
    this.#shadow = new WebAssembly.Memory({ initial: memory.buffer.byteLength / WASM_PAGE });
    this.#list = new WebAssembly.Memory({ initial: 8 });
    copyWhatIsNotZero(base, new Uint8Array(this.#shadow.buffer));
    const imports = { memory: { a: memory, b: this.#shadow, list: this.#list } };
    const module = new WebAssembly.Module(pageDiffModule());
    const { diff, nonZero } = new WebAssembly.Instance(module, imports).exports;
    this.#diff = diff as PageFunction;
    this.#nonZero = nonZero as PageFunction;
    this.#deadStart = Math.ceil(dead[0] / PAGE_BYTES) * PAGE_BYTES;
    this.#deadEnd = Math.floor(dead[1] / PAGE_BYTES) * PAGE_BYTES;
  }

  /** Bytes of the guest's memory. */
  get byteLength(): number {
    return this.#memory.buffer.byteLength;
  }

  /**
   * Finds the pages that changed since the shadow was last brought up to date.
   * @param top the end of the heap
   */
  changedPages(top: number): Uint32Array {
    return this.#changed(this.#end(top));
  }

  /** The most bytes that `changedPages` can find changed. */
  usedBytes(top: number): number {
    return this.#end(top) - (this.#deadEnd - this.#deadStart);
  }

  /** Bytes by which the heap is longer than the base's. */
  grownBytes(top: number): number {
    return this.#end(top) - this.#base.length;
  }

  #end(top: number): number {
    const used = Math.max(top, this.#base.length, this.#top);
    return Math.min(used, this.#memory.buffer.byteLength);
  }

  /** Makes zero what calls left in the unused part of the C stack: from its used end to a long gap. */
  clearStack(): void {
    let gap = 0;
    for (let end = this.#deadEnd; end > this.#deadStart && gap < STACK_GAP; end -= STACK_BLOCK) {
      const start = Math.max(this.#deadStart, end - STACK_BLOCK);
      gap = this.#clear(start, end) === 0 ? gap + STACK_BLOCK : 0;
    }
  }

  /** Undoes every change since the shadow was last brought up to date, wherever it was made. */
  revert(): void {
    this.rollBack(this.#changed(this.#end(0)));
  }

  /** The same, when `changedPages` gave `numbers` and nothing has changed since. */
  rollBack(numbers: Uint32Array): void {
    this.#copy(this.#shadow, this.#memory, numbers);
    // The shadow is zero from here on, and so is nearly all of the memory: it is only read.
    this.#clear(this.#deadStart, this.#deadEnd);
    const used = Math.ceil(this.#end(0) / PAGE_BYTES) * PAGE_BYTES;
    this.#clear(used, this.#memory.buffer.byteLength);
  }

  /** Makes the bytes in [start, end), whole pages, zero. @returns how many pages were not */
  #clear(start: number, end: number): number {
    this.#makeRoom(end);
    const count = this.#nonZero(start / PAGE_BYTES, end / PAGE_BYTES, 0);
    const memory = new Uint8Array(this.#memory.buffer);
    for (const number of new Uint32Array(this.#list.buffer, 0, count)) {
      memory.fill(0, number * PAGE_BYTES, (number + 1) * PAGE_BYTES);
    }
    return count;
  }

  /** Makes the list long enough for every page before `end`. */
  #makeRoom(end: number): void {
    const lacking = 4 * Math.ceil(end / PAGE_BYTES) - this.#list.buffer.byteLength;
    if (lacking > 0) this.#list.grow(Math.ceil(lacking / WASM_PAGE));
  }

  #changed(end: number): Uint32Array {
    const missing = this.#memory.buffer.byteLength - this.#shadow.buffer.byteLength;
    if (missing > 0) this.#shadow.grow(missing / WASM_PAGE);
    const last = Math.ceil(end / PAGE_BYTES);
    this.#makeRoom(end);
    const count = this.#diff(0, this.#deadStart / PAGE_BYTES, 0);
    const more = this.#diff(this.#deadEnd / PAGE_BYTES, last, 4 * count);
    return new Uint32Array(this.#list.buffer, 0, count + more).slice();
  }

  /** The memory's pages `numbers`: views, right until the memory changes. */
  pages(numbers: Uint32Array): PageDelta {
    const bytes = new Uint8Array(this.#memory.buffer);
    const pages = Array.from(numbers, (number) => {
      const page = bytes.subarray(number * PAGE_BYTES, (number + 1) * PAGE_BYTES);
      return isZero(page) ? null : page;
    });
    return { numbers, pages };
  }

  /** Makes the memory's pages `numbers` the shadow's. */
  keep(numbers: Uint32Array): void {
    this.#copy(this.#memory, this.#shadow, numbers);
    for (const number of numbers) this.#away.add(number);
    this.#top = Math.max(this.#top, (numbers.at(-1)! + 1) * PAGE_BYTES || 0);
  }

  /** Writes a delta to the memory and the shadow. */
  apply(delta: PageDelta): void {
    const highest = delta.numbers.reduce((a, b) => Math.max(a, b), 0);
    const needed = (highest + 1) * PAGE_BYTES;
    this.#top = Math.max(this.#top, needed);
    if (needed > this.#memory.buffer.byteLength) this.#grow(needed);
    const missing = this.#memory.buffer.byteLength - this.#shadow.buffer.byteLength;
    if (missing > 0) this.#shadow.grow(missing / WASM_PAGE);
    const memory = new Uint8Array(this.#memory.buffer);
    const shadow = new Uint8Array(this.#shadow.buffer);
    for (const [index, number] of delta.numbers.entries()) {
      const at = number * PAGE_BYTES;
      const page = delta.pages[index];
      if (page === null) {
        memory.fill(0, at, at + PAGE_BYTES);
        shadow.fill(0, at, at + PAGE_BYTES);
      } else {
        memory.set(page, at);
        shadow.set(page, at);
      }
      this.#away.add(number);
    }
  }

  /** Puts the base back, then `delta`, in the memory and the shadow, which must be equal. */
  reset(delta: PageDelta): void {
    const coming = new Set(delta.numbers);
    const memory = new Uint8Array(this.#memory.buffer);
    const shadow = new Uint8Array(this.#shadow.buffer);
    for (const number of this.#away) {
      if (coming.has(number)) continue;
      const at = number * PAGE_BYTES;
      const page = this.#base.subarray(at, at + PAGE_BYTES);
      memory.set(page, at);
      shadow.set(page, at);
      if (page.length < PAGE_BYTES) {
        memory.fill(0, at + page.length, at + PAGE_BYTES);
        shadow.fill(0, at + page.length, at + PAGE_BYTES);
      }
    }
    this.#away.clear();
    this.#top = 0;
    this.apply(delta);
  }

  #copy(from: WebAssembly.Memory, to: WebAssembly.Memory, numbers: Uint32Array): void {
    const source = new Uint8Array(from.buffer);
    const target = new Uint8Array(to.buffer);
    for (let i = 0; i < numbers.length;) {
      const first = numbers[i];
      let last = first;
      while (++i < numbers.length && numbers[i] === last + 1) last++;
      target.set(source.subarray(first * PAGE_BYTES, (last + 1) * PAGE_BYTES), first * PAGE_BYTES);
    }
  }
}

/** Bytes of a page of the operating system, at least. */
const SYSTEM_PAGE = 4096;

/**
 * Writes `source`, whole words, to a memory that is zero, without touching what stays zero: pages that were never written
 * are one page of zeros to the operating system, which stays in the processor's cache.
 */
function copyWhatIsNotZero(source: Uint8Array<ArrayBuffer>, target: Uint8Array): void {
  for (let at = 0; at < source.length; at += SYSTEM_PAGE) {
    const part = source.subarray(at, at + SYSTEM_PAGE);
    if (!isZero(part)) target.set(part, at);
  }
}

/** Makes bytes, whole words, zero, without touching those that are. */
export function clearWhatIsNotZero(bytes: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < bytes.length; at += SYSTEM_PAGE) {
    const part = bytes.subarray(at, at + SYSTEM_PAGE);
    if (!isZero(part)) part.fill(0);
  }
}

function isZero(page: Uint8Array<ArrayBuffer>): boolean {
  const words = new Uint32Array(page.buffer, page.byteOffset, page.byteLength / 4);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
}
