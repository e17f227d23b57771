import { accuracyInterval, macroInterval } from "./accuracy_interval.ts";
import { bootstrapMean, type BootstrapOptions, type Stratum } from "./bootstrap.ts";
import { type EvaluationRow, questionKey } from "./evaluation_row.ts";
import { rowsOfSystem } from "./system_id.ts";
import type { Interval } from "./interval.ts";
import { mcnemarExact } from "./mcnemar.ts";
import { signFlipTest } from "./sign_flip_test.ts";
import { strataOf, taskScores } from "./task_scores.ts";

/** Two systems on the tasks that both were scored on. */
export interface PairedComparison {
  /** The first system. */
  readonly a: string;
  /** The second system. */
  readonly b: string;
  /** Macro mean over benchmarks of (a - b), as a share, with its paired bootstrap interval. */
  readonly difference: Interval;
  /** Tasks that only `a` got right. */
  readonly aOnly: number;
  /** Tasks that only `b` got right. */
  readonly bOnly: number;
  /** Two-sided, that both systems are equally good. */
  readonly pValue: number;
  /** McNemar's exact test for independent tasks, the sign-flip test for clusters and seeds. */
  readonly test: "mcnemar" | "sign-flip";
}

/**
 * Compares two systems on the same tasks, pairing task by task (and seed by seed: several seeds of
 * one task are averaged first). Tasks that either was not scored on are left out.
 *
 * @param rows rows of any systems; only those of `a` and `b` are read
 * @param a name or id of a system
 * @param b name or id of the other
 *
 * @example
 * ```ts
 * import { compareSystems } from "@potstill";
 * const none = compareSystems([], "agent student", "CoT student");
 * if (none.difference.n !== 0 || none.pValue !== 1) throw new Error("no tasks, no difference");
 * ```
 */
export function compareSystems(
  rows: readonly EvaluationRow[],
  a: string,
  b: string,
  options: BootstrapOptions = {},
): PairedComparison {
  const scoresA = taskScores(rowsOfSystem(rows, a));
  const scoresB = new Map(
    taskScores(rowsOfSystem(rows, b)).map((s) => [questionKey(s), s]),
  );
  let [aOnly, bOnly] = [0, 0];
  const differences = [];
  for (const score of scoresA) {
    const other = scoresB.get(questionKey(score));
    if (other === undefined) continue;
    differences.push({ ...score, score: score.score - other.score });
    // With several seeds, a task counts for the system that got it right more often.
    if (score.score > other.score) aOnly++;
    else if (score.score < other.score) bOnly++;
  }
  const strata = strataOf(differences);
  const isPlain = differences.every(({ score }) => Number.isInteger(score)) &&
    new Set(differences.map((d) => `${d.benchmark}\n${d.cluster}`)).size === differences.length;
  return {
    a,
    b,
    difference: differences.some(({ score }) => score !== 0)
      ? bootstrapMean(strata, options)
      : noDifference(strata, options.level),
    aOnly,
    bOnly,
    pValue: isPlain ? mcnemarExact(aOnly, bOnly) : signFlipTest(strata, { seed: options.seed }),
    test: isPlain ? "mcnemar" : "sign-flip",
  };
}

/**
 * The systems never differed: resamples of zeros are zeros, which tells nothing of what other tasks
 * would give. The bound is how often they may differ without having done so: Wilson's for 0 of n.
 */
function noDifference(strata: readonly Stratum[], level?: number): Interval {
  const { high, n } = macroInterval(strata.map((stratum) => accuracyInterval(stratum, level)));
  return n === 0 ? bootstrapMean([]) : { estimate: 0, low: -high, high, n };
}
