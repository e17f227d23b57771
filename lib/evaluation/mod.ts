/**
 * Tasks and the judgement of answers: the lab's world and question families, benchmark files,
 * graders, statistics. Systems are evaluated by `evaluateSystem` of `@potstill`.
 *
 * @module
 */

// The lab
export { labPassages } from "../lab/corpus/lab_passages.ts";
export { drawTasks } from "../lab/question_family.ts";
export { labMath } from "../lab/math/lab_math.ts";
export { mathFamily } from "../lab/math/math_family.ts";
export type { MathKind } from "../lab/math/math_kind.ts";

// Benchmark files
export { benchmarkFromBytes } from "../tasks/load_benchmark.ts";

// Graders
export { gradeTask } from "../grading/grade_task.ts";
export { policyOf } from "../grading/task_policy.ts";
export { gradeMath } from "../grading/grade_math.ts";
export { gradeQa } from "../grading/grade_qa.ts";
export { extractAnswer } from "../grading/extract_answer.ts";
export type { Verdict } from "../records/verdict.ts";
export { ALL_MATH_POLICIES, MATH_VERIFY } from "../grading/math_policy.ts";
export { DEFAULT_MATH_POLICY } from "../grading/math/policy.ts";
export { parseDecimal, rational } from "../grading/rational.ts";
export { gradeRecords } from "./grade_records.ts";
export { importResult } from "./import_results.ts";
export { openMathVerify } from "./open_math_verify.ts";

// Statistics
export { accuracyInterval } from "./accuracy_interval.ts";
export { type Agreement, agreement } from "./agreement.ts";
export { wilsonInterval } from "./wilson_interval.ts";
export { sampleCurves } from "./sample_curves.ts";

// Rows
export { checkEvaluationRow } from "./check_evaluation_row.ts";
export { systemIdOf } from "./system_id.ts";
export { rowsFromFrame } from "./rows_frame.ts";
