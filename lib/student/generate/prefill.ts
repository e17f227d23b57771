import * as ort from "onnxruntime-node";
import { type CacheShape, type KeyValues, takeKeyValues } from "./key_values.ts";
import type { PrefixCache } from "./prefix_cache.ts";
import type { StudentSession } from "./student_session.ts";

/** A prompt that was read. */
export interface Prefilled {
  /** Logits of the wanted rows, [rows, vocab]. */
  readonly logits: Float32Array;
  /** Keys and values of the whole prompt. */
  readonly keyValues: KeyValues;
  /** Tokens that the cache knew. */
  readonly cachedTokens: number;
}

/** Longest run of tokens that is read at once: bounds the memory of attention scores. */
const CHUNK_TOKENS = 512;
/** A shorter common beginning is not worth taking from the cache. */
const MIN_CACHED_TOKENS = 16;

/**
 * Tokens of the next run when `left` are to be read. A single token, or one alone in a
 * block of attention, takes another path in onnxruntime, whose last bits differ: what a prompt gives
 * would depend on where it was cut.
 */
function runLength(left: number, blockRows: number): number {
  if (left > CHUNK_TOKENS + 1) return CHUNK_TOKENS;
  return left > 1 && left % blockRows === 1 ? left - 3 : left;
}

/**
 * A divisor of the rows of a block of attention: twice a head's size, and fewer for large heads where
 * the processor's cache is small. No cut is safe if these are odd (size 192 with 512 KiB).
 */
function blockDivisor(headSize: number): number {
  return headSize <= 64 && headSize % 8 === 0 ? 16 : 2;
}

/** Reads prompts, with the graph of `buildStudentGraph`. */
export class Prefill {
  readonly #session: StudentSession;
  readonly #shape: CacheShape;
  readonly #cache: PrefixCache;

  /** A reader that looks prompts up in `cache` and adds them to it. */
  constructor(session: StudentSession, shape: CacheShape, cache: PrefixCache) {
    this.#session = session;
    this.#shape = shape;
    this.#cache = cache;
  }

  /**
   * Reads `ids`, at least one.
   * @param allRows give the logits of every token and not only the last; the cache is then not used
   */
  async read(ids: Int32Array, allRows = false): Promise<Prefilled> {
    const match = allRows ? null : this.#cache.find(ids);
    const known = Math.min(match?.length ?? 0, ids.length - 2);
    const cachedTokens = known >= MIN_CACHED_TOKENS ? known : 0;
    let keyValues = cachedTokens > 0
      ? takeKeyValues(this.#shape, match!.keyValues, cachedTokens)
      : this.#nothing();
    const parts: Float32Array[] = [];
    while (keyValues.length < ids.length) {
      const start = keyValues.length;
      const length = runLength(ids.length - start, blockDivisor(this.#shape.size));
      const wanted = allRows ? range(0, length) : [length - 1];
      const run = await this.#run(ids.subarray(start, start + length), keyValues, wanted);
      keyValues = run.keyValues;
      if (allRows || keyValues.length === ids.length) parts.push(run.logits);
    }
    if (!allRows && ids.length > MIN_CACHED_TOKENS) this.#cache.add(ids.slice(), keyValues);
    return { logits: joined(parts), keyValues, cachedTokens };
  }

  async #run(ids: Int32Array, past: KeyValues, rows: readonly number[]): Promise<Prefilled> {
    const { layers, heads, size } = this.#shape;
    const total = past.length + ids.length;
    const feeds: Record<string, ort.Tensor> = {
      ids: new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [ids.length]),
      rows: new ort.Tensor("int64", BigInt64Array.from(rows, BigInt), [rows.length]),
      last: new ort.Tensor("int32", Int32Array.of(total - 1), [1]),
      total: new ort.Tensor("int32", Int32Array.of(total), [1]),
    };
    const pastShape = [1, heads, past.length, size];
    for (let layer = 0; layer < layers; layer++) {
      feeds[`past_key.${layer}`] = new ort.Tensor("float32", past.keys[layer], pastShape);
      feeds[`past_value.${layer}`] = new ort.Tensor("float32", past.values[layer], pastShape);
    }
    const outputs = await this.#session.read(feeds, total);
    const data = (name: string) => outputs[name].data as Float32Array;
    return {
      logits: data("logits"),
      keyValues: {
        length: total,
        keys: range(0, layers).map((layer) => data(`key.${layer}`)),
        values: range(0, layers).map((layer) => data(`value.${layer}`)),
      },
      cachedTokens: 0,
    };
  }

  #nothing(): KeyValues {
    const none = range(0, this.#shape.layers).map(() => new Float32Array(0));
    return { length: 0, keys: none, values: none };
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
