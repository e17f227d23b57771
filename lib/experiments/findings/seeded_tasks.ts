import { macroInterval } from "../../evaluation/accuracy_interval.ts";
import { type EvaluationRow, questionKey } from "../../evaluation/evaluation_row.ts";
import { wilsonInterval } from "../../evaluation/wilson_interval.ts";
import type { SeededBenchmark, Statistic } from "./seeded_benchmark.ts";
import {
  macroMean,
  seededBootstrap,
  type SeededBootstrapOptions,
  type SeededInterval,
} from "./seeded_bootstrap.ts";

/** Accuracy at or below which two systems that are alike are only alike in failing. */
export const FLOOR = 0.02;

/** A measurement on one task under one seed, from the row of each system: one figure or several. */
export type Measure = (rows: readonly EvaluationRow[]) => readonly number[];

/**
 * The tasks that every system was scored on under every seed that all have in common, with the
 * measurements on each.
 *
 * @param systems rows of one system each, of several seeds
 */
export function seededTasks(
  systems: readonly (readonly EvaluationRow[])[],
  measure: Measure,
): SeededBenchmark[] {
  const scored = systems.map((rows) => rows.filter((row) => row.verdict !== "unscored"));
  const sets = scored.map((rows) => new Set(rows.map((row) => row.seed)));
  const seeds = [...sets[0] ?? []].filter((seed) => sets.every((set) => set.has(seed)))
    .sort((a, b) => a - b);
  const bySystem = scored.map((rows) =>
    new Map(rows.map((row) => [`${questionKey(row)}\n${row.seed}`, row]))
  );
  const benchmarks = new Map<
    string,
    SeededBenchmark & { tasks: SeededBenchmark["tasks"][number][] }
  >();
  const seen = new Set<string>();
  for (const row of scored[0] ?? []) {
    const task = questionKey(row);
    if (seen.has(task)) continue;
    seen.add(task);
    const found = seeds.map((seed) => bySystem.map((rows) => rows.get(`${task}\n${seed}`)));
    if (found.length === 0 || found.flat().includes(undefined)) continue;
    const { benchmark: name, inDomain, kind } = row;
    const entry = benchmarks.get(name) ?? { name, inDomain, isFactual: kind === "qa", tasks: [] };
    entry.tasks.push({
      cluster: row.cluster ?? row.taskId,
      values: found.map((rows) => measure(rows as EvaluationRow[])),
    });
    benchmarks.set(name, entry);
  }
  return [...benchmarks.values()];
}

/** 1 for a correct answer, else 0. */
export function isCorrect(row: EvaluationRow): number {
  return row.verdict === "correct" ? 1 : 0;
}

/** Systems to compare, as `a` minus `b`; several pairs are averaged task by task. */
export interface SystemPair {
  /** Rows of one system. */
  readonly a: readonly EvaluationRow[];
  /** Rows of another. */
  readonly b: readonly EvaluationRow[];
}

/**
 * The difference in accuracy, paired by task and seed and averaged over the pairs of systems; null when
 * they have no task and seed in common.
 *
 * @param statistic of the benchmarks' mean differences. @default their mean
 */
export function pairedDifference(
  pairs: readonly SystemPair[],
  statistic: Statistic = macroMean,
  options: SeededBootstrapOptions = {},
): SeededInterval | null {
  const benchmarks = seededTasks(pairs.flatMap(({ a, b }) => [a, b]), (rows) => {
    const sums = [0, 0];
    rows.forEach((row, i) => sums[i % 2] += isCorrect(row) / pairs.length);
    return [sums[0] - sums[1], ...sums];
  });
  if (benchmarks.length === 0) return null;
  const interval = seededBootstrap(benchmarks, statistic, options);
  const none = noneDiffer(benchmarks, statistic, options.level);
  const result = isAtFloor(benchmarks, statistic) ? interval : { ...interval, noneDiffer: none };
  const differs = benchmarks.some(({ tasks }) =>
    tasks.some(({ values }) => values.some(([difference]) => difference !== 0))
  );
  if (differs) return result;
  // Resamples of zeros tell nothing of what other tasks would give: Wilson's bound for 0 of n does.
  const { variance: _, ...rest } = result;
  return { ...rest, low: -none, high: none };
}

/** Half of the width of a statistic of differences when no answer differs: Wilson's bounds for 0 of n. */
function noneDiffer(
  benchmarks: readonly SeededBenchmark[],
  statistic: Statistic,
  level: number | undefined,
): number {
  const bounds = benchmarks.map(({ tasks }) => wilsonInterval(0, tasks.length, level).high);
  return Math.hypot(...weightsOf(benchmarks, statistic).map((weight, i) => weight * bounds[i]));
}

/** The weight of each benchmark in a statistic that is linear in their means. */
function weightsOf(benchmarks: readonly SeededBenchmark[], statistic: Statistic): number[] {
  return benchmarks.map((_, i) =>
    statistic(benchmarks.map((_, j) => [i === j ? 1 : 0]), benchmarks)
  );
}

/** True if both sides are right on next to nothing of what the statistic is about. */
function isAtFloor(benchmarks: readonly SeededBenchmark[], statistic: Statistic): boolean {
  const weights = weightsOf(benchmarks, statistic);
  const concerned = benchmarks.filter((_, i) => weights[i] !== 0);
  const accuracy = (side: number) =>
    concerned.reduce((sum, { tasks }) => {
      const values = tasks.flatMap((task) => task.values.map((measures) => measures[side]));
      return sum + values.reduce((a, b) => a + b, 0) / values.length;
    }, 0) / concerned.length;
  return Math.max(accuracy(1), accuracy(2)) <= FLOOR;
}

/** The accuracy of one system as the mean over benchmarks; null without rows. */
export function seededAccuracy(
  rows: readonly EvaluationRow[],
  options: SeededBootstrapOptions = {},
): SeededInterval | null {
  const benchmarks = seededTasks([rows], ([row]) => [isCorrect(row)]);
  if (benchmarks.length === 0) return null;
  const result = seededBootstrap(benchmarks, macroMean, options);
  if (result.low < result.high) return result;
  // All right or all wrong: Wilson's interval does not shrink to a point.
  const { low, high } = macroInterval(
    benchmarks.map(({ tasks }) =>
      wilsonInterval(result.estimate * tasks.length, tasks.length, options.level)
    ),
  );
  const { variance: _, ...rest } = result;
  return { ...rest, low, high };
}
