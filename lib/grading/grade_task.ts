import type { Task } from "../records/task.ts";
import type { Grade } from "./grade.ts";
import { gradeRecord } from "./grade_record.ts";
import type { MathPolicy } from "./math/policy.ts";
import { policyOf } from "./math_policy.ts";

/**
 * Grades what a system answered to a task: reads the answer out of the prediction, then compares
 * it with the gold answer and its aliases. A missing prediction is wrong. The lab's mathematics is
 * graded by the policy `exact`, all other by the default; MuSiQue's questions by MuSiQue's F1.
 *
 * @param mathPolicy a policy for mathematics in place of these
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
  task: Pick<Task, "kind" | "benchmark" | "answer" | "aliases">,
  prediction: string | null,
  mathPolicy: MathPolicy = policyOf(task.benchmark),
): Grade {
  const { kind, benchmark, answer, aliases = [] } = task;
  return gradeRecord({ id: "", gold: answer, prediction, aliases }, {
    kind,
    mathPolicy,
    qaPolicy: benchmark.includes("musique") ? "musique" : "hotpotqa",
  });
}
