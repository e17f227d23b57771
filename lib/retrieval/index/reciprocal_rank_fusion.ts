/**
 * How little the first ranks stand out. Its paper has 60; of 0, 5, 10, 20 and 60, 5 found most of the
 * gold passages of the annotated training questions of HotpotQA and MuSiQue (`docs/real-data.md`).
 */
const FUSION_CONSTANT = 5;

/**
 * Joins rankings of the same things into one: each gets the sum of `1 / (constant + rank)` over the
 * rankings that hold it, with ranks from 1.
 *
 * @param rankings keys, best first
 * @param constant how little the first ranks stand out @default 5
 * @returns keys with their scores, best first; equal scores in the order of first appearance
 * @source Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
 *   individual Rank Learning Methods", SIGIR 2009
 *
 * @example
 * ```ts
 * import { fuseRankings } from "@potstill/retrieval/index/reciprocal_rank_fusion.ts";
 * const fused = fuseRankings([["a", "b"], ["b", "c"]]);
 * if (fused[0][0] !== "b") throw new Error("b is in both");
 * ```
 */
export function fuseRankings<Key>(
  rankings: readonly (readonly Key[])[],
  constant: number = FUSION_CONSTANT,
): [Key, number][] {
  const scores = new Map<Key, number>();
  for (const ranking of rankings) {
    ranking.forEach((key, i) => {
      scores.set(key, (scores.get(key) ?? 0) + 1 / (constant + i + 1));
    });
  }
  return [...scores].sort((a, b) => b[1] - a[1]);
}
