import type { SamplingOptions } from "../../models/chat_model.ts";
import type { TokenMask } from "./token_masks.ts";

/**
 * Picks tokens from logits. Buffers are kept between calls, so a sampler serves one thread at a time.
 *
 * @example
 * ```ts
 * import { Sampler } from "@potstill/student";
 * const sampler = new Sampler(3);
 * const logits = new Float32Array([0, 5, 0]);
 * if (sampler.pick(logits, 0, { temperature: 0, topP: 1 }, () => 0) !== 1) throw new Error();
 * ```
 */
export class Sampler {
  readonly #vocabSize: number;
  readonly #candidates: number;
  readonly #ids: Int32Array;
  readonly #weights: Float64Array;
  readonly #bins: Uint8Array;
  readonly #masses = new Float64Array(BINS);
  /** A row in which nothing is admitted. */
  #masked: Float32Array | undefined;
  /** Logits that a mask took away for a while. */
  #kept: Float32Array | undefined;

  /**
   * A sampler for rows of `vocabSize` logits.
   * @param candidates only ids below this are drawn: a student's output layer may be wider than its
   *   tokenizer's vocabulary
   */
  constructor(vocabSize: number, candidates: number = vocabSize) {
    this.#vocabSize = vocabSize;
    this.#candidates = candidates;
    this.#ids = new Int32Array(candidates);
    this.#weights = new Float64Array(candidates);
    this.#bins = new Uint8Array(candidates);
  }

  /**
   * The next token from the row of `logits` that begins at `offset`. Equal logits: the lower id. The
   * options hold one after the other: `temperature`, `minP`, `topK`, and `topP` of what is left.
   *
   * @param uniform gives a number in [0, 1); called once, and not at all when temperature is 0
   * @throws {RangeError} when no logit is a number
   * @source order of the options: vLLM, `v1/sample/sampler.py`
   */
  pick(
    logits: Float32Array,
    offset: number,
    options: SamplingOptions,
    uniform: () => number,
  ): number {
    const best = this.#argMax(logits, offset);
    const { temperature = 0, topP = 1, topK = Infinity, minP = 0 } = options;
    if (temperature === 0) return best;
    const nucleus = topP < 1 && topK === Infinity && minP === 0
      ? this.#drawLikely(logits, offset, logits[offset + best], temperature, topP, uniform)
      : null;
    if (nucleus !== null) return nucleus;
    let kept = this.#collect(logits, offset, logits[offset + best], temperature, minP);
    if (topK < kept) kept = this.#keepTop(kept, "count", topK);
    if (topP < 1) kept = this.#keepTop(kept, "mass", topP);
    return this.#draw(kept, uniform());
  }

  /**
   * {@link pick} among the tokens that a mask admits; their probabilities are relative to each other.
   *
   * @throws {RangeError} when it admits none, or no admitted logit is a number
   */
  pickMasked(
    mask: TokenMask,
    logits: Float32Array,
    offset: number,
    options: SamplingOptions,
    uniform: () => number,
  ): number {
    if ("refused" in mask) {
      const { refused } = mask;
      const kept = this.#kept ??= new Float32Array(this.#vocabSize);
      for (let i = 0; i < refused.length; i++) {
        kept[i] = logits[offset + refused[i]];
        logits[offset + refused[i]] = -Infinity;
      }
      try {
        return this.pick(logits, offset, options, uniform);
      } finally {
        for (let i = 0; i < refused.length; i++) logits[offset + refused[i]] = kept[i];
      }
    }
    const { admitted } = mask;
    const masked = this.#masked ??= new Float32Array(this.#vocabSize).fill(-Infinity);
    for (let i = 0; i < admitted.length; i++) masked[admitted[i]] = logits[offset + admitted[i]];
    try {
      return this.pick(masked, 0, options, uniform);
    } finally {
      for (let i = 0; i < admitted.length; i++) masked[admitted[i]] = -Infinity;
    }
  }

