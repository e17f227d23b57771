import { taskKey } from "../records/task.ts";
import { type Baseline, groupAdvantages } from "./group_advantages.ts";
import { attemptLessons, byTask, type Lesson } from "./lesson.ts";
import type { Rollout } from "./rollout.ts";

/**
 * Policy gradient over groups of attempts: each token of an attempt has its attempt's advantage over the
 * others at the same task. A task that is always or never solved teaches nothing.
 *
 * @param rewards one for each attempt
 * @source arXiv 2402.03300 (GRPO); arXiv 2402.14740 (leave-one-out)
 */
export function policyGradientLessons(
  rollouts: readonly Rollout[],
  rewards: readonly number[],
  baseline: Baseline,
): Lesson[] {
  const advantages = rollouts.map(() => 0);
  for (const group of byTask(rollouts, ({ trajectory }) => taskKey(trajectory.task))) {
    const own = groupAdvantages(group.map((i) => rewards[i]), baseline);
    group.forEach((i, place) => advantages[i] = own[place]);
  }
  return attemptLessons(rollouts, advantages);
}
