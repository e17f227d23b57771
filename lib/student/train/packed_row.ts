import { Random } from "../../records/random.ts";
import type { TokenizedExample } from "../../training_data/tokenized_example.ts";

/** One or more whole examples behind each other, which do not see each other. */
export interface PackedRow {
  /** Token ids. */
  readonly ids: Int32Array;
  /** 1 where the token is to be predicted from those before it in its example. */
  readonly trained: Uint8Array;
  /** Weight of each trained token in the loss; one of weight 0 is not trained. @default 1 for each */
  readonly weights?: Float32Array;
  /** Tokens of each example of the row; their sum is the row's length. */
  readonly lengths: readonly number[];
}

/** Settings of {@link packExamples}. */
export interface PackOptions {
  /**
   * A row takes further examples while it stays within this many tokens. An example that is longer
   * forms a row of its own.
   * @default 256
   */
  readonly rowLength?: number;
  /** Decides the order of the examples. */
  readonly seed: string | number;
  /** Difficulty per example: from low to high, at random where equal. @default all at random */
  readonly difficulty?: readonly number[];
}

/**
 * Shuffles examples and packs them into rows. Rows are exactly as long as their examples, so there
 * is no padding at all: packing only saves the overhead of very short rows. Tokens after the last
 * trained one of an example teach nothing and are left out, and so are examples without any.
 *
 * @throws {RangeError} when an example's `trained` or `weights` are not as long as its `ids`, a weight
 *   is not finite, or `difficulty` is not as long as the examples
 *
 * @example
 * ```ts
 * import { packExamples } from "@potstill/student";
 * const example = { ids: Int32Array.of(5, 6, 7), trained: Uint8Array.of(0, 1, 1) };
 * const rows = packExamples([example, example, example], { rowLength: 6, seed: 1 });
 * if (rows.map((row) => row.ids.length).join() !== "6,3") throw new Error("packed otherwise");
 * ```
 */
export function packExamples(
  examples: readonly TokenizedExample[],
  options: PackOptions,
): PackedRow[] {
  const rowLength = options.rowLength ?? 256;
  const { difficulty } = options;
  if (difficulty !== undefined && difficulty.length !== examples.length) {
    throw new RangeError(
      `Cannot pack examples: difficulty has ${difficulty.length} numbers for ${examples.length}`,
    );
  }
  const usable = examples
    .map((example, i) => ({ ...usablePart(example, i), difficulty: difficulty?.[i] ?? 0 }))
    .filter((example) => example.ids.length > 0);
  const rows: PackedRow[] = [];
  let open: TokenizedExample[] = [];
  let length = 0;
  const close = () => {
    if (open.length > 0) rows.push(toRow(open, length));
    open = [];
    length = 0;
  };
  const shuffled = new Random(options.seed).fork("pack").shuffle(usable);
  for (const example of shuffled.sort((a, b) => a.difficulty - b.difficulty)) {
    if (length + example.ids.length > rowLength) close();
    open.push(example);
    length += example.ids.length;
  }
  close();
  return rows;
}

/**
 * Groups rows, in order, into batches of at least `batchTokens` tokens; the last may be smaller.
 */
export function batchRows(rows: readonly PackedRow[], batchTokens: number): PackedRow[][] {
  const batches: PackedRow[][] = [];
  let tokens = Infinity;
  for (const row of rows) {
    if (tokens >= batchTokens) {
      batches.push([]);
      tokens = 0;
    }
    batches.at(-1)!.push(row);
    tokens += row.ids.length;
  }
  return batches;
}

/**
 * Each example as a row of its own, in their order: whole up to its last trained token, and without
 * those that train none.
 *
 * @throws {RangeError} as {@link packExamples}
 */
export function exampleRows(examples: readonly TokenizedExample[]): PackedRow[] {
  return examples.map(usablePart).filter(({ ids }) => ids.length > 0).map((example) =>
    toRow([example], example.ids.length)
  );
}

/** True if token `i` of a row or an example is one to predict, and counts. */
export function isTrained({ trained, weights }: Omit<TokenizedExample, "ids">, i: number): boolean {
  return trained[i] === 1 && weights?.[i] !== 0;
}

function usablePart(example: TokenizedExample, index: number): TokenizedExample {
  const { ids, trained, weights } = example;
  if (ids.length !== trained.length) {
    throw new RangeError(
      `Cannot pack example ${index}: it has ${ids.length} ids but ${trained.length} marks in trained`,
    );
  }
  if (weights !== undefined && ids.length !== weights.length) {
    throw new RangeError(
      `Cannot pack example ${index}: it has ${ids.length} ids but ${weights.length} weights`,
    );
  }
  const bad = weights?.findIndex((weight) => !Number.isFinite(weight)) ?? -1;
  if (bad >= 0) {
    throw new RangeError(`Cannot pack example ${index}: weights[${bad}] is ${weights![bad]}`);
  }
  let end = ids.length;
  while (end > 1 && !isTrained(example, end - 1)) end--;
  if (end <= 1) end = 0;
  return {
    ids: ids.subarray(0, end),
    trained: trained.subarray(0, end),
    ...(weights === undefined ? {} : { weights: weights.subarray(0, end) }),
  };
}

function toRow(examples: readonly TokenizedExample[], length: number): PackedRow {
  const ids = new Int32Array(length);
  const trained = new Uint8Array(length);
  const isWeighted = examples.some(({ weights }) => weights !== undefined);
  const weights = isWeighted ? new Float32Array(length).fill(1) : undefined;
  let at = 0;
  for (const example of examples) {
    ids.set(example.ids, at);
    trained.set(example.trained, at);
    trained[at] = 0;
    if (example.weights !== undefined) weights!.set(example.weights, at);
    at += example.ids.length;
  }
  return {
    ids,
    trained,
    ...(weights === undefined ? {} : { weights }),
    lengths: examples.map((example) => example.ids.length),
  };
}
