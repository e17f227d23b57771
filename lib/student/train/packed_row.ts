import { Random } from "../../records/random.ts";
import type { TokenizedExample } from "../../training_data/tokenized_example.ts";

/** One or more whole examples behind each other, which do not see each other. */
export interface PackedRow {
  /** Token ids. */
  readonly ids: Int32Array;
  /** 1 where the token is to be predicted from those before it in its example. */
  readonly trained: Uint8Array;
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
 * @throws {RangeError} when an example's `trained` is not as long as its `ids`, or `difficulty` not
 *   as the examples
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

function usablePart(example: TokenizedExample, index: number): TokenizedExample {
  const { ids, trained } = example;
  if (ids.length !== trained.length) {
    throw new RangeError(
      `Cannot pack example ${index}: it has ${ids.length} ids but ${trained.length} marks in trained`,
    );
  }
  const last = trained.lastIndexOf(1);
  const end = last < 1 ? 0 : last + 1;
  return { ids: ids.subarray(0, end), trained: trained.subarray(0, end) };
}

function toRow(examples: readonly TokenizedExample[], length: number): PackedRow {
  const ids = new Int32Array(length);
  const trained = new Uint8Array(length);
  let at = 0;
  for (const example of examples) {
    ids.set(example.ids, at);
    trained.set(example.trained, at);
    trained[at] = 0;
    at += example.ids.length;
  }
  return { ids, trained, lengths: examples.map((example) => example.ids.length) };
}
