import type { Stratum } from "./bootstrap.ts";
import type { Interval } from "./interval.ts";
import { wilsonInterval } from "./wilson_interval.ts";

/**
 * The mean of one benchmark's task scores with an interval that allows for clusters: Wilson's
 * interval at the effective sample size, the number of independent tasks that would make the mean
 * as uncertain as it is. Without clusters and with scores of 0 and 1 it is Wilson's interval. Unlike
 * the bootstrap it does not shrink to a point when every task is right, or every one wrong.
 *
 * @param stratum scores between 0 and 1, one per task
 * @param level coverage, between 0 and 1. @default 0.95
 * @throws {RangeError} when `clusters` and `values` differ in length
 *
 * @source effective sample size: Kish 1965; with Wilson's interval: Dean and Pagano 2015
 *
 * @example
 * ```ts
 * import { accuracyInterval } from "@potstill/evaluation";
 * const values = [1, 1, 0, 0, 1, 1, 0, 0];
 * const alone = accuracyInterval({ values });
 * const paired = accuracyInterval({ values, clusters: ["a", "a", "b", "b", "c", "c", "d", "d"] });
 * if (paired.high - paired.low <= alone.high - alone.low) throw new Error("clusters tell less");
 * ```
 */
export function accuracyInterval(stratum: Stratum, level = 0.95): Interval {
  const { values, clusters } = stratum;
  if (clusters !== undefined && clusters.length !== values.length) {
    throw new RangeError(
      `Cannot make an interval: ${values.length} values but ${clusters.length} clusters`,
    );
  }
  const n = values.length;
  if (n === 0) return wilsonInterval(0, 0, level);
  const mean = values.reduce((a, b) => a + b, 0) / n;
  // How far each cluster's total is from what the mean would give it.
  const residuals = new Map<string, number>();
  values.forEach((value, i) => {
    const cluster = clusters?.[i] ?? `task ${i}`;
    residuals.set(cluster, (residuals.get(cluster) ?? 0) + value - mean);
  });
  const count = residuals.size;
  let squares = 0;
  for (const residual of residuals.values()) squares += residual * residual;
  const correction = count === n || count === 1 ? 1 : count / (count - 1);
  const variance = (squares / (n * n)) * correction;
  // All right or all wrong: nothing tells how alike a cluster's tasks are, so each counts once.
  const effective = variance === 0 ? count : (mean * (1 - mean)) / variance;
  const { low, high } = wilsonInterval(mean * effective, effective, level);
  return { estimate: mean, low: Math.min(low, mean), high: Math.max(high, mean), n };
}

/**
 * The macro mean of several benchmarks (each weighs the same), its interval put together from
 * theirs. It covers better than the bootstrap when benchmarks have few tasks.
 *
 * @param intervals one per benchmark
 * @source method of variance estimates recovery: Zou and Donner 2008
 *
 * @example
 * ```ts
 * import { wilsonInterval } from "@potstill/evaluation";
 * import { macroInterval } from "@potstill/evaluation/accuracy_interval.ts";
 * const { estimate, low, high } = macroInterval([wilsonInterval(9, 10), wilsonInterval(1, 10)]);
 * if (estimate !== 0.5 || low >= 0.5 || high <= 0.5) throw new Error("not a mean");
 * ```
 */
export function macroInterval(intervals: readonly Interval[]): Interval {
  const k = intervals.length;
  const n = intervals.reduce((sum, interval) => sum + interval.n, 0);
  if (k === 0) return { estimate: NaN, low: 0, high: 1, n };
  const estimate = intervals.reduce((sum, interval) => sum + interval.estimate, 0) / k;
  const below = Math.hypot(...intervals.map((i) => i.estimate - i.low)) / k;
  const above = Math.hypot(...intervals.map((i) => i.high - i.estimate)) / k;
  return { estimate, low: Math.max(0, estimate - below), high: Math.min(1, estimate + above), n };
}
