import type { Episode } from "./episode.ts";
import type { Lesson } from "./lesson.ts";

/** Weights of turns in {@link distillationLessons}: all alike, or less where student and teacher differ. */
export type StepWeights = "none" | "divergence";

/**
 * On-policy distillation: the advantage of each token that the student drew is the teacher's
 * log-probability of it less the student's, so that the expected update lowers the reverse KL
 * divergence. With `divergence` a turn counts less the more it differs: after an error of the student's
 * own the teacher's judgement of what follows says little.
 *
 * @param teacher log-probabilities of each episode's tokens, as long as its ids
 * @source arXiv 2306.13649 (on-policy distillation, reverse KL); step weights: arXiv 2605.07725 (SOD)
 */
export function distillationLessons(
  episodes: readonly Episode[],
  teacher: readonly ArrayLike<number>[],
  stepWeights: StepWeights = "none",
): Lesson[] {
  const differences = episodes.map(({ sampled, logprobs }, k) =>
    Float32Array.from(sampled, (own, i) => own === 1 ? teacher[k][i] - logprobs[i] : 0)
  );
  if (stepWeights === "none") {
    return episodes.map((episode, k) => ({ ...episode, advantages: differences[k] }));
  }
  const divergences = episodes.map((episode, k) => turnDivergences(episode, differences[k]));
  const weights = divergenceWeights(divergences.flatMap((own) => [...own.values()]));
  let at = 0;
  return episodes.map((episode, k) => {
    const own = new Map([...divergences[k].keys()].map((turn) => [turn, weights[at++]]));
    const advantages = differences[k].map((value, i) => value * (own.get(episode.turns[i]) ?? 0));
    return { ...episode, advantages };
  });
}

/** Estimate of the divergence of each turn: the mean of the student's less the teacher's log-probability. */
function turnDivergences({ turns }: Episode, differences: Float32Array): Map<number, number> {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [i, turn] of turns.entries()) {
    if (turn < 0) continue;
    const { sum, count } = sums.get(turn) ?? { sum: 0, count: 0 };
    sums.set(turn, { sum: sum - differences[i], count: count + 1 });
  }
  return new Map([...sums].map(([turn, { sum, count }]) => [turn, Math.max(0, sum / count)]));
}

/**
 * The weight of each turn: 1 up to the mean divergence of all, and from there the mean over its own.
 *
 * @source arXiv 2605.07725: weights fall with a step's divergence; the form is this project's
 */
export function divergenceWeights(divergences: readonly number[]): number[] {
  const mean = divergences.reduce((a, b) => a + b, 0) / divergences.length;
  return divergences.map((own) => own <= mean ? 1 : mean / own);
}
