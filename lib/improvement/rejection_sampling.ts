import { taskKey } from "../records/task.ts";
import { filterTrajectory } from "../trajectories/filter_trajectory.ts";
import { attemptLessons, byTask, type Lesson } from "./lesson.ts";
import type { Rollout } from "./rollout.ts";

/**
 * Rejection sampling (expert iteration): of the attempts at a task those that the filter keeps are
 * learned with weight 1, at most `keep` of them and none whose codes are another's once more. Tasks that
 * the student always solves bring no more than others.
 *
 * @param keep most attempts of one task
 * @source arXiv 2308.01825 (rejection sampling); arXiv 2312.06585 (rounds of it); paper, section 3.2
 */
export function rejectionLessons(rollouts: readonly Rollout[], keep: number): Lesson[] {
  const weights = rollouts.map(() => 0);
  for (const group of byTask(rollouts, ({ trajectory }) => taskKey(trajectory.task))) {
    const seen = new Set<string>();
    for (const i of group) {
      const { trajectory } = rollouts[i];
      const code = trajectory.steps.map(({ code, modelOutput }) => code ?? modelOutput).join("\n");
      if (seen.size === keep || seen.has(code) || !filterTrajectory(trajectory).kept) continue;
      seen.add(code);
      weights[i] = 1;
    }
  }
  return attemptLessons(rollouts, weights);
}
