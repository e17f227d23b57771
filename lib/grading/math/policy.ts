/**
 * Policy on equality where conventions differ. Whole numbers are compared exactly by every policy
 * but the last, with any number of digits and whether or not they are written with `.0`.
 *
 * - `exact`: numbers must be equal; `0.333` is not a third. A decimal of 13 digits or more is taken
 *   for a computer's rendering of the number that it rounds.
 * - `rounded`: as `exact`, and a number that is not whole may be rounded: the answer must round it
 *   correctly at the last place written, and differ by at most one part in ten thousand. A whole
 *   number rounds only a gold answer that is written as a decimal, not a formula's value.
 * - `tolerant`: as `rounded`, and a gold number of a million or more that is not whole may be missed by
 *   one part in ten thousand.
 * - `qwen2.5-math`: any two numbers may differ by one part in ten thousand, whole ones too, and the
 *   prediction may be a hundred times or a hundredth of the gold answer (percent without a sign).
 *   A gold answer with a unit, a degree or currency sign is never matched, as that grader takes
 *   such marks from the prediction only. For comparison with figures that were published with it.
 */
export type MathPolicy = (typeof MATH_POLICIES)[number];

/** The policies of {@link MathPolicy}, from strict to loose. */
export const MATH_POLICIES = ["exact", "rounded", "tolerant", "qwen2.5-math"] as const;

/** Default policy. */
export const DEFAULT_MATH_POLICY: MathPolicy = "rounded";

/** Options of the mathematics grader. */
export interface MathGradeOptions {
  /** Policy on equality. @default "rounded" */
  readonly policy?: MathPolicy;
  /** Wall time for one answer; beyond it the answer is unscored. @default 5000 */
  readonly deadlineMs?: number;
}
