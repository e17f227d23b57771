import type { Task } from "../records/task.ts";
import type { EvaluationRow } from "./evaluation_row.ts";
import { gradeTask } from "../grading/grade_task.ts";
import { type AnyMathPolicy, otherPolicy } from "../grading/math_policy.ts";
import { mathPolicyOf, type PolicyFields } from "../grading/task_policy.ts";

/** The part of a row that says by which policy mathematics was graded, and what another one says. */
export type PolicyVerdicts = Pick<EvaluationRow, "policy" | "otherPolicy" | "otherVerdict">;

/**
 * The policy of a graded answer as a row keeps it, with the verdict of the policy that figures are
 * compared by; empty for questions.
 *
 * @param policy of the grade @default the task's
 */
export function policyVerdicts(
  task: PolicyFields & Pick<Task, "answer" | "aliases">,
  prediction: string | null,
  policy?: AnyMathPolicy,
): PolicyVerdicts {
  if (task.kind !== "math") return {};
  policy ??= mathPolicyOf(task);
  const other = otherPolicy(task, policy);
  if (other === null) return { policy };
  return { policy, otherPolicy: other, otherVerdict: gradeTask(task, prediction, other).verdict };
}
