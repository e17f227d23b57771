import type { SampledTurn } from "./sampled_turn.ts";

/** A sequence of tokens of which a student sampled some; what it is trained on, as it was. */
export interface Episode {
  /** Prompt and turns. */
  readonly ids: Int32Array;
  /** 1 where the student drew the token itself. */
  readonly sampled: Uint8Array;
  /** Log-probability of each sampled token when it was drawn; 0 elsewhere. */
  readonly logprobs: Float32Array;
  /** Number of the turn that each sampled token belongs to; -1 elsewhere. */
  readonly turns: Int32Array;
}

/**
 * The turns of an attempt as sequences. A turn whose prompt begins with all tokens of the turns before
 * goes on in their sequence; where a template or tokenizer writes what came before in other tokens, a
 * sequence of its own begins, so that every token is trained after the very tokens it was drawn after.
 *
 * @example
 * ```ts
 * import { episodesOf } from "@potstill/experiments";
 * const turn = (prompt: number[], ids: number[]) => ({
 *   prompt: Int32Array.from(prompt),
 *   ids: Int32Array.from(ids),
 *   logprobs: new Float32Array(ids.length),
 * });
 * const episodes = episodesOf([turn([1], [2]), turn([1, 2, 3], [4]), turn([1, 9], [5])]);
 * const texts = episodes.map(({ ids }) => ids.join(" "));
 * if (texts.join() !== "1 2 3 4,1 9 5") throw new Error(texts.join());
 * ```
 */
export function episodesOf(turns: readonly SampledTurn[]): Episode[] {
  const episodes: { ids: number[]; logprobs: number[]; turns: number[] }[] = [];
  for (const [number, { prompt, ids, logprobs }] of turns.entries()) {
    const last = episodes.at(-1);
    const goesOn = last !== undefined && last.ids.length <= prompt.length &&
      last.ids.every((id, i) => id === prompt[i]);
    const episode = goesOn ? last : { ids: [], logprobs: [], turns: [] };
    if (!goesOn) episodes.push(episode);
    for (const id of prompt.subarray(episode.ids.length)) {
      episode.ids.push(id);
      episode.logprobs.push(0);
      episode.turns.push(-1);
    }
    for (const [i, id] of ids.entries()) {
      episode.ids.push(id);
      episode.logprobs.push(logprobs[i]);
      episode.turns.push(number);
    }
  }
  return episodes.map(({ ids, logprobs, turns }) => ({
    ids: Int32Array.from(ids),
    sampled: Uint8Array.from(turns, (turn) => turn >= 0 ? 1 : 0),
    logprobs: Float32Array.from(logprobs),
    turns: Int32Array.from(turns),
  }));
}

/** Number of tokens that the student drew. */
export function sampledTokens(episodes: readonly Episode[]): number {
  return episodes.reduce((sum, { sampled }) => sum + sampled.reduce((a, b) => a + b, 0), 0);
}
