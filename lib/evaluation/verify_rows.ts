import type { EvaluationRow } from "./evaluation_row.ts";
import type { AnswerRecord } from "../grading/grade_record.ts";
import { gradeRecords } from "./grade_records.ts";
import { MATH_VERIFY } from "../grading/math_policy.ts";
import type { MathVerify } from "../grading/math_verify/math_verify.ts";

/** Options of {@link verifyRows}. */
export interface VerifyRowsOptions {
  /** Math-Verify, started. */
  readonly mathVerify: MathVerify;
  /** A row's gold answers and what was answered, as the system wrote it. */
  readonly recordOf: (row: EvaluationRow) => AnswerRecord;
  /** Ends the work; its promise is then rejected with the reason. */
  readonly signal?: AbortSignal;
  /** Called with the number of rows that are done. */
  readonly onProgress?: (done: number) => void;
}

const BATCH = 64;

/**
 * The rows with Math-Verify's verdicts in mathematics. Rows of questions, and of tasks for which the
 * model could not be asked, stay as they are.
 *
 * @throws if Math-Verify cannot be started
 */
export async function verifyRows(
  rows: readonly EvaluationRow[],
  options: VerifyRowsOptions,
): Promise<EvaluationRow[]> {
  const { mathVerify, recordOf, signal, onProgress = () => {} } = options;
  const verified = [...rows];
  const places = [...rows.keys()].filter((i) =>
    rows[i].kind === "math" && rows[i].policy !== undefined
  );
  for (let at = 0; at < places.length; at += BATCH) {
    const batch = places.slice(at, at + BATCH);
    const grades = await gradeRecords(batch.map((i) => recordOf(rows[i])), {
      kind: "math",
      mathPolicy: MATH_VERIFY,
      mathVerify,
      signal,
    });
    batch.forEach((i, k) =>
      verified[i] = { ...rows[i], verdict: grades[k].verdict, policy: MATH_VERIFY }
    );
    onProgress(at + batch.length);
  }
  return verified;
}
