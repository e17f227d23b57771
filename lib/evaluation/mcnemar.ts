/**
 * McNemar's exact test of two systems on the same tasks: the two-sided probability of a split at
 * least as uneven as `aOnly` against `bOnly` when both systems are equally good. Tasks on which
 * both are right or both wrong say nothing and are left out. It assumes independent tasks.
 *
 * @param aOnly tasks that only the first system got right
 * @param bOnly tasks that only the second system got right
 * @returns a probability from 0 to 1; 1 when no task tells the systems apart
 * @throws {RangeError} when a count is negative or not whole
 *
 * @source McNemar 1947, in the exact (binomial) form
 *
 * @example
 * ```ts
 * import { mcnemarExact } from "@potstill/evaluation/mcnemar.ts";
 * if (mcnemarExact(1, 9).toFixed(4) !== "0.0215") throw new Error("not McNemar");
 * ```
 */
export function mcnemarExact(aOnly: number, bOnly: number): number {
  for (const count of [aOnly, bOnly]) {
    if (!Number.isInteger(count) || count < 0) {
      throw new RangeError(`Cannot test: ${count} is not a count`);
    }
  }
  const n = aOnly + bOnly;
  const fewer = Math.min(aOnly, bOnly);
  // Summed as logarithms: 2^-n underflows beyond about a thousand tasks. By hand, as the binomial
  // distribution of @stdlib brings more than 200 packages.
  let logTerm = -n * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let k = 1; k <= fewer; k++) {
    logTerm += Math.log((n - k + 1) / k);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}
