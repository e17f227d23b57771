/** Layout of a type's numbers in a GGUF file. */
interface BlockType {
  /** The type's name. */
  readonly name: string;
  /** Numbers of one block. */
  readonly blockSize: number;
  /** Bytes of one block. */
  readonly blockBytes: number;
  /** Writes the numbers of the block at byte `at` to `out` from index `to`. */
  readonly read: (view: DataView, at: number, out: Float32Array, to: number) => void;
}

/**
 * The types that can be read, by GGUF's numbers. The arithmetic of each is exact but for the last
 * rounding, so that the numbers are those of llama.cpp to the bit.
 *
 * @source ggml-quants.c, `dequantize_row_*`; ggml-common.h, the blocks
 */
const TYPES: ReadonlyMap<number, BlockType> = new Map([
  [0, { name: "F32", blockSize: 1, blockBytes: 4, read: float32 }],
  [1, { name: "F16", blockSize: 1, blockBytes: 2, read: float16 }],
  [2, { name: "Q4_0", blockSize: 32, blockBytes: 18, read: fourBit(2, -8) }],
  [3, { name: "Q4_1", blockSize: 32, blockBytes: 20, read: fourBit(4, 0) }],
  [6, { name: "Q5_0", blockSize: 32, blockBytes: 22, read: fiveBit(2, -16) }],
  [7, { name: "Q5_1", blockSize: 32, blockBytes: 24, read: fiveBit(4, 0) }],
  [8, { name: "Q8_0", blockSize: 32, blockBytes: 34, read: eightBit }],
  [12, { name: "Q4_K", blockSize: 256, blockBytes: 144, read: superBlock(false) }],
  [13, { name: "Q5_K", blockSize: 256, blockBytes: 176, read: superBlock(true) }],
  [14, { name: "Q6_K", blockSize: 256, blockBytes: 210, read: sixBit }],
  [30, { name: "BF16", blockSize: 1, blockBytes: 2, read: bfloat16 }],
]);

/** Names of the types that {@link dequantize} reads. */
export const READABLE_TYPES: readonly string[] = [...TYPES.values()].map(({ name }) => name);

/**
 * Bytes that `count` numbers of a type take.
 *
 * @param code GGUF's number of the type
 * @throws {RangeError} when the type is not read here, or the numbers are no whole blocks
 */
export function quantizedBytes(code: number, count: number): number {
  const { name, blockSize, blockBytes } = typeOf(code);
  if (count % blockSize !== 0) {
    throw new RangeError(`${count} numbers are no multiple of ${blockSize}, a block of ${name}`);
  }
  return (count / blockSize) * blockBytes;
}

/**
 * The numbers of a tensor of a GGUF file.
 *
 * @param bytes the tensor's, whole blocks
 * @param code GGUF's number of the type
 * @throws {RangeError} when the type is not read here, or the bytes are no whole blocks
 *
 * @example
 * ```ts
 * import { dequantize } from "@potstill/student/gguf/dequantize.ts";
 * const halves = dequantize(Uint8Array.of(0, 0x3c, 0, 0xc0), 1);
 * if (halves.join() !== "1,-2") throw new Error(halves.join());
 * ```
 */
export function dequantize(bytes: Uint8Array, code: number): Float32Array<ArrayBuffer> {
  const { name, blockSize, blockBytes, read } = typeOf(code);
  if (bytes.length % blockBytes !== 0) {
    throw new RangeError(`${bytes.length} bytes are no multiple of ${blockBytes}, as ${name} has`);
  }
  const blocks = bytes.length / blockBytes;
  const out = new Float32Array(blocks * blockSize);
  if (name === "F32") {
    new Uint8Array(out.buffer).set(bytes);
    return out;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0; block < blocks; block++) {
    read(view, block * blockBytes, out, block * blockSize);
  }
  return out;
}

function typeOf(code: number): BlockType {
  const type = TYPES.get(code);
  if (type === undefined) {
    throw new RangeError(
      `the type ${code} of GGUF is not read here; ${READABLE_TYPES.join(", ")} are`,
    );
  }
  return type;
}

function float32(view: DataView, at: number, out: Float32Array, to: number): void {
  out[to] = view.getFloat32(at, true);
}

