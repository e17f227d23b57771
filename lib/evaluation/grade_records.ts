import type { Grade } from "../grading/grade.ts";
import {
  type AnswerRecord,
  gradeRecord,
  type RecordGradeOptions,
} from "../grading/grade_record.ts";
import { type AnyMathPolicy, MATH_VERIFY } from "../grading/math_policy.ts";
import type { MathVerify } from "../grading/math_verify/math_verify.ts";

/** Settings for grading many records of answers. */
export interface RecordsGradeOptions extends Omit<RecordGradeOptions, "mathPolicy"> {
  /** The policy for mathematics; `math-verify` needs {@link mathVerify}. @default as of one record */
  readonly mathPolicy?: AnyMathPolicy;
  /** Math-Verify, started. */
  readonly mathVerify?: MathVerify;
  /** Ends the work; its promise is then rejected with the reason. */
  readonly signal?: AbortSignal;
}

/**
 * Grades records, each by the best of its gold answer and its aliases, in their order. Math-Verify
 * reads the answer out of the prediction itself, whatever `extract` says.
 *
 * @throws if the policy is `math-verify` and Math-Verify is not given, or cannot be started
 */
export async function gradeRecords(
  records: readonly AnswerRecord[],
  options: RecordsGradeOptions,
): Promise<Grade[]> {
  const { mathPolicy, mathVerify, signal, ...rest } = options;
  if (rest.kind !== "math" || mathPolicy !== MATH_VERIFY) {
    return records.map((record) =>
      gradeRecord(record, mathPolicy === MATH_VERIFY ? rest : { ...rest, mathPolicy })
    );
  }
  if (mathVerify === undefined) throw new Error("Cannot grade by math-verify: it is not started");
  const pairs = records.flatMap((record, index) =>
    record.prediction === null
      ? []
      : goldsOf(record).map((gold) => ({ index, gold, prediction: record.prediction! }))
  );
  const { deadlineMs } = rest;
  const grades = await mathVerify.grade(pairs, { deadlineMs, signal });
  return records.map((record, index) => {
    const base = { em: null, f1: null, extracted: null };
    if (goldsOf(record).length === 0) {
      return { ...base, verdict: "unscored", why: "no gold answer" };
    }
    if (record.prediction === null) {
      return { ...base, verdict: "wrong", why: "no answer was given" };
    }
    const own = grades.filter((_, i) => pairs[i].index === index);
    return own.find((grade) => grade.verdict === "correct") ??
      own.find((grade) => grade.verdict === "unscored") ?? own[0];
  });
}

function goldsOf({ gold, aliases }: AnswerRecord): string[] {
  return [gold, ...aliases].filter((text) => text.trim() !== "");
}
