import type { Interval } from "./interval.ts";
import { normalQuantile } from "./normal_quantile.ts";

// By hand: simple-statistics does not have it, and effective sample sizes are fractions.

/**
 * Wilson's score interval of a proportion. Unlike the bootstrap it stays honest at 0 and at 1 and
 * with few tasks; it assumes independent tasks.
 *
 * @param successes number of successes, 0 to `n`
 * @param n number of trials; 0 gives the interval from 0 to 1 and the estimate NaN
 * @param level coverage, between 0 and 1. @default 0.95
 * @throws {RangeError} when `successes` is not within 0 and `n`, or `level` not within 0 and 1
 *
 * @source Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference"
 *
 * @example
 * ```ts
 * import { wilsonInterval } from "@potstill/evaluation";
 * const { low, high } = wilsonInterval(8, 10);
 * if (low.toFixed(3) !== "0.490" || high.toFixed(3) !== "0.943") throw new Error("not Wilson");
 * ```
 */
export function wilsonInterval(successes: number, n: number, level = 0.95): Interval {
  if (!(successes >= 0 && successes <= n)) {
    throw new RangeError(`Cannot make an interval: ${successes} successes of ${n} trials`);
  }
  const z = normalQuantile(0.5 + level / 2);
  if (n === 0) return { estimate: NaN, low: 0, high: 1, n };
  const p = successes / n;
  const shrink = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / shrink;
  const half = (z / shrink) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return {
    estimate: p,
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
    n,
  };
}
