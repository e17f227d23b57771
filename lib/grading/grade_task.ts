import type { Task } from "../records/task.ts";
import type { Grade } from "./grade.ts";
import { gradeRecord } from "./grade_record.ts";
import type { MathPolicy } from "./math/policy.ts";
import { mathPolicyOf, type PolicyFields, qaPolicyOf } from "./task_policy.ts";

/**
 * Grades what a system answered to a task: reads the answer out of the prediction, then compares
 * it with the gold answer and its aliases. A missing prediction is wrong. The policy is the task's own, else
 * its benchmark's, else the default of its kind.
 *
 * @param mathPolicy a policy for mathematics in place of that
 * @throws {RangeError} when the task names a policy of the other kind
 *
 * @example
 * ```ts
 * import { gradeTask } from "@potstill/evaluation";
 * const task = {
 *   id: "1",
 *   benchmark: "lab-math",
 *   split: "test",
 *   kind: "math",
 *   question: "What is one half of three?",
 *   answer: "\\frac{3}{2}",
 * } as const;
 * if (gradeTask(task, "It is \\boxed{1.5}.").verdict !== "correct") throw new Error("wrong");
 * ```
 */
export function gradeTask(
  task: PolicyFields & Pick<Task, "answer" | "aliases">,
  prediction: string | null,
  mathPolicy?: MathPolicy,
): Grade {
  const { kind, answer, aliases = [] } = task;
  const policy = kind === "qa"
    ? { qaPolicy: qaPolicyOf(task) }
    : { mathPolicy: mathPolicy ?? mathPolicyOf(task) };
  return gradeRecord({ id: "", gold: answer, prediction, aliases }, { kind, ...policy });
}
