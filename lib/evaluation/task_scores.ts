import type { Stratum } from "./bootstrap.ts";
import { type EvaluationRow, questionKey } from "./evaluation_row.ts";

/** One task's mean score over the seeds it was run with. */
export interface TaskScore {
  /** The benchmark's name. */
  readonly benchmark: string;
  /** The task's id within its benchmark. */
  readonly taskId: string;
  /** The task's own cluster, or its id when it stands alone. */
  readonly cluster: string;
  /** Share of seeds that were correct, 0 to 1. */
  readonly score: number;
}

/**
 * The scored rows of one system, one entry per task: several seeds of a task are repeats of one
 * question, not further questions, so they are averaged. Unscored rows are left out.
 */
export function taskScores(rows: readonly EvaluationRow[]): TaskScore[] {
  const totals = new Map<string, { row: EvaluationRow; correct: number; count: number }>();
  for (const row of rows) {
    if (row.verdict === "unscored") continue;
    const key = questionKey(row);
    const entry = totals.get(key) ?? { row, correct: 0, count: 0 };
    entry.correct += row.verdict === "correct" ? 1 : 0;
    entry.count++;
    totals.set(key, entry);
  }
  return [...totals.values()].map(({ row, correct, count }) => ({
    benchmark: row.benchmark,
    taskId: row.taskId,
    cluster: row.cluster ?? row.taskId,
    score: correct / count,
  }));
}

/** The scores as one stratum a benchmark, in order of first appearance. */
export function strataOf(scores: readonly TaskScore[]): Stratum[] {
  const strata = new Map<string, { values: number[]; clusters: string[] }>();
  for (const { benchmark, cluster, score } of scores) {
    const stratum = strata.get(benchmark) ?? { values: [], clusters: [] };
    stratum.values.push(score);
    stratum.clusters.push(cluster);
    strata.set(benchmark, stratum);
  }
  return [...strata.values()];
}
