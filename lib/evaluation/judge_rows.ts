import { type Agreement, agreement } from "./agreement.ts";
import type { Verdict } from "../records/verdict.ts";
import { forEachConcurrently } from "../runs/for_each_concurrently.ts";
import type { EvaluationRow } from "./evaluation_row.ts";
import type { Judge } from "./llm_judge.ts";

/** Settings of {@link judgeRows}. */
export interface JudgeRowsOptions {
  /** Asked about every answer to a question. */
  readonly judge: Judge;
  /** Written into the rows as their grader, such as `judge gpt-4o-mini`. */
  readonly grader: string;
  /** The question of a row; null leaves the row as it is. */
  readonly questionOf: (row: EvaluationRow) => string | null;
  /** Judgements asked for at once. @default 8 */
  readonly concurrency?: number;
  /** Told after each judgement. */
  readonly onProgress?: (done: number) => void;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/**
 * Gives the answers to questions the verdict of a judge; exact match and F1 stay beside it. Mathematics
 * and rows without a verdict stay as they are.
 *
 * @throws {GenerationError} when the judge cannot be asked
 *
 * @source arXiv 2505.17612, section 4: questions are graded by a language model, mathematics by match
 */
export async function judgeRows(
  rows: readonly EvaluationRow[],
  options: JudgeRowsOptions,
): Promise<EvaluationRow[]> {
  const judged = [...rows];
  const todo = rows.map((row, index) => ({ row, index, question: options.questionOf(row) }))
    .filter(({ row, question }) =>
      question !== null && row.kind === "qa" && row.verdict !== "unscored"
    );
  let done = 0;
  const pool = { concurrency: options.concurrency ?? 8, signal: options.signal };
  await forEachConcurrently(todo, pool, async ({ row, index, question }, signal) => {
    const { verdict } = await options.judge({
      question: question!,
      gold: row.gold,
      prediction: row.prediction ?? "",
    }, signal);
    judged[index] = { ...row, verdict, grader: options.grader };
    options.onProgress?.(++done);
  });
  return judged;
}

/** The agreement of verdicts on questions with exact match; null when there are none. */
export function agreementWithExactMatch(rows: readonly EvaluationRow[]): Agreement | null {
  const compared = rows.filter((row) => row.kind === "qa" && row.em !== null);
  if (compared.length === 0) return null;
  const exact = compared.map((row): Verdict => row.em === 1 ? "correct" : "wrong");
  return agreement(exact, compared.map((row) => row.verdict));
}
