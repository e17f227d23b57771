import type { Task } from "../records/task.ts";
import type { EvaluationRow } from "./evaluation_row.ts";
import { gradeTask } from "../grading/grade_task.ts";
import type { AnyMathPolicy } from "../grading/math_policy.ts";
import { otherPolicy } from "../grading/math_policy.ts";

/** The part of a row that says by which policy mathematics was graded, and what another one says. */
export type PolicyVerdicts = Pick<EvaluationRow, "policy" | "otherPolicy" | "otherVerdict">;

/**
 * The policy of a graded answer as a row keeps it, with the verdict of the policy that figures are
 * compared by; empty for questions.
 */
export function policyVerdicts(
  task: Pick<Task, "kind" | "benchmark" | "answer" | "aliases">,
  prediction: string | null,
  policy: AnyMathPolicy,
): PolicyVerdicts {
  if (task.kind !== "math") return {};
  const other = otherPolicy(task.benchmark, policy);
  if (other === null) return { policy };
  return { policy, otherPolicy: other, otherVerdict: gradeTask(task, prediction, other).verdict };
}
