import type { Trajectory } from "../records/trajectory.ts";

/**
 * Warning that some trajectories to be trained on solve tasks of a test split; null when none
 * does.
 */
export function testSplitWarning(trajectories: readonly Trajectory[]): string | null {
  const tested = trajectories.filter(({ task }) => task.split === "test");
  if (tested.length === 0) return null;
  const names = [...new Set(tested.map(({ task }) => task.benchmark))].join(", ");
  return `${tested.length} of ${trajectories.length} trajectories are of tasks of a test split ` +
    `(${names}): a student that is trained on them must not be tested on them`;
}
