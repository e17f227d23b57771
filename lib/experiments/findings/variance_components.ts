import type { SeededBenchmark, Statistic } from "./seeded_benchmark.ts";

/** One cluster of tasks: its number of tasks and the sums of each measure over them, by seed. */
export interface ClusterTotal {
  /** Number of tasks. */
  readonly count: number;
  /** `[seed][measure]`, summed over the cluster's tasks. */
  readonly sums: readonly (readonly number[])[];
}

/**
 * The variance of an estimate by cause, in squared units of the estimate. With `f` times the tasks and
 * `s` seeds it is `tasks / f + seeds / s + both / (f * s)`.
 */
export interface VarianceComponents {
  /** Variance from the choice of tasks, at the present number of them. */
  readonly tasks: number;
  /** Variance between seeds that is the same for all tasks, for one seed; 0 when it cannot be told. */
  readonly seeds: number;
  /** Variance of what one seed does on one task, at the present number of tasks and for one seed. */
  readonly both: number;
}

/** Step of the statistic's numerical gradient, in units of the means. */
const STEP = 1e-5;

/**
 * The variance of a statistic by cause: a two-way analysis of variance, tasks by seeds, of each
 * cluster's influence on the statistic. Components below 0 count as 0. With one seed nothing tells
 * seeds from tasks, and all of it counts as the tasks'.
 *
 * @param totals `[benchmark][cluster]`
 * @param means `[benchmark][measure]` over all tasks and seeds
 *
 * @source two-way random effects: Searle, Casella and McCulloch 1992, "Variance Components", chapter 4;
 * influence of a function of means: Davison and Hinkley 1997, "Bootstrap Methods", section 2.7
 */
export function varianceComponents(
  totals: readonly (readonly ClusterTotal[])[],
  means: readonly (readonly number[])[],
  statistic: Statistic,
  benchmarks: readonly SeededBenchmark[],
): VarianceComponents {
  const seeds = totals[0][0].sums.length;
  const bySeed = new Array<number>(seeds).fill(0);
  let [tasks, both] = [0, 0];
  totals.forEach((clusters, b) => {
    const gradient = means[b].map((_, k) => slope(means, statistic, benchmarks, b, k));
    const influence = influences(clusters, means[b], gradient);
    const rows = influence.map(average);
    const columns = bySeed.map((_, s) => average(influence.map((values) => values[s])));
    columns.forEach((value, s) => bySeed[s] += value);
    const rest = influence.flatMap((values, c) =>
      values.map((value, s) => value - rows[c] - columns[s])
    );
    const cell = ratio(sumOfSquares(rest), (clusters.length - 1) * (seeds - 1));
    const task = Math.max(0, ratio(sumOfSquares(rows), clusters.length - 1) - cell / seeds);
    tasks += task / clusters.length;
    both += cell / clusters.length;
  });
  const between = ratio(sumOfSquares(bySeed), seeds - 1);
  return { tasks, seeds: Math.max(0, between - both), both };
}

/** `[cluster][seed]`: what a cluster adds to the statistic under a seed; the estimate moves by their mean. */
function influences(
  clusters: readonly ClusterTotal[],
  means: readonly number[],
  gradient: readonly number[],
): number[][] {
  const perCluster = clusters.length / clusters.reduce((sum, { count }) => sum + count, 0);
  return clusters.map(({ count, sums }) =>
    sums.map((measures) =>
      perCluster *
      measures.reduce((sum, value, k) => sum + gradient[k] * (value - count * means[k]), 0)
    )
  );
}

function slope(
  means: readonly (readonly number[])[],
  statistic: Statistic,
  benchmarks: readonly SeededBenchmark[],
  b: number,
  k: number,
): number {
  const at = (step: number) =>
    statistic(
      means.map((own, i) => i === b ? own.map((mean, j) => j === k ? mean + step : mean) : own),
      benchmarks,
    );
  const found = (at(STEP) - at(-STEP)) / (2 * STEP);
  return Number.isFinite(found) ? found : 0;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The sum of squares about 0: influences, and what is left of them, have mean 0. */
function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function ratio(sum: number, degrees: number): number {
  return degrees === 0 ? 0 : sum / degrees;
}
