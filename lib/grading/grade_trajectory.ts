import type { Trajectory } from "../records/trajectory.ts";
import { gradeTask } from "./grade_task.ts";

/** The trajectory with `correct` filled in: false when no answer was given, null when it could not be graded. */
export function gradeTrajectory(trajectory: Trajectory): Trajectory {
  if (trajectory.answer === null) return { ...trajectory, correct: false };
  const { verdict } = gradeTask(trajectory.task, trajectory.answer);
  return { ...trajectory, correct: verdict === "unscored" ? null : verdict === "correct" };
}
