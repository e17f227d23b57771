/**
 * Keys and values of a token sequence in every layer. Each array is [kv heads, tokens, head size],
 * row-major.
 */
export interface KeyValues {
  /** Number of tokens. */
  readonly length: number;
  /** Keys, an array per layer. */
  readonly keys: readonly Float32Array[];
  /** Values, an array per layer. */
  readonly values: readonly Float32Array[];
}

/** Sizes that all caches of a student share. */
export interface CacheShape {
  /** Layers of the student. */
  readonly layers: number;
  /** Heads of keys and values. */
  readonly heads: number;
  /** Width of one head. */
  readonly size: number;
}

/** Bytes that `length` tokens take. */
export function keyValueBytes(shape: CacheShape, length: number): number {
  return 8 * shape.layers * shape.heads * shape.size * length;
}

/** The first `length` tokens of `whole`: itself when that is all of them, else a copy. */
export function takeKeyValues(shape: CacheShape, whole: KeyValues, length: number): KeyValues {
  if (length === whole.length) return whole;
  const cut = (array: Float32Array) => {
    const out = new Float32Array(shape.heads * length * shape.size);
    copyHeads(shape, array, whole.length, out, 0, length, length);
    return out;
  };
  return { length, keys: whole.keys.map(cut), values: whole.values.map(cut) };
}

/**
 * Copies `length` tokens of every head from an array with `fromCapacity` tokens a head to one with
 * `toCapacity`, which begins at `toOffset`.
 */
export function copyHeads(
  shape: CacheShape,
  from: Float32Array,
  fromCapacity: number,
  to: Float32Array,
  toOffset: number,
  toCapacity: number,
  length: number,
): void {
  for (let head = 0; head < shape.heads; head++) {
    const start = head * fromCapacity * shape.size;
    to.set(
      from.subarray(start, start + length * shape.size),
      toOffset + head * toCapacity * shape.size,
    );
  }
}
