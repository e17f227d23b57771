/** What the reward of an attempt is compared with. */
export type Baseline = "group" | "leave-one-out";

/**
 * The advantage of each attempt over the others at the same task. `group`: the reward less the group's
 * mean, over the group's standard deviation. `leave-one-out`: the reward less the mean of the others. 0 for
 * all where rewards are equal, and for an attempt that is alone.
 *
 * @source group: arXiv 2402.03300, section 4.1 (GRPO); leave-one-out: arXiv 2402.14740, equation 8
 *
 * @example
 * ```ts
 * import { groupAdvantages } from "@potstill/experiments";
 * const [right, wrong] = groupAdvantages([1, 0], "leave-one-out");
 * if (right !== 1 || wrong !== -1) throw new Error("other advantages");
 * ```
 */
export function groupAdvantages(rewards: readonly number[], baseline: Baseline): number[] {
  // Of rewards that are equal, sums of fractions would leave the rounding.
  if (Math.max(...rewards) - Math.min(...rewards) < 1e-9) return rewards.map(() => 0);
  const count = rewards.length;
  const sum = rewards.reduce((a, b) => a + b, 0);
  if (baseline === "leave-one-out") {
    return rewards.map((reward) => reward - (sum - reward) / (count - 1));
  }
  const mean = sum / count;
  const deviation = Math.sqrt(
    rewards.reduce((total, reward) => total + (reward - mean) ** 2, 0) / count,
  );
  return rewards.map((reward) => (reward - mean) / deviation);
}
