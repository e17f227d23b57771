import type { SeededBenchmark } from "./seeded_benchmark.ts";
import type { Statistic } from "./seeded_benchmark.ts";
import { sortedQuantile } from "../../evaluation/bootstrap.ts";
import type { Interval } from "../../evaluation/interval.ts";
import { Random } from "../../records/random.ts";
import {
  type ClusterTotal,
  type VarianceComponents,
  varianceComponents,
} from "./variance_components.ts";

/** An interval that allows for the choice of tasks and of seeds. */
export interface SeededInterval extends Interval {
  /** Number of seeds behind it. */
  readonly seeds: number;
  /** Its variance by cause; absent where no task differs from another. */
  readonly variance?: VarianceComponents;
  /**
   * Of a difference of accuracies: half of the width that it would have if no answer differed. Absent where both
   * systems fail at nearly everything, as they are then alike in nothing else.
   */
  readonly noneDiffer?: number;
}

/** Options of {@link seededBootstrap}. */
export interface SeededBootstrapOptions {
  /** Number of resamples. @default 2000 */
  readonly resamples?: number;
  /** Coverage, between 0 and 1. @default 0.95 */
  readonly level?: number;
  /** Seed of the draws. @default 0 */
  readonly seed?: number;
}

/**
 * A statistic with its percentile interval when tasks (or clusters of tasks) within each benchmark and,
 * independently, the seeds are drawn again. Every seed met the same tasks, so both are crossed. Of n
 * seeds n - 1 are drawn: with so few, drawing n would make the seeds' share of the variance a third too
 * small at n = 3. With one seed its chance is not in the interval. Measured coverage with three seeds:
 * 97% where seeds differ little, 90% where they differ by half as much as tasks do.
 *
 * @throws {RangeError} when a task has not as many seeds as the others, or there is no task
 *
 * @source crossed resampling: Owen 2007, "The pigeonhole bootstrap", section 3; n - 1 draws: McCarthy and Snowden 1985
 *
 * @example
 * ```ts
 * import { macroMean, seededBootstrap } from "@potstill/experiments";
 * const task = (cluster: string, ...scores: number[]) =>
 *   ({ cluster, values: scores.map((score) => [score]) });
 * const tasks = [task("a", 1, 1, 0), task("b", 0, 0, 0)];
 * const benchmark = { name: "x", inDomain: true, isFactual: true, tasks };
 * const { estimate, seeds } = seededBootstrap([benchmark], macroMean);
 * if (Math.abs(estimate - 1 / 3) > 1e-12 || seeds !== 3) throw new Error(`${estimate}`);
 * ```
 */
export function seededBootstrap(
  benchmarks: readonly SeededBenchmark[],
  statistic: Statistic,
  options: SeededBootstrapOptions = {},
): SeededInterval {
  const { resamples = 2000, level = 0.95, seed = 0 } = options;
  const seeds = benchmarks[0]?.tasks[0]?.values.length ?? 0;
  if (seeds === 0) throw new RangeError("Cannot bootstrap: there is no task or no seed");
  const totals = benchmarks.map((benchmark) => clusterTotals(benchmark, seeds));
  const all = Array.from({ length: seeds }, (_, i) => i);
  const whole = totals.map((clusters) => mean(clusters, all));
  const random = new Random(seed).fork("seeded-bootstrap");
  const draw = (count: number) => Math.floor(random.next() * count);
  const values = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    const drawnSeeds = Array.from({ length: Math.max(1, seeds - 1) }, () => draw(seeds));
    const means = totals.map((clusters) =>
      mean(clusters.map(() => clusters[draw(clusters.length)]), drawnSeeds)
    );
    values[r] = statistic(means, benchmarks);
  }
  values.sort();
  return {
    estimate: statistic(whole, benchmarks),
    low: sortedQuantile(values, (1 - level) / 2),
    high: sortedQuantile(values, (1 + level) / 2),
    n: benchmarks.reduce((sum, { tasks }) => sum + tasks.length, 0),
    seeds,
    variance: varianceComponents(totals, whole, statistic, benchmarks),
  };
}

/** The mean over benchmarks, each weighing the same, of the first measure. */
export function macroMean(means: readonly (readonly number[])[]): number {
  return average(means.map(([first]) => first));
}

/**
 * The macro mean of the benchmarks that `isIn` chooses, minus that of the others.
 *
 * @throws {RangeError} when one of the groups is empty
 */
export function groupContrast(isIn: (benchmark: SeededBenchmark) => boolean): Statistic {
  return (means, benchmarks) => {
    const group = (wanted: boolean) =>
      means.filter((_, i) => isIn(benchmarks[i]) === wanted).map(([first]) => first);
    const [inside, outside] = [group(true), group(false)];
    if (inside.length === 0 || outside.length === 0) {
      throw new RangeError("Cannot compare groups of benchmarks: one of them is empty");
    }
    return average(inside) - average(outside);
  };
}

function clusterTotals({ name, tasks }: SeededBenchmark, seeds: number): ClusterTotal[] {
  const groups = Map.groupBy(tasks, (task) => task.cluster);
  return [...groups.values()].map((members) => {
    for (const { values } of members) {
      if (values.length !== seeds) {
        throw new RangeError(
          `Cannot bootstrap: a task of ${name} has ${values.length} seeds, another has ${seeds}`,
        );
      }
    }
    return {
      count: members.length,
      sums: members[0].values.map((measures, s) =>
        measures.map((_, k) => members.reduce((sum, { values }) => sum + values[s][k], 0))
      ),
    };
  });
}

function mean(clusters: readonly ClusterTotal[], seeds: readonly number[]): number[] {
  const count = clusters.reduce((sum, cluster) => sum + cluster.count, 0) * seeds.length;
  return clusters[0].sums[0].map((_, k) => {
    let sum = 0;
    for (const { sums } of clusters) for (const s of seeds) sum += sums[s][k];
    return sum / count;
  });
}

function average(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
