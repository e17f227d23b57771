/** Longest header, as in the format's own library. */
const MAX_HEADER = 100_000_000;

/** A tensor of a safetensors file, converted to float32. */
export interface SafetensorsTensor {
  /** Dimensions, outermost first. */
  readonly shape: readonly number[];
  /** Elements, row-major. */
  readonly data: Float32Array;
}

/** Contents of a safetensors file. */
export interface SafetensorsContent {
  /** Tensors by name, in the order of the header. */
  readonly tensors: Map<string, SafetensorsTensor>;
  /** The header's free text entries. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A corrupt or unsupported safetensors file. */
export class SafetensorsError extends Error {
  /** The class of the error. */
  override readonly name = "SafetensorsError";
}

/**
 * Encodes tensors: an 8-byte header length, a JSON header, then the data, 8-byte aligned.
 *
 * @param dtype how elements are stored; `F16` rounds them to 11 bits. @default "F32"
 * @source https://huggingface.co/docs/safetensors/index#format
 *
 * @example
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "@potstill/student";
 * const bytes = encodeSafetensors(new Map([["w", { shape: [2], data: new Float32Array([1, 2]) }]]));
 * const { tensors } = decodeSafetensors(bytes, "memory");
 * if (tensors.get("w")?.data.join() !== "1,2") throw new Error("round trip failed");
 * ```
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
  dtype: "F32" | "F16" = "F32",
): Uint8Array<ArrayBuffer> {
  const parts = [...safetensorsParts(tensors, metadata, dtype)];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/**
 * The bytes of {@link encodeSafetensors} in pieces, header first, which in float32 share memory with the
 * tensors: for files that should not exist twice in memory.
 */
export function* safetensorsParts(
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  metadata: Readonly<Record<string, string>> = {},
  dtype: "F32" | "F16" = "F32",
): Generator<Uint8Array> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  const width = dtype === "F32" ? 4 : 2;
  for (const [name, { shape, data }] of tensors) {
    const end = offset + width * data.length;
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(start.length - 8), true);
  start.set(text, 8);
  yield start;
  for (const { data } of tensors.values()) {
    const stored = dtype === "F32" ? data : new Float16Array(data);
    yield new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  }
}

/**
 * Decodes a safetensors file with tensors of float32, float16 or bfloat16.
 *
 * @param source file name, for errors
 * @throws {SafetensorsError} naming `source`, and the tensor at fault if there is one
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): SafetensorsContent {
  const end = safetensorsHeaderEnd(bytes, bytes.length, source);
  const { entries, metadata } = parseSafetensorsHeader(bytes.subarray(0, end), source);
  checkPlaces(entries, end, bytes.length, source);
  const tensors = new Map<string, SafetensorsTensor>();
  for (const { name, dtype, shape, from, to } of entries) {
    // Not bytes.slice(): that of Node's Buffer does not copy.
    const raw = Uint8Array.from(bytes.subarray(from, to));
    tensors.set(name, { shape, data: toFloat32(raw, dtype) });
  }
  return { tensors, metadata };
}

/** Place of a tensor in a safetensors file. */
export interface SafetensorsEntry {
  /** The tensor's name. */
  readonly name: string;
  /** `F32`, `F16` or `BF16`. */
  readonly dtype: string;
  /** Dimensions, outermost first. */
  readonly shape: readonly number[];
  /** First byte in the file. */
  readonly from: number;
  /** The byte after its last. */
  readonly to: number;
}

/**
 * Checks that the tensors of a file follow each other from the header's end, none over another and none
 * beyond the file's end: so no more is read than the file holds.
 *
 * @throws {SafetensorsError} naming `source` and the tensor at fault
 */
export function checkPlaces(
  entries: readonly SafetensorsEntry[],
  headerEnd: number,
  size: number,
  source: string,
): void {
  const ordered = entries.toSorted((a, b) => a.from - b.from || a.to - b.to);
  let end = headerEnd;
  let before = "the header";
  for (const { name, from, to } of ordered) {
    const at = (why: string): never => {
      throw new SafetensorsError(`Cannot read ${source}: tensor ${name}: ${why}`);
    };
    if (to > size) {
      at(`it ends at byte ${to} but the file has ${size}; the file is truncated`);
    }
    if (from < end) at(`it begins at byte ${from}, within ${before}`);
    if (from > end) at(`it begins at byte ${from}, ${from - end} after ${before} ends`);
    end = to;
    before = `the tensor ${name}`;
  }
}

