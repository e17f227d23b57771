import type { Trajectory } from "../records/trajectory.ts";
import { gradeTask } from "./grade_task.ts";
import { policyOf } from "./task_policy.ts";

/**
 * The trajectory with its grade by the task's policy, and `correct` filled in: false when no answer was
 * given, null when it could not be graded. Rows are made from this grade, and grade again by another
 * policy alone.
 */
export function gradeTrajectory(trajectory: Trajectory): Trajectory {
  const { task, answer } = trajectory;
  const { verdict, em, f1 } = gradeTask(task, answer);
  const correct = answer !== null && verdict === "unscored" ? null : verdict === "correct";
  return { ...trajectory, correct, grade: { verdict, em, f1, policy: policyOf(task) } };
}
