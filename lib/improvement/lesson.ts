import type { TokenizedExample } from "../training_data/tokenized_example.ts";
import { type Episode, episodesOf } from "./episode.ts";
import type { Rollout } from "./rollout.ts";

/** A sequence to learn from: what the student sampled, and how good each of its tokens was. */
export interface Lesson extends Episode {
  /** One number for each token: the weight of sampled ones, 0 elsewhere. */
  readonly advantages: Float32Array;
}

/** Lessons from attempts of which every token has the same advantage; those of 0 are left out. */
export function attemptLessons(
  rollouts: readonly Rollout[],
  advantages: readonly number[],
): Lesson[] {
  return rollouts.flatMap(({ turns }, i) =>
    advantages[i] === 0 ? [] : episodesOf(turns).map((episode) => ({
      ...episode,
      advantages: Float32Array.from(episode.sampled, (own) => own * advantages[i]),
    }))
  );
}

/** Lessons from a teacher's examples: every trained token, by its weight. */
export function exampleLessons(examples: readonly TokenizedExample[]): Lesson[] {
  return examples.map(({ ids, trained, weights }) => ({
    ids,
    sampled: trained,
    logprobs: new Float32Array(ids.length),
    turns: new Int32Array(ids.length).fill(-1),
    advantages: Float32Array.from(trained, (mark, i) => mark * (weights?.[i] ?? 1)),
  }));
}

/** Attempts by task, in their order. */
export function byTask(
  rollouts: readonly Rollout[],
  keyOf: (rollout: Rollout) => string,
): number[][] {
  const groups = new Map<string, number[]>();
  for (const [i, rollout] of rollouts.entries()) {
    const key = keyOf(rollout);
    groups.set(key, [...groups.get(key) ?? [], i]);
  }
  return [...groups.values()];
}