/**
 * End of a safetensors file's header, in bytes from the start.
 *
 * @param start at least the first 8 bytes, or all of a shorter file
 * @param size of the whole file
 * @throws {SafetensorsError} naming `source`, when the file cannot hold its header
 */
export function safetensorsHeaderEnd(start: Uint8Array, size: number, source: string): number {
  const fail = (why: string): never => {
    throw new SafetensorsError(`Cannot read ${source}: ${why}`);
  };
  if (size < 8) fail(`${size} bytes are too few for a safetensors file`);
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(size - 8)) {
    fail(
      `its header should have ${length} bytes but the file has ${size}; it is truncated or foreign`,
    );
  }
  if (length > MAX_HEADER) {
    fail(`its header has ${length} bytes, and ${MAX_HEADER} are the most`);
  }
  return 8 + Number(length);
}

/**
 * Reads the header of a safetensors file, from its first byte to the header's end.
 *
 * @param unused tensors that are not needed; they may be of any type, and are checked by place alone
 * @throws {SafetensorsError} naming `source`, and the tensor at fault if there is one
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  source: string,
  unused: (name: string) => boolean = () => false,
): {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
} {
  let header: unknown;
  let text = "";
  const fail = (why: string): never => {
    throw new SafetensorsError(`Cannot read ${source}: ${why}`);
  };
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8));
    header = JSON.parse(text);
  } catch (error) {
    fail(`its header is not JSON (${(error as Error).message})`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    fail("its header is not a JSON object");
  }
  const twice = repeatedKey(text);
  if (twice !== null) fail(`its header names ${twice} twice`);
  const { __metadata__: metadata = {}, ...items } = header as Record<string, unknown>;
  const entries = Object.entries(items).map(([name, item]) => {
    const at = (why: string): never => fail(`tensor ${name}: ${why}`);
    if (item === null || typeof item !== "object") at("it is no object");
    const { dtype, shape, data_offsets: offsets } = item as Record<string, unknown>;
    if (!isNumbers(shape)) return at(`its shape is ${JSON.stringify(shape)}`);
    if (!isNumbers(offsets) || offsets.length !== 2) {
      return at(`its data_offsets are ${JSON.stringify(offsets)}`);
    }
    const size = shape.reduce((a, b) => a * b, 1);
    if (unused(name)) {
      const [from, to] = offsets.map((offset) => bytes.length + offset);
      return { name, dtype: String(dtype), shape, from, to };
    }
    const width = dtype === "F32" ? 4 : dtype === "F16" || dtype === "BF16" ? 2 : 0;
    if (width === 0) at(`its type ${JSON.stringify(dtype)} is not one of F32, F16, BF16`);
    const [from, to] = offsets.map((offset) => bytes.length + offset);
    if (!Number.isSafeInteger(size) || to - from !== size * width) {
      at(`${to - from} bytes do not fit shape [${shape}] of ${dtype}`);
    }
    return { name, dtype: String(dtype), shape, from, to };
  });
  if (metadata === null || typeof metadata !== "object" || Array.isArray(metadata)) {
    fail("its __metadata__ is not an object");
  }
  return { entries, metadata: metadata as Record<string, string> };
}

/** A key that stands twice at the top of a JSON object, which JSON.parse takes silently; else null. */
function repeatedKey(json: string): string | null {
  const seen = new Set<string>();
  let depth = 0;
  for (
    const { 0: token, 1: text } of json.matchAll(
      /("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g,
    )
  ) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (text !== undefined && depth === 1) {
      const key = JSON.parse(text) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return null;
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** Elements of these little-endian bytes, as float32. */
export function toFloat32(raw: Uint8Array<ArrayBuffer>, dtype: string): Float32Array {
  if (dtype === "F32") return new Float32Array(raw.buffer);
  if (dtype === "F16") return new Float32Array(new Float16Array(raw.buffer));
  const halves = new Uint16Array(raw.buffer);
  const out = new Float32Array(halves.length);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return out;
}
