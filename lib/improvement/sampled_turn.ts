/** A turn as a student sampled it: token in, token out. */
export interface SampledTurn {
  /** The tokens that it was sampled after. */
  readonly prompt: Int32Array;
  /** Every token drawn, with those of a stop text and the one that ended the turn. */
  readonly ids: Int32Array;
  /** Natural logarithm of the probability of each of `ids` when it was drawn, at temperature 1. */
  readonly logprobs: Float32Array;
}

/** A {@link SampledTurn} as it is stored, without the tokens that the turn before has as well. */
export interface StoredTurn {
  /** Number of tokens at the beginning of the prompt that the turn before begins with. */
  readonly shared: number;
  /** The other tokens of the prompt. */
  readonly prompt: readonly number[];
  /** The tokens drawn. */
  readonly ids: readonly number[];
  /** Their log-probabilities; nine digits are enough to give each float32 back. */
  readonly logprobs: readonly number[];
}

/** The turns of an attempt as they are stored. */
export function storedTurns(turns: readonly SampledTurn[]): StoredTurn[] {
  let before: readonly number[] = [];
  return turns.map(({ prompt, ids, logprobs }) => {
    let shared = 0;
    while (shared < Math.min(before.length, prompt.length) && before[shared] === prompt[shared]) {
      shared++;
    }
    before = [...prompt, ...ids];
    return {
      shared,
      prompt: [...prompt.subarray(shared)],
      ids: [...ids],
      logprobs: Array.from(logprobs, (value) => Number(value.toPrecision(9))),
    };
  });
}

/**
 * The turns of an attempt from what {@link storedTurns} gave.
 *
 * @throws {RangeError} when they do not fit each other
 */
export function sampledTurns(stored: readonly StoredTurn[]): SampledTurn[] {
  let before: readonly number[] = [];
  return stored.map(({ shared, prompt, ids, logprobs }, i) => {
    if (shared > before.length || ids.length !== logprobs.length) {
      throw new RangeError(
        `Cannot read turn ${i} of a rollout: it shares ${shared} of ${before.length} tokens, and has ` +
          `${ids.length} ids with ${logprobs.length} log-probabilities`,
      );
    }
    const read = [...before.slice(0, shared), ...prompt];
    before = [...read, ...ids];
    return {
      prompt: Int32Array.from(read),
      ids: Int32Array.from(ids),
      logprobs: Float32Array.from(logprobs),
    };
  });
}
