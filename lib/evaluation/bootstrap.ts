import { Random } from "../records/random.ts";
import type { Interval } from "./interval.ts";

/** The values of one benchmark's tasks. */
export interface Stratum {
  /** One value per task, such as 1 for correct and 0 for wrong. */
  readonly values: readonly number[];
  /** The cluster of each task; tasks of one cluster are drawn together. Absent: each task alone. */
  readonly clusters?: readonly string[];
}

/** Options of {@link bootstrapMean}. */
export interface BootstrapOptions {
  /** Number of resamples. @default 2000 */
  readonly resamples?: number;
  /** Coverage, between 0 and 1. @default 0.95 */
  readonly level?: number;
  /** Seed of the draws. @default 0 */
  readonly seed?: number;
}

// By hand: simple-statistics draws samples with replacement, and knows no strata and clusters.

/**
 * The macro mean over strata (each benchmark weighs the same) with its percentile bootstrap
 * interval: tasks, or whole clusters of tasks, are redrawn within each stratum. One stratum gives
 * the plain mean; differences of paired values give the interval of a paired difference.
 *
 * Strata without values are left out. With none left the estimate is NaN and the interval is from
 * -Infinity to Infinity.
 *
 * @throws {RangeError} when `clusters` and `values` differ in length
 * @source Efron 1979; field-standard clustered form: Miller 2024, arXiv 2411.00640
 *
 * @example
 * ```ts
 * import { bootstrapMean } from "@potstill/evaluation/bootstrap.ts";
 * const mean = bootstrapMean([{ values: [1, 1, 0, 1] }, { values: [0, 0, 1, 0] }], { seed: 7 });
 * if (mean.estimate !== 0.5 || mean.low > 0.5 || mean.high < 0.5) throw new Error("not a mean");
 * ```
 */
export function bootstrapMean(
  strata: readonly Stratum[],
  options: BootstrapOptions = {},
): Interval {
  const { resamples = 2000, level = 0.95, seed = 0 } = options;
  const groups = strata.filter((s) => s.values.length > 0).map(clusterTotals);
  const n = strata.reduce((sum, s) => sum + s.values.length, 0);
  if (groups.length === 0) return { estimate: NaN, low: -Infinity, high: Infinity, n: 0 };
  const estimate = groups.reduce((sum, g) => sum + total(g.sums) / total(g.counts), 0) /
    groups.length;

  const random = new Random(seed).fork("bootstrap");
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let macro = 0;
    for (const { sums, counts } of groups) {
      let [sum, count] = [0, 0];
      for (let i = 0; i < sums.length; i++) {
        const drawn = Math.floor(random.next() * sums.length);
        sum += sums[drawn];
        count += counts[drawn];
      }
      macro += sum / count;
    }
    means[r] = macro / groups.length;
  }
  means.sort();
  return {
    estimate,
    low: sortedQuantile(means, (1 - level) / 2),
    high: sortedQuantile(means, (1 + level) / 2),
    n,
  };
}

/**
 * The `p` quantile of sorted values, interpolated between neighbours, as in NumPy and R; that of
 * simple-statistics takes one of the values.
 */
export function sortedQuantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

function clusterTotals(stratum: Stratum): { sums: number[]; counts: number[] } {
  const { values, clusters } = stratum;
  if (clusters === undefined) return { sums: [...values], counts: values.map(() => 1) };
  if (clusters.length !== values.length) {
    throw new RangeError(
      `Cannot bootstrap: ${values.length} values but ${clusters.length} clusters`,
    );
  }
  const totals = new Map<string, { sum: number; count: number }>();
  values.forEach((value, i) => {
    const entry = totals.get(clusters[i]) ?? { sum: 0, count: 0 };
    entry.sum += value;
    entry.count++;
    totals.set(clusters[i], entry);
  });
  const entries = [...totals.values()];
  return { sums: entries.map((e) => e.sum), counts: entries.map((e) => e.count) };
}

function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
