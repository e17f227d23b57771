/** Numbers of one sampled token that a surrogate objective is made of. */
export interface SurrogateTerms {
  /** Log-probability under the student as it is now. */
  readonly current: number;
  /** Log-probability when it was drawn. */
  readonly sampled: number;
  /** How much better than expected it was. */
  readonly advantage: number;
  /** Log-probability under the student at the start. @default no term for it */
  readonly reference?: number;
}

/** Settings of a surrogate objective. */
export interface SurrogateOptions {
  /** The ratio of probabilities counts within 1 less and 1 plus this. */
  readonly clip: number;
  /** Weight of the divergence from the student at the start. */
  readonly klWeight: number;
}

/**
 * A token's loss: the clipped surrogate `-min(r A, clip(r) A)` with r the ratio of its probability now
 * and when it was drawn, and `klWeight` times the estimate `exp(d) - d - 1` of the divergence from the
 * start, d the difference of log-probabilities.
 *
 * @source arXiv 1707.06347, equation 7 (clipping); arXiv 2402.03300, equations 3 and 4
 */
export function surrogateLoss(terms: SurrogateTerms, options: SurrogateOptions): number {
  const { current, sampled, advantage, reference } = terms;
  const { clip, klWeight } = options;
  const ratio = Math.exp(current - sampled);
  const clipped = Math.min(1 + clip, Math.max(1 - clip, ratio));
  const d = reference === undefined ? 0 : reference - current;
  return -Math.min(ratio * advantage, clipped * advantage) + klWeight * (Math.exp(d) - d - 1);
}

/**
 * The weight that gives a token's cross-entropy the gradient of {@link surrogateLoss}: `r A` unless
 * clipping holds the ratio, and `klWeight (exp(d) - 1)`. So one training graph serves every method.
 *
 * @example
 * ```ts
 * import { surrogateWeight } from "@potstill/experiments";
 * const options = { clip: 0.2, klWeight: 0 };
 * const weight = surrogateWeight({ current: -1, sampled: -1, advantage: 2 }, options);
 * if (weight !== 2) throw new Error(`${weight} where the student is as it was`);
 * ```
 */
export function surrogateWeight(terms: SurrogateTerms, options: SurrogateOptions): number {
  const { current, sampled, advantage, reference } = terms;
  const { klWeight } = options;
  const ratio = Math.exp(current - sampled);
  const pull = reference === undefined ? 0 : klWeight * (Math.exp(reference - current) - 1);
  return (isClipped(ratio, advantage, options) ? 0 : ratio * advantage) + pull;
}

/** True if clipping takes a token's gradient away: its ratio has gone far enough. */
export function isClipped(
  ratio: number,
  advantage: number,
  { clip }: Pick<SurrogateOptions, "clip">,
): boolean {
  return advantage > 0 ? ratio > 1 + clip : ratio < 1 - clip;
}
