import type { Verdict } from "../records/verdict.ts";

/** The agreement of two graders on the same answers. */
export interface Agreement {
  /** Answers that both gave a verdict. */
  readonly n: number;
  /** Answers with both correct. */
  readonly bothCorrect: number;
  /** Answers with both wrong. */
  readonly bothWrong: number;
  /** Correct by the first grader only. */
  readonly firstOnly: number;
  /** Correct by the second grader only. */
  readonly secondOnly: number;
  /** Share of equal verdicts, 0 to 1. */
  readonly rate: number;
  /** Cohen's kappa: agreement beyond chance, at most 1; NaN when chance alone would agree always. */
  readonly kappa: number;
  /** Answers that either could not grade; they are in no other number. */
  readonly unscored: number;
}

/**
 * Compares two graders' verdicts on the same answers.
 *
 * @throws {RangeError} when the lists differ in length
 * @source Cohen 1960, "A Coefficient of Agreement for Nominal Scales"
 *
 * @example
 * ```ts
 * import { agreement } from "@potstill/evaluation";
 * const { rate, secondOnly } = agreement(["correct", "wrong"], ["correct", "correct"]);
 * if (rate !== 0.5 || secondOnly !== 1) throw new Error("miscounted");
 * ```
 */
export function agreement(first: readonly Verdict[], second: readonly Verdict[]): Agreement {
  if (first.length !== second.length) {
    throw new RangeError(`Cannot compare ${first.length} verdicts with ${second.length}`);
  }
  let [bothCorrect, bothWrong, firstOnly, secondOnly, unscored] = [0, 0, 0, 0, 0];
  first.forEach((a, i) => {
    const b = second[i];
    if (a === "unscored" || b === "unscored") unscored++;
    else if (a === "correct") b === "correct" ? bothCorrect++ : firstOnly++;
    else b === "correct" ? secondOnly++ : bothWrong++;
  });
  const n = first.length - unscored;
  const rate = (bothCorrect + bothWrong) / n;
  const chance = ((bothCorrect + firstOnly) * (bothCorrect + secondOnly) +
    (bothWrong + firstOnly) * (bothWrong + secondOnly)) / (n * n);
  const kappa = (rate - chance) / (1 - chance);
  return { n, bothCorrect, bothWrong, firstOnly, secondOnly, rate, kappa, unscored };
}
