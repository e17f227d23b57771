import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import type { FindingInput, Tier } from "./finding_input.ts";
import type { SeededBenchmark, Statistic } from "./seeded_benchmark.ts";
import { groupContrast, seededBootstrap, type SeededInterval } from "./seeded_bootstrap.ts";
import { pairedDifference, seededTasks, type SystemPair } from "./seeded_tasks.ts";

/** Rows of two systems at one size. */
export interface SizedPair extends SystemPair {
  /** The students' size. */
  readonly size: Tier["size"];
}

/** A figure of pairs of systems, one pair per size; null when they have no task in common. */
export type Measured = (
  pairs: readonly SystemPair[],
  input: FindingInput,
) => SeededInterval | null;

/** A choice of benchmarks. */
export type BenchmarkGroup = (benchmark: SeededBenchmark) => boolean;

/** The pairs of the sizes at which both sides have rows. */
export function sizedPairs(
  tiers: readonly Tier[],
  rows: (cells: Tier["cells"]) => SystemPair,
): SizedPair[] {
  return tiers.map(({ size, cells }) => ({ size, ...rows(cells) }))
    .filter(({ a, b }) => a.length > 0 && b.length > 0);
}

/** Difference in accuracy, paired by task and seed, averaged over the sizes. */
export function accuracy(
  pairs: readonly SystemPair[],
  input: FindingInput,
): SeededInterval | null {
  return pairedDifference(pairs, undefined, input);
}

/** {@link accuracy} within a group of benchmarks; null unless there are others too. */
export function accuracyWithin(isIn: BenchmarkGroup): Measured {
  return overGroups(isIn, (means, benchmarks) => {
    const chosen = means.filter((_, i) => isIn(benchmarks[i]));
    return chosen.reduce((sum, [first]) => sum + first, 0) / chosen.length;
  });
}

/** {@link accuracy} within a group of benchmarks minus that in the others; null unless both exist. */
export function accuracyContrast(isIn: BenchmarkGroup): Measured {
  return overGroups(isIn, groupContrast(isIn));
}

function overGroups(isIn: BenchmarkGroup, statistic: Statistic): Measured {
  return (pairs, input) => {
    const sides = input.cells.flatMap(({ rows }) =>
      rows.map(({ benchmark: name, inDomain, kind }) =>
        isIn({ name, inDomain, isFactual: kind === "qa", tasks: [] })
      )
    );
    if (!sides.includes(true) || !sides.includes(false)) return null;
    return pairedDifference(pairs, statistic, input);
  };
}

/** The rate of counted events per step over all sizes and benchmarks: that of `a` minus that of `b`. */
export function perStep(count: (row: EvaluationRow) => number): Measured {
  return (pairs, input) => {
    const benchmarks = seededTasks(sidesOf(pairs), (rows) => {
      const sums = [0, 0, 0, 0];
      rows.forEach((row, i) => {
        sums[2 * (i % 2)] += count(row);
        sums[2 * (i % 2) + 1] += row.steps;
      });
      return sums;
    });
    if (benchmarks.length === 0) return null;
    return seededBootstrap(benchmarks, (means) => {
      const total = (k: number) => means.reduce((sum, measures) => sum + measures[k], 0);
      const rate = (errors: number, steps: number) => steps === 0 ? 0 : errors / steps;
      return rate(total(0), total(1)) - rate(total(2), total(3));
    }, input);
  };
}

/**
 * A count over a group of benchmarks and all sizes: that of `a` divided by that of `b`; null when
 * `b` has nothing.
 */
export function ratio(
  count: (row: EvaluationRow) => number,
  isIn: BenchmarkGroup = () => true,
): Measured {
  return (pairs, input) => {
    const benchmarks = seededTasks(sidesOf(pairs), (rows) => {
      const sums = [0, 0];
      rows.forEach((row, i) => sums[i % 2] += count(row));
      return sums;
    }).filter(isIn);
    if (benchmarks.length === 0) return null;
    const result = seededBootstrap(benchmarks, (means) => {
      const total = (k: number) => means.reduce((sum, measures) => sum + measures[k], 0);
      return total(0) / total(1);
    }, input);
    return Number.isFinite(result.estimate) ? result : null;
  };
}

/** The rows of `a` and `b` of every pair, in turn. */
export function sidesOf(pairs: readonly SystemPair[]): (readonly EvaluationRow[])[] {
  return pairs.flatMap(({ a, b }) => [a, b]);
}
