import { Random } from "../records/random.ts";
import type { Stratum } from "./bootstrap.ts";

/** Options of {@link signFlipTest}. */
export interface SignFlipOptions {
  /** Random assignments of signs. @default 5000 */
  readonly draws?: number;
  /** Seed of the draws. @default 0 */
  readonly seed?: number;
}

// By hand: the permutation test of simple-statistics knows no pairs, clusters or strata.

/**
 * A permutation test of paired differences: if two systems are equally good, which of them got a
 * cluster's tasks right more often is a matter of chance, so the sign of each cluster's total may be
 * flipped. It is McNemar's test for tasks that come in clusters or with several seeds.
 *
 * @param strata differences of paired scores, one stratum a benchmark; their macro mean is tested
 * @returns the two-sided probability, never below 1 / (draws + 1)
 *
 * @example
 * ```ts
 * import { signFlipTest } from "@potstill/evaluation/sign_flip_test.ts";
 * const p = signFlipTest([{ values: [1, 1, 1, 1, 1, 1, 1, 1, 1, 0] }]);
 * if (p > 0.02) throw new Error("nine wins to none are no chance");
 * ```
 */
export function signFlipTest(strata: readonly Stratum[], options: SignFlipOptions = {}): number {
  const { draws = 5000, seed = 0 } = options;
  const used = strata.filter((stratum) => stratum.values.length > 0);
  // Each cluster's share in the macro mean.
  const shares = used.flatMap(({ values, clusters }) => {
    const totals = new Map<string, number>();
    values.forEach((value, i) => {
      const cluster = clusters?.[i] ?? `task ${i}`;
      totals.set(cluster, (totals.get(cluster) ?? 0) + value);
    });
    return [...totals.values()].map((total) => total / (values.length * used.length));
  }).filter((share) => share !== 0);
  if (shares.length === 0) return 1;
  const observed = Math.abs(shares.reduce((a, b) => a + b, 0));
  const random = new Random(seed).fork("sign-flip");
  let extreme = 0;
  for (let d = 0; d < draws; d++) {
    let sum = 0;
    for (const share of shares) sum += random.next() < 0.5 ? share : -share;
    // Sums in another order differ in their last bits.
    if (Math.abs(sum) >= observed - 1e-12) extreme++;
  }
  return (extreme + 1) / (draws + 1);
}
