import { Random } from "../records/random.ts";
import { bootstrapMean, type BootstrapOptions, type Stratum } from "./bootstrap.ts";
import { type EvaluationRow, questionKey } from "./evaluation_row.ts";
import type { Interval } from "./interval.ts";
import { majorityVote } from "../grading/majority_vote.ts";

/** Accuracy with k samples per task. */
export interface CurvePoint {
  /** Number of samples. */
  readonly k: number;
  /** Chance that at least one of k samples is correct: what a perfect choice among them would reach. */
  readonly passAtK: Interval;
  /** Chance that the majority vote of k samples is correct. */
  readonly majorityAtK: Interval;
}

/** Options of {@link sampleCurves}. */
export interface SampleCurveOptions extends BootstrapOptions {
  /** Numbers of samples. @default the powers of two up to the number of samples that every task has */
  readonly ks?: readonly number[];
  /** Draws of k samples for each majority vote. @default 200 */
  readonly draws?: number;
}

interface SampledTask {
  readonly benchmark: string;
  readonly cluster: string;
  readonly correct: readonly boolean[];
  /** Number of the group of agreeing answers that each sample belongs to; -1 without an answer. */
  readonly groups: readonly number[];
}

/**
 * Pass@k and majority@k of one system from several independent samples of each task (rows of the
 * same task with different seeds), as macro means over the benchmarks with bootstrap intervals.
 * Pass@k is the unbiased estimator; majority@k is the mean over random draws of k samples, ties
 * going to the sample drawn first.
 *
 * @param rows rows of one system; unscored ones are left out
 * @throws {RangeError} when a k is larger than the number of samples of some task
 *
 * @source pass@k: Chen et al. 2021, arXiv 2107.03374, section 2.1; majority: arXiv 2203.11171
 *
 * @example
 * ```ts
 * import { sampleCurves } from "@potstill/evaluation";
 * if (sampleCurves([]).length !== 0) throw new Error("no rows, no curve");
 * ```
 */
export function sampleCurves(
  rows: readonly EvaluationRow[],
  options: SampleCurveOptions = {},
): CurvePoint[] {
  const { draws = 200, seed = 0 } = options;
  const tasks = sampledTasks(rows);
  if (tasks.length === 0) return [];
  const least = Math.min(...tasks.map((task) => task.correct.length));
  const ks = options.ks ?? powersOfTwo(least);
  return ks.map((k) => {
    if (!Number.isInteger(k) || k < 1 || k > least) {
      throw new RangeError(`Cannot draw ${k} samples: some task has ${least}`);
    }
    const random = new Random(seed).fork(`majority-${k}`);
    return {
      k,
      passAtK: bootstrapMean(strata(tasks, (task) => passAtK(task.correct, k)), options),
      majorityAtK: bootstrapMean(
        strata(tasks, (task) => majorityAtK(task, k, draws, random)),
        options,
      ),
    };
  });
}

/**
 * The unbiased estimate of pass@k from n samples, c of them correct: 1 - C(n-c, k) / C(n, k).
 *
 * @source Chen et al. 2021, arXiv 2107.03374, equation 1
 */
export function passAtK(correct: readonly boolean[], k: number): number {
  const n = correct.length;
  const wrong = correct.filter((right) => !right).length;
  if (wrong < k) return 1;
  let allWrong = 1;
  for (let i = 0; i < k; i++) allWrong *= (wrong - i) / (n - i);
  return 1 - allWrong;
}

function majorityAtK(task: SampledTask, k: number, draws: number, random: Random): number {
  const indices = task.correct.map((_, i) => i);
  let right = 0;
  // All samples have one majority; there is nothing to draw but their order.
  for (let d = 0; d < draws; d++) {
    for (let i = 0; i < k; i++) {
      const j = random.integer(i, indices.length - 1);
      [indices[i], indices[j]] = [indices[j], indices[i]];
    }
    const counts = new Map<number, { count: number; sample: number }>();
    for (let i = 0; i < k; i++) {
      const group = task.groups[indices[i]];
      if (group === -1) continue;
      const entry = counts.get(group) ?? { count: 0, sample: indices[i] };
      entry.count++;
      counts.set(group, entry);
    }
    let best = { count: 0, sample: -1 };
    for (const entry of counts.values()) if (entry.count > best.count) best = entry;
    if (best.sample !== -1 && task.correct[best.sample]) right++;
  }
  return right / draws;
}

function sampledTasks(rows: readonly EvaluationRow[]): SampledTask[] {
  const byTask = new Map<string, EvaluationRow[]>();
  for (const row of rows) {
    if (row.verdict === "unscored") continue;
    const key = questionKey(row);
    byTask.set(key, [...byTask.get(key) ?? [], row]);
  }
  return [...byTask.values()].map((samples) => {
    const { groups } = majorityVote(samples.map((row) => row.prediction), samples[0].kind);
    const groupOf = samples.map(() => -1);
    groups.forEach((members, group) => members.forEach((i) => groupOf[i] = group));
    return {
      benchmark: samples[0].benchmark,
      cluster: samples[0].cluster ?? samples[0].taskId,
      correct: samples.map((row) => row.verdict === "correct"),
      groups: groupOf,
    };
  });
}

function strata(tasks: readonly SampledTask[], score: (task: SampledTask) => number): Stratum[] {
  const strata = new Map<string, { values: number[]; clusters: string[] }>();
  for (const task of tasks) {
    const stratum = strata.get(task.benchmark) ?? { values: [], clusters: [] };
    stratum.values.push(score(task));
    stratum.clusters.push(task.cluster);
    strata.set(task.benchmark, stratum);
  }
  return [...strata.values()];
}

function powersOfTwo(limit: number): number[] {
  const ks = [];
  for (let k = 1; k <= limit; k *= 2) ks.push(k);
  return ks;
}
