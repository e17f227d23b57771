/**
 * Bytes in a page, the grain in which interpreter memory is compared, saved and restored. A small
 * step changes 1,100 kB in pages of 4,096 bytes, 190 kB in pages of 512.
 */
export const PAGE_BYTES = 512;

const V128_LOAD = 0x00, V128_XOR = 0x51, V128_OR = 0x50, V128_ANY_TRUE = 0x53;

function unsigned(value: number): number[] {
  const out: number[] = [];
  do {
    out.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value > 0);
  return out;
}

function signed(value: number): number[] {
  const out: number[] = [];
  while (true) {
    const low = value & 0x7f;
    value >>= 7;
    if ((value === 0 && !(low & 0x40)) || (value === -1 && low & 0x40)) return [...out, low];
    out.push(low | 0x80);
  }
}

function section(id: number, bytes: readonly number[]): number[] {
  return [id, ...unsigned(bytes.length), ...bytes];
}

function text(value: string): number[] {
  return [...unsigned(value.length), ...new TextEncoder().encode(value)];
}

/** `v128.load` of memory `memory` at local 3 plus `offset`; bit 6 of the alignment names a memory. */
function load(memory: number, offset: number): number[] {
  return [0x20, 3, 0xfd, V128_LOAD, 0x40, memory, ...unsigned(offset)];
}

function difference(offset: number): number[] {
  return [...load(0, offset), ...load(1, offset), 0xfd, V128_XOR];
}

/** Instructions that push the OR of the vectors of [offset, offset + 16 * count). */
function any(vector: (offset: number) => number[], offset: number, count: number): number[] {
  if (count === 1) return vector(offset);
  const half = count / 2;
  return [
    ...any(vector, offset, half),
    ...any(vector, offset + 16 * half, half),
    0xfd,
    V128_OR,
  ];
}

/**
 * The body of a function that lists the pages in which `vector` pushes a vector that is not zero.
 */
function pageList(vector: (offset: number) => number[]): number[] {
  const shift = Math.log2(PAGE_BYTES);
  const unroll = 8;
  // Locals: 0 page, 1 end, 2 out, 3 address, 4 stop, 5 count.
  const body = [
    [0x02, 0x40, 0x03, 0x40], // block, loop over pages
    [0x20, 0, 0x20, 1, 0x4f, 0x0d, 1], // page >= end: leave
    [0x20, 0, 0x41, ...signed(shift), 0x74, 0x22, 3], // address = page << shift
    [0x41, ...signed(PAGE_BYTES), 0x6a, 0x21, 4], // stop = address + PAGE_BYTES
    [0x02, 0x40, 0x03, 0x40], // block, loop over the page
    any(vector, 0, unroll),
    [0xfd, V128_ANY_TRUE, 0x0d, 1], // not zero: leave the inner loop
    [0x20, 3, 0x41, ...signed(16 * unroll), 0x6a, 0x22, 3], // address += 16 * unroll
    [0x20, 4, 0x49, 0x0d, 0, 0x0b], // address < stop: go on
    [0x20, 0, 0x41, 1, 0x6a, 0x21, 0, 0x0c, 1, 0x0b], // page += 1; next page
    [0x20, 2, 0x20, 5, 0x41, 2, 0x74, 0x6a, 0x20, 0], // out + (count << 2), page
    [0x36, 0x42, 2, 0], // i32.store in memory 2
    [0x20, 5, 0x41, 1, 0x6a, 0x21, 5], // count += 1
    [0x20, 0, 0x41, 1, 0x6a, 0x21, 0, 0x0c, 0], // page += 1; next page
    [0x0b, 0x0b, 0x20, 5, 0x0b],
  ].flat();
  const locals = [1, 3, 0x7f];
  return [...locals, ...body];
}

/**
 * A WebAssembly module with two functions that write numbers of pages in [first, end) to the memory
 * `list` from byte `out`, and give how many they are. `diff(first, end, out)`: the pages that differ
 * between the memories `a` and `b`; about 15 GB/s, where a loop in JavaScript compares 2 GB/s.
 * `nonZero(first, end, out)`: the pages of `a` that are not zero.
 */
export function pageDiffModule(): Uint8Array<ArrayBuffer> {
  const memory = (name: string) => [...text("memory"), ...text(name), 0x02, 0x00, 0x00];
  const functions = [pageList(difference), pageList((offset) => load(0, offset))];
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return new Uint8Array([
    header,
    section(1, [1, 0x60, 3, 0x7f, 0x7f, 0x7f, 1, 0x7f]),
    section(2, [3, ...memory("a"), ...memory("b"), ...memory("list")]),
    section(3, [2, 0, 0]),
    section(7, [2, ...text("diff"), 0, 0, ...text("nonZero"), 0, 1]),
    section(10, [2, ...functions.flatMap((code) => [...unsigned(code.length), ...code])]),
  ].flat());
}
