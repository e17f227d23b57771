import { type EvaluationRow, questionKey } from "./evaluation_row.ts";
import type { Interval } from "./interval.ts";
import { strataOf, taskScores } from "./task_scores.ts";

/** The spread of a system's mean over seeds. */
export interface SeedSpread {
  /** The system's name. */
  readonly system: string;
  /** The macro mean of each seed, by seed. */
  readonly means: readonly { readonly seed: number; readonly mean: number }[];
  /** Standard deviation of the seeds' means (n - 1); NaN with one seed. */
  readonly deviation: number;
  /** Mean over the seeds, with Student's t interval over the choice of seeds. */
  readonly mean: Interval;
}

// By hand: @stdlib's quantile brings 232 packages (33 MB) for a table of 30 numbers.
/** 97.5% quantiles of Student's t with 1 to 30 degrees of freedom. @source Student 1908, any table */
const T_975 = [
  [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  [2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086],
  [2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042],
].flat();

/**
 * The spread of a system's macro mean over seeds, such as training seeds. Only seeds that were scored on
 * every task that any seed was scored on are compared: a seed with easier tasks is no better seed.
 *
 * @param rows rows of one system
 *
 * @example
 * ```ts
 * import { seedSpread } from "@potstill/evaluation/seed_spread.ts";
 * if (seedSpread([]).means.length !== 0) throw new Error("no rows, no seeds");
 * ```
 */
export function seedSpread(rows: readonly EvaluationRow[]): SeedSpread {
  const scored = rows.filter((row) => row.verdict !== "unscored");
  const tasks = new Set(scored.map(questionKey));
  const seeds = [...new Set(scored.map((row) => row.seed))].sort((a, b) => a - b);
  const means = seeds.flatMap((seed) => {
    const ofSeed = scored.filter((row) => row.seed === seed);
    if (new Set(ofSeed.map(questionKey)).size < tasks.size) return [];
    const strata = strataOf(taskScores(ofSeed)).map(({ values }) => average(values));
    return [{ seed, mean: average(strata) }];
  });
  const values = means.map(({ mean }) => mean);
  const n = values.length;
  const estimate = average(values);
  const squares = values.reduce((sum, value) => sum + (value - estimate) ** 2, 0);
  const deviation = n < 2 ? NaN : Math.sqrt(squares / (n - 1));
  const half = n < 2 ? Infinity : t975(n - 1) * deviation / Math.sqrt(n);
  return {
    system: rows[0]?.system ?? "",
    means,
    deviation,
    mean: { estimate, low: Math.max(0, estimate - half), high: Math.min(1, estimate + half), n },
  };
}

/** The 97.5% quantile of Student's t; beyond the table by Fisher's expansion, to three decimals. */
function t975(freedom: number): number {
  return T_975[freedom - 1] ?? 1.95996 + 2.37227 / freedom + 2.82225 / freedom ** 2;
}

function average(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
