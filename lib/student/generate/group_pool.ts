import * as ort from "onnxruntime-node";
import { type CacheShape, copyHeads, type KeyValues } from "./key_values.ts";
import type { StudentSession } from "./student_session.ts";

/** A running sample, as far as the pool is concerned. */
export interface PoolRow {
  /** The last token, whose keys and values are still to be computed. */
  lastToken: number;
  /** Tokens in the suffix, without the last one. */
  suffixLength: number;
}

/** The samples of one prompt; empty slots are null. */
export interface PoolGroup<Row extends PoolRow> {
  /** Tokens of the prompt. */
  readonly prefixLength: number;
  /** The samples, by slot. */
  readonly rows: (Row | null)[];
}

/** Capacities are multiples of this, which keeps results independent of them. */
const BLOCK_TOKENS = 64;

/**
 * The caches of groups that decode together: groups with as many slots, and prefixes of like length.
 * Group g of the pool has its prefix at place g of the prefix arrays and its suffixes at place g of
 * the suffix arrays; a group that ends gives its place to the last one.
 */
export class GroupPool<Row extends PoolRow> {
  /** Samples in a group, at most. */
  readonly slots: number;
  /** Tokens in a prefix, at most. */
  readonly prefixCapacity: number;
  readonly #session: StudentSession;
  readonly #shape: CacheShape;
  readonly #vocabSize: number;
  readonly #groups: PoolGroup<Row>[] = [];
  #room = 0;
  #suffixCapacity = BLOCK_TOKENS;
  /** Keys then values, layer by layer. */
  #prefix: Float32Array[] = [];
  #suffix: Float32Array[] = [];
  #prefixBias = new Float32Array(0);
  #suffixBias = new Float32Array(0);

  /**
   * An empty pool.
   * @param session of the graph of `buildStudentGraph`
   * @param slots samples in a group, at most
   * @param prefixCapacity tokens in a prefix, at most; a multiple of 64
   */
  constructor(
    session: StudentSession,
    shape: CacheShape,
    slots: number,
    prefixCapacity: number,
    vocabSize: number,
  ) {
    this.#session = session;
    this.#shape = shape;
    this.slots = slots;
    this.prefixCapacity = prefixCapacity;
    this.#vocabSize = vocabSize;
    this.#allocate(1);
  }

  /** Groups that are running. */
  get groups(): readonly PoolGroup<Row>[] {
    return this.#groups;
  }

  /** Tokens by which the prefixes are filled up to the capacity. */
  get unusedTokens(): number {
    const used = this.#groups.reduce((sum, { prefixLength }) => sum + prefixLength, 0);
    return this.#groups.length * this.prefixCapacity - used;
  }

  /** Bytes of the caches. */
  get bytes(): number {
    const arrays = [...this.#prefix, ...this.#suffix];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Adds a group whose prefix is `prefix`, at most as long as the pool allows. */
  add(rows: readonly Row[], prefix: KeyValues): PoolGroup<Row> {
    if (this.#groups.length === this.#room) this.#allocate(this.#room * 2);
    const slots: (Row | null)[] = Array.from({ length: this.slots }, (_, i) => rows[i] ?? null);
    const group = { prefixLength: prefix.length, rows: slots };
    const place = this.#groups.push(group) - 1;
    const perGroup = this.#prefixSize;
    for (let layer = 0; layer < this.#shape.layers; layer++) {
      [prefix.keys[layer], prefix.values[layer]].forEach((from, kind) => {
        const to = this.#prefix[2 * layer + kind];
        const capacity = this.prefixCapacity;
        copyHeads(this.#shape, from, prefix.length, to, place * perGroup, capacity, prefix.length);
      });
    }
    const start = place * this.prefixCapacity;
    this.#prefixBias.fill(-Infinity, start, start + this.prefixCapacity);
    this.#prefixBias.fill(0, start, start + prefix.length);
    this.#fillSuffixBias(place);
    return group;
  }

  /** Takes out groups none of whose samples is running. */
  removeEnded(): void {
    for (let place = this.#groups.length - 1; place >= 0; place--) {
      if (this.#groups[place].rows.some((row) => row !== null)) continue;
      const last = this.#groups.pop()!;
      if (place < this.#groups.length) {
        this.#groups[place] = last;
        this.#move(this.#groups.length, place);
      }
    }
  }

  /**
   * Computes the tokens that follow. Every running row's last token joins its suffix.
   * @returns the rows and their logits, [rows, vocab]
   */
  async step(): Promise<{ readonly rows: readonly Row[]; readonly logits: Float32Array }> {
    this.#makeRoomForToken();
    const rows: Row[] = [];
    const count = this.#groups.length * this.slots;
    const slotRows = new BigInt64Array(count);
    const rowSlots: bigint[] = [];
    const positions: bigint[] = [];
    this.#groups.forEach((group, place) =>
      group.rows.forEach((row, slot) => {
        if (row === null) return;
        const at = place * this.slots + slot;
        slotRows[at] = BigInt(rows.length);
        rowSlots.push(BigInt(at));
        positions.push(BigInt(group.prefixLength + row.suffixLength));
        rows.push(row);
      })
    );
    const outputs = await this.#session.decode({
      ids: int64(rows.map((row) => BigInt(row.lastToken))),
      rows: int64(rows.map((_, i) => BigInt(i))),
      positions: int64(positions),
      slot_rows: int64(slotRows),
      row_slots: int64(rowSlots),
      slots: int64([BigInt(this.slots)]),
      ...this.#caches(),
    }, positions.reduce((most, at) => Math.max(most, Number(at) + 1), 1));
    this.#write(outputs.new.data as Float32Array);
    return { rows, logits: outputs.logits.data as Float32Array };
  }

  get #prefixSize(): number {
    return this.#shape.heads * this.prefixCapacity * this.#shape.size;
  }

  get #suffixSize(): number {
    return this.#shape.heads * this.slots * this.#suffixCapacity * this.#shape.size;
  }

