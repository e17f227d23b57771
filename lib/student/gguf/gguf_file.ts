/** A metadata value, tagged because GGUF tells the widths of numbers apart. */
export type GgufValue =
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly bool: boolean }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly int32s: readonly number[] }
  | { readonly float32s: readonly number[] };

/** Number format of a tensor. */
export type GgufType = "f32" | "f16" | "q8_0";

/** A tensor as the file describes it. */
export interface GgufTensor {
  /** Name, such as `blk.0.attn_q.weight`. */
  readonly name: string;
  /** Dimensions, outermost first; the file holds them the other way round. */
  readonly shape: readonly number[];
  /** Number format. */
  readonly type: GgufType;
}

/** GGUF's number of a type, and the bytes that a block of its numbers takes. @source ggml.h */
export const GGUF_TYPES: Readonly<
  Record<
    GgufType,
    { readonly code: number; readonly blockSize: number; readonly blockBytes: number }
  >
> = {
  f32: { code: 0, blockSize: 1, blockBytes: 4 },
  f16: { code: 1, blockSize: 1, blockBytes: 2 },
  q8_0: { code: 8, blockSize: 32, blockBytes: 34 },
};

/** Tensors begin at multiples of this many bytes. */
const GGUF_ALIGNMENT = 32;

/** Bytes that a tensor takes, without what fills up to the next one. */
export function ggufBytes({ shape, type }: GgufTensor): number {
  const { blockSize, blockBytes } = GGUF_TYPES[type];
  return (shape.reduce((a, b) => a * b, 1) / blockSize) * blockBytes;
}

/** `bytes` rounded up to where the next tensor may begin. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / GGUF_ALIGNMENT) * GGUF_ALIGNMENT;
}

/**
 * The beginning of a GGUF file, version 3: metadata and the list of tensors. The tensors' bytes
 * follow in the same order, each filled up with zeros to a multiple of {@link GGUF_ALIGNMENT}.
 *
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 *
 * @example
 * ```ts
 * import { ggufHeader } from "@potstill/student/gguf/gguf_file.ts";
 * const bytes = ggufHeader(new Map([["general.architecture", { string: "qwen2" }]]), []);
 * if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "GGUF") throw new Error("no GGUF file");
 * if (bytes.length % 32 !== 0) throw new Error("not aligned");
 * ```
 */
export function ggufHeader(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
): Uint8Array<ArrayBuffer> {
  const out = new LittleEndianWriter();
  out.bytes(new TextEncoder().encode("GGUF"));
  out.uint32(3);
  out.uint64(tensors.length);
  out.uint64(metadata.size);
  for (const [key, value] of metadata) {
    out.string(key);
    writeValue(out, value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    out.string(tensor.name);
    out.uint32(tensor.shape.length);
    for (const dimension of tensor.shape.toReversed()) out.uint64(dimension);
    out.uint32(GGUF_TYPES[tensor.type].code);
    out.uint64(offset);
    offset += aligned(ggufBytes(tensor));
  }
  return out.finish(aligned(out.length));
}

/** Numbers of the value types. @source gguf.md, gguf_metadata_value_type */
const UINT32 = 4, INT32 = 5, FLOAT32 = 6, BOOL = 7, STRING = 8, ARRAY = 9;

function writeValue(out: LittleEndianWriter, value: GgufValue): void {
  if ("uint32" in value) {
    out.uint32(UINT32);
    out.uint32(value.uint32);
  } else if ("float32" in value) {
    out.uint32(FLOAT32);
    out.float32(value.float32);
  } else if ("bool" in value) {
    out.uint32(BOOL);
    out.bytes(Uint8Array.of(value.bool ? 1 : 0));
  } else if ("string" in value) {
    out.uint32(STRING);
    out.string(value.string);
  } else if ("strings" in value) {
    out.uint32(ARRAY);
    out.uint32(STRING);
    out.uint64(value.strings.length);
    for (const text of value.strings) out.string(text);
  } else if ("float32s" in value) {
    out.uint32(ARRAY);
    out.uint32(FLOAT32);
    out.uint64(value.float32s.length);
    for (const number of value.float32s) out.float32(number);
  } else {
    out.uint32(ARRAY);
    out.uint32(INT32);
    out.uint64(value.int32s.length);
    for (const number of value.int32s) out.uint32(number >>> 0);
  }
}

class LittleEndianWriter {
  length = 0;
  #buffer = new Uint8Array(1 << 16);
  #view = new DataView(this.#buffer.buffer);
  readonly #utf8 = new TextEncoder();

  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  string(text: string): void {
    const bytes = this.#utf8.encode(text);
    this.uint64(bytes.length);
    this.bytes(bytes);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  uint64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  float32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setFloat32(at, value, true);
  }

  /** The bytes so far, followed by zeros up to `length`. */
  finish(length: number): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(length);
    out.set(this.#buffer.subarray(0, this.length));
    return out;
  }

  /** Makes room for `count` bytes and tells where they begin. */
  #reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.#buffer.length));
      grown.set(this.#buffer);
      this.#buffer = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}
