import { headSize, parameterCount, type StudentConfig } from "../config.ts";
import { isTrained, type PackedRow } from "./packed_row.ts";

/**
 * Deals rows to `shares` threads so that each has about as much to compute: the costliest row first,
 * each to the share with the least so far. Depends on nothing but its arguments. A share may be
 * empty.
 */
export function shareRows(
  rows: readonly PackedRow[],
  shares: number,
  config: StudentConfig,
): PackedRow[][] {
  const perToken = parameterCount(config);
  const perPair = config.num_hidden_layers * config.num_attention_heads * headSize(config);
  const costs = rows.map(({ ids }) => ids.length * (perToken + 2 * perPair * ids.length));
  const order = rows.map((_, i) => i).sort((a, b) => costs[b] - costs[a] || a - b);
  const loads = new Array<number>(shares).fill(0);
  const owners = new Array<number>(rows.length);
  for (const row of order) {
    const owner = loads.indexOf(Math.min(...loads));
    owners[row] = owner;
    loads[owner] += costs[row];
  }
  return loads.map((_, share) => rows.filter((_, row) => owners[row] === share));
}

/** Tokens of `rows` that are trained: marked, not of weight 0, and not the first of their example. */
export function trainedTokens(rows: readonly PackedRow[]): number {
  let total = 0;
  for (const row of rows) {
    let start = 0;
    for (const length of row.lengths) {
      for (let i = start + 1; i < start + length; i++) if (isTrained(row, i)) total++;
      start += length;
    }
  }
  return total;
}

/**
 * Checks that a student can read `rows`.
 *
 * @throws {RangeError} naming the token id or the length that does not fit the student
 */
export function checkRows(rows: readonly PackedRow[], config: StudentConfig): void {
  const { vocab_size: vocabSize, max_position_embeddings: positions } = config;
  for (const { ids, lengths } of rows) {
    const bad = ids.find((id) => id < 0 || id >= vocabSize);
    if (bad !== undefined) {
      throw new RangeError(`Cannot train on token id ${bad}: vocab_size is ${vocabSize}`);
    }
    const longest = Math.max(...lengths);
    if (longest > positions) {
      throw new RangeError(
        `Cannot train on an example of ${longest} tokens: max_position_embeddings is ${positions}`,
      );
    }
  }
}