function float16(view: DataView, at: number, out: Float32Array, to: number): void {
  out[to] = view.getFloat16(at, true);
}

const bits = new Uint32Array(1);
const number = new Float32Array(bits.buffer);

function bfloat16(view: DataView, at: number, out: Float32Array, to: number): void {
  bits[0] = view.getUint16(at, true) << 16;
  out[to] = number[0];
}

/** A scale, with `header` 4 a lowest value, and 32 codes of 4 bits. */
function fourBit(header: number, offset: number): BlockType["read"] {
  return (view, at, out, to) => {
    const scale = view.getFloat16(at, true);
    const least = header === 4 ? view.getFloat16(at + 2, true) : 0;
    for (let i = 0; i < 16; i++) {
      const byte = view.getUint8(at + header + i);
      out[to + i] = ((byte & 15) + offset) * scale + least;
      out[to + i + 16] = ((byte >> 4) + offset) * scale + least;
    }
  };
}

/** As {@link fourBit}, with the codes' fifth bits before them. */
function fiveBit(header: number, offset: number): BlockType["read"] {
  return (view, at, out, to) => {
    const scale = view.getFloat16(at, true);
    const least = header === 4 ? view.getFloat16(at + 2, true) : 0;
    const high = view.getUint32(at + header, true);
    for (let i = 0; i < 16; i++) {
      const byte = view.getUint8(at + header + 4 + i);
      const [first, second] = [(high >>> i) & 1, (high >>> (i + 16)) & 1];
      out[to + i] = ((byte & 15) + 16 * first + offset) * scale + least;
      out[to + i + 16] = ((byte >> 4) + 16 * second + offset) * scale + least;
    }
  };
}

function eightBit(view: DataView, at: number, out: Float32Array, to: number): void {
  const scale = view.getFloat16(at, true);
  for (let i = 0; i < 32; i++) out[to + i] = view.getInt8(at + 2 + i) * scale;
}

/** Eight groups of 32 codes of 4 bits, or of 5, each with a scale and a lowest value of 6 bits. */
function superBlock(hasFifthBit: boolean): BlockType["read"] {
  return (view, at, out, to) => {
    const scale = view.getFloat16(at, true);
    const leastScale = view.getFloat16(at + 2, true);
    const packed = (i: number) => view.getUint8(at + 4 + i);
    const codes = at + (hasFifthBit ? 48 : 16);
    for (let group = 0; group < 8; group++) {
      const isLow = group < 4;
      const factor = isLow
        ? packed(group) & 63
        : (packed(group + 4) & 15) | ((packed(group - 4) >> 6) << 4);
      const lowest = isLow
        ? packed(group + 4) & 63
        : (packed(group + 4) >> 4) | ((packed(group) >> 6) << 4);
      const [step, least] = [scale * factor, leastScale * lowest];
      const shift = group % 2 === 0 ? 0 : 4;
      for (let i = 0; i < 32; i++) {
        const low = (view.getUint8(codes + 32 * (group >> 1) + i) >> shift) & 15;
        const fifth = hasFifthBit ? (view.getUint8(at + 16 + i) >> group) & 1 : 0;
        out[to + 32 * group + i] = step * (low + 16 * fifth) - least;
      }
    }
  };
}

/** 16 groups of 16 codes of 6 bits, each group with a scale of 8 bits. */
function sixBit(view: DataView, at: number, out: Float32Array, to: number): void {
  const scale = view.getFloat16(at + 208, true);
  for (let half = 0; half < 2; half++) {
    const [low, high, factors] = [at + 64 * half, at + 128 + 32 * half, at + 192 + 8 * half];
    for (let quarter = 0; quarter < 4; quarter++) {
      for (let i = 0; i < 32; i++) {
        const byte = view.getUint8(low + 32 * (quarter % 2) + i);
        const lowBits = quarter < 2 ? byte & 15 : byte >> 4;
        const code = lowBits | (((view.getUint8(high + i) >> (2 * quarter)) & 3) << 4);
        const factor = view.getInt8(factors + 2 * quarter + (i >> 4));
        out[to + 128 * half + 32 * quarter + i] = scale * factor * (code - 32);
      }
    }
  }
}