  /** The natural logarithm of the probability of `id` at temperature 1. */
  logprob(logits: Float32Array, offset: number, id: number): number {
    let top = -Infinity;
    for (let i = 0; i < this.#vocabSize; i++) top = Math.max(top, logits[offset + i]);
    let sum = 0;
    if (this.#vocabSize < LARGE) {
      for (let i = 0; i < this.#vocabSize; i++) sum += Math.exp(logits[offset + i] - top);
    } else {
      for (let i = 0; i < this.#vocabSize; i++) {
        const exponent = logits[offset + i] - top;
        if (exponent > -LEAST_EXPONENT) sum += exponential(exponent);
      }
    }
    return logits[offset + id] - top - Math.log(sum);
  }

  /**
   * Draws from a large vocabulary: the whole of it is summed, and only likely tokens are gathered.
   * Null when they are too few to hold the share `topP`, or the vocabulary is small.
   */
  #drawLikely(
    logits: Float32Array,
    offset: number,
    top: number,
    temperature: number,
    topP: number,
    uniform: () => number,
  ): number | null {
    if (this.#candidates < LARGE) return null;
    const [ids, weights, bins] = [this.#ids, this.#weights, this.#bins];
    const scale = 1 / temperature;
    const [candidates, least] = [this.#candidates, -LEAST_EXPONENT];
    let [count, mass, rest] = [0, 0, 0];
    for (let i = 0; i < candidates; i++) {
      const exponent = (logits[offset + i] - top) * scale;
      if (!(exponent > least)) continue;
      const weight = exponential(exponent);
      if (exponent < LIKELY_EXPONENT) {
        rest += weight;
        continue;
      }
      mass += weight;
      ids[count] = i;
      weights[count] = weight;
      bins[count++] = exponent * (-BINS / LEAST_EXPONENT);
    }
    if (mass < topP * (mass + rest)) return null;
    return this.#draw(this.#keepTop(count, "mass", topP, mass + rest), uniform());
  }

  #argMax(logits: Float32Array, offset: number): number {
    let best = -1;
    let top = -Infinity;
    const end = offset + this.#candidates;
    for (let i = offset; i < end; i++) {
      const logit = logits[i];
      if (logit > top) {
        top = logit;
        best = i - offset;
      }
    }
    if (best < 0) throw new RangeError("Cannot pick a token: no logit is a finite number");
    return best;
  }

  /**
   * Gathers the tokens whose weight is not negligible (at least e^-30 of the best one's) and at least
   * `minP` of the best one's, with weight and bin; gives their number.
   */
  #collect(
    logits: Float32Array,
    offset: number,
    top: number,
    temperature: number,
    minP: number,
  ): number {
    const [ids, weights, bins] = [this.#ids, this.#weights, this.#bins];
    const candidates = this.#candidates;
    const isLarge = candidates >= LARGE;
    const scale = 1 / temperature;
    let count = 0;
    for (let i = 0; i < candidates; i++) {
      const exponent = (logits[offset + i] - top) * scale;
      // Written so that NaN is left out.
      if (!(exponent > -LEAST_EXPONENT)) continue;
      const weight = isLarge ? exponential(exponent) : Math.exp(exponent);
      if (weight < minP) continue;
      ids[count] = i;
      weights[count] = weight;
      bins[count++] = exponent * (-BINS / LEAST_EXPONENT);
    }
    return count;
  }

  #draw(count: number, u: number): number {
    const weights = this.#weights;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += weights[i];
    let left = u * sum;
    for (let i = 0; i < count - 1; i++) {
      left -= weights[i];
      if (left < 0) return this.#ids[i];
    }
    return this.#ids[count - 1];
  }

  /**
   * Moves the least number of likeliest tokens that together have the share `limit` of the probability,
   * or that are `limit` in number, to the front and gives their number. Tokens are in bins by weight; only those of the bin in which the limit
   * falls are put in order.
   * @param total of the weights, with those of tokens that were left out. @default their sum
   */
  #keepTop(count: number, measure: "mass" | "count", limit: number, total?: number): number {
    const [weights, bins] = [this.#weights, this.#bins];
    const masses = this.#masses.fill(0);
    let sum = 0;
    const byMass = measure === "mass";
    for (let i = 0; i < count; i++) {
      masses[bins[i]] += byMass ? weights[i] : 1;
      sum += weights[i];
    }
    const wanted = byMass ? limit * (total ?? sum) : limit;
    let mass = 0;
    let bin = 0;
    while (bin < BINS - 1 && mass + masses[bin] < wanted) mass += masses[bin++];
    // First the tokens of heavier bins, then those of this bin.
    let kept = 0;
    for (let i = 0; i < count; i++) if (bins[i] < bin) this.#swap(kept++, i);
    let end = kept;
    for (let i = kept; i < count; i++) if (bins[i] === bin) this.#swap(end++, i);
    for (; kept < end && mass < wanted; kept++) {
      let best = kept;
      for (let i = kept + 1; i < end; i++) if (this.#before(i, best)) best = i;
      this.#swap(kept, best);
      mass += byMass ? weights[kept] : 1;
    }
    return kept;
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#weights[a], this.#weights[b]];
    return x !== y ? x > y : this.#ids[a] < this.#ids[b];
  }

  #swap(a: number, b: number): void {
    swap(this.#weights, a, b);
    swap(this.#ids, a, b);
    swap(this.#bins, a, b);
  }
}

/** Tokens whose weight is less than e^-30 of the best one's are never drawn. */
const LEAST_EXPONENT = 30;
/** Tokens this much less likely than the best one, in logarithms, are seldom in a nucleus. */
const LIKELY_EXPONENT = -9;
/** Vocabularies from this size on are summed with {@link exponential}. */
const LARGE = 16_384;

const STEPS = 64;
const POWERS = Float64Array.from(
  { length: STEPS * LEAST_EXPONENT + 1 },
  (_, i) => Math.exp(-i / STEPS),
);

/** e to the power of `x`, from -{@link LEAST_EXPONENT} to 0: within 1e-11 of `Math.exp`, in a third of its time. */
function exponential(x: number): number {
  const step = (-STEPS * x) | 0;
  const y = x + step / STEPS;
  return POWERS[step] * (1 + y * (1 + y * (0.5 + y * (1 / 6 + y * (1 / 24)))));
}

/** Bins of equal ratios of weights, the heaviest first. */
const BINS = 256;

function swap(array: Float64Array | Int32Array | Uint8Array, a: number, b: number): void {
  const value = array[a];
  array[a] = array[b];
  array[b] = value;
}
