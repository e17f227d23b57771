import { isTrained, type PackedRow } from "./packed_row.ts";

/** Rows of one run of the training graph, as the flat stream of tokens that it reads. */
export interface MicroBatch {
  /** Length of the stream, n. */
  readonly tokens: number;
  /** Number of predicted tokens, m. */
  readonly trainedTokens: number;
  /** [n] Token ids. */
  readonly ids: Int32Array;
  /** [n] Each token's place in its example. */
  readonly positions: BigInt64Array;
  /** [n] The place in the stream where the example of each token begins. */
  readonly starts: BigInt64Array;
  /** Blocks that attention is cut into. */
  readonly blocks: number;
  /** [blocks] Tokens of each block; none is 0. */
  readonly blockLengths: BigInt64Array;
  /** [blocks] The first place in the stream that a block's tokens look at. */
  readonly blockKeys: BigInt64Array;
  /** [m] Places in the stream that a trained token is predicted from. */
  readonly predictors: Int32Array;
  /** [m] The tokens to predict. */
  readonly targets: Int32Array;
  /** [m] Their weights in the loss. */
  readonly targetWeights: Float32Array;
}

/** About as many tokens as a block of attention has: its scores then stay in a core's cache. */
const BLOCK = 128;

/**
 * Cuts rows into micro-batches of at most `limit` tokens; a longer row is one of its own. They are
 * small so that what flows between the operations of the graph stays in the processor's cache.
 *
 * There is a graph for each number of blocks, so that only few numbers are used.
 */
export function splitBatch(rows: readonly PackedRow[], limit: number): MicroBatch[] {
  const most = blockCount(limit);
  const batches: MicroBatch[] = [];
  let group: PackedRow[] = [];
  let tokens = 0;
  const close = () => {
    if (group.length > 0) batches.push(toMicroBatch(group, tokens));
    group = [];
    tokens = 0;
  };
  for (const row of rows) {
    if (tokens + row.ids.length > limit || group.length === most) close();
    group.push(row);
    tokens += row.ids.length;
  }
  close();
  return batches;
}

/** 1, 4, 8, 16, ... */
function blockCount(tokens: number): number {
  let blocks = 4;
  while (blocks * BLOCK < tokens) blocks *= 2;
  return tokens <= BLOCK / 2 ? 1 : blocks;
}

function toMicroBatch(rows: readonly PackedRow[], tokens: number): MicroBatch {
  const ids = new Int32Array(tokens);
  const positions = new BigInt64Array(tokens);
  const starts = new BigInt64Array(tokens);
  const predictors: number[] = [];
  const weights: number[] = [];
  let at = 0;
  for (const row of rows) {
    ids.set(row.ids, at);
    let start = 0;
    for (const length of row.lengths) {
      const from = at + start;
      starts.fill(BigInt(from), from, from + length);
      for (let i = 0; i < length; i++) {
        positions[from + i] = BigInt(i);
        if (i === 0 || !isTrained(row, start + i)) continue;
        predictors.push(from + i - 1);
        weights.push(row.weights?.[start + i] ?? 1);
      }
      start += length;
    }
    at += row.ids.length;
  }
  const lengths = blockLengths(rows.map((row) => row.ids.length), blockCount(tokens));
  const keys: bigint[] = [];
  let from = 0;
  for (const length of lengths) {
    keys.push(starts[from]);
    from += length;
  }
  return {
    tokens,
    trainedTokens: predictors.length,
    ids,
    positions,
    starts,
    blocks: lengths.length,
    blockLengths: BigInt64Array.from(lengths, BigInt),
    blockKeys: BigInt64Array.from(keys),
    predictors: Int32Array.from(predictors),
    targets: Int32Array.from(predictors, (predictor) => ids[predictor + 1]),
    targetWeights: Float32Array.from(weights),
  };
}

/**
 * Lengths of `blocks` blocks: each row gets one or more of its own, so that no block looks further
 * back than its row; with more rows than blocks, the stream is cut evenly.
 */
function blockLengths(rows: readonly number[], blocks: number): number[] {
  const even = (length: number, parts: number) =>
    Array.from(
      { length: parts },
      (_, i) => Math.floor(((i + 1) * length) / parts) - Math.floor((i * length) / parts),
    );
  if (rows.length > blocks) return even(rows.reduce((a, b) => a + b, 0), blocks);
  const parts = rows.map(() => 1);
  for (let left = blocks - rows.length; left > 0; left--) {
    const sizes = rows.map((length, i) => length / parts[i]);
    parts[sizes.indexOf(Math.max(...sizes))]++;
  }
  return rows.flatMap((length, i) => even(length, parts[i]));
}