  #caches(): Record<string, ort.Tensor> {
    const { layers, heads, size } = this.#shape;
    const count = this.#groups.length;
    const [slots, prefix, suffix] = [this.slots, this.prefixCapacity, this.#suffixCapacity];
    const prefixShape = [count, heads, prefix, size];
    const suffixShape = [count, heads, slots, suffix, size];
    const view = (array: Float32Array, each: number, shape: readonly number[]) =>
      new ort.Tensor("float32", array.subarray(0, count * each), shape);
    const feeds: Record<string, ort.Tensor> = {
      prefix_bias: view(this.#prefixBias, prefix, [count, 1, 1, prefix]),
      suffix_bias: view(this.#suffixBias, slots * suffix, [count, 1, slots, 1, suffix]),
    };
    for (let layer = 0; layer < layers; layer++) {
      ["key", "value"].forEach((kind, k) => {
        const at = 2 * layer + k;
        feeds[`prefix_${kind}.${layer}`] = view(this.#prefix[at], this.#prefixSize, prefixShape);
        feeds[`suffix_${kind}.${layer}`] = view(this.#suffix[at], this.#suffixSize, suffixShape);
      });
    }
    return feeds;
  }

  /** Puts the new keys and values, [groups * slots, layers, 2, kv heads, head size], in place. */
  #write(fresh: Float32Array): void {
    const { layers, heads, size } = this.#shape;
    const [slots, capacity] = [this.slots, this.#suffixCapacity];
    this.#groups.forEach((group, place) =>
      group.rows.forEach((row, slot) => {
        if (row === null) return;
        let from = (place * slots + slot) * 2 * layers * heads * size;
        for (let array = 0; array < 2 * layers; array++) {
          const to = this.#suffix[array];
          for (let head = 0; head < heads; head++) {
            const sequence = (place * heads + head) * slots + slot;
            let at = (sequence * capacity + row.suffixLength) * size;
            // Shorter than one call of set() on a subarray.
            for (const end = at + size; at < end; at++, from++) to[at] = fresh[from];
          }
        }
        this.#suffixBias[(place * slots + slot) * capacity + row.suffixLength] = 0;
        row.suffixLength++;
      })
    );
  }

  #fillSuffixBias(place: number): void {
    const capacity = this.#suffixCapacity;
    this.#groups[place].rows.forEach((row, slot) => {
      const start = (place * this.slots + slot) * capacity;
      this.#suffixBias.fill(-Infinity, start, start + capacity);
      this.#suffixBias.fill(0, start, start + (row?.suffixLength ?? 0));
    });
  }

  #move(from: number, to: number): void {
    const move = (array: Float32Array, each: number) =>
      array.copyWithin(to * each, from * each, (from + 1) * each);
    for (const array of this.#prefix) move(array, this.#prefixSize);
    for (const array of this.#suffix) move(array, this.#suffixSize);
    move(this.#prefixBias, this.prefixCapacity);
    move(this.#suffixBias, this.slots * this.#suffixCapacity);
  }

  /** Makes room for `room` groups; present groups stay. */
  #allocate(room: number): void {
    const grow = (old: Float32Array | undefined, each: number) => {
      const array = new Float32Array(room * each);
      if (old !== undefined) array.set(old);
      return array;
    };
    this.#room = room;
    const arrays = Array.from({ length: 2 * this.#shape.layers }, (_, i) => i);
    this.#prefix = arrays.map((i) => grow(this.#prefix[i], this.#prefixSize));
    this.#suffix = arrays.map((i) => grow(this.#suffix[i], this.#suffixSize));
    this.#prefixBias = grow(this.#prefixBias, this.prefixCapacity);
    this.#suffixBias = grow(this.#suffixBias, this.slots * this.#suffixCapacity);
  }

  /** Fits the suffix capacity to the longest running sample. */
  #makeRoomForToken(): void {
    const rows = this.#groups.flatMap((group) => group.rows);
    const longest = Math.max(...rows.map((row) => row?.suffixLength ?? 0)) + 1;
    const wanted = Math.ceil(longest / BLOCK_TOKENS) * BLOCK_TOKENS;
    const old = this.#suffixCapacity;
    if (wanted === old) return;
    const { heads, size } = this.#shape;
    this.#suffixCapacity = wanted;
    this.#suffix = this.#suffix.map((from) => {
      const to = new Float32Array(this.#room * this.#suffixSize);
      const sequences = this.#groups.length * heads * this.slots;
      const kept = Math.min(old, wanted) * size;
      for (let i = 0; i < sequences; i++) {
        const start = i * old * size;
        to.set(from.subarray(start, start + kept), i * wanted * size);
      }
      return to;
    });
    this.#suffixBias = new Float32Array(this.#room * this.slots * wanted);
    this.#groups.forEach((_, place) => this.#fillSuffixBias(place));
  }
}

function int64(values: BigInt64Array | readonly bigint[]): ort.Tensor {
  const data = values instanceof BigInt64Array ? values : BigInt64Array.from(values);
  return new ort.Tensor("int64", data, [data.length]);
}
