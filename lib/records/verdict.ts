import type { GradingPolicy } from "./task.ts";

/** The verdicts of {@link Verdict}. */
export const VERDICTS = ["correct", "wrong", "unscored"] as const;

/**
 * Judgement of an answer. `unscored`: no verdict is possible (no gold answer, the model could not be
 * asked, the deadline passed). An attempt that the model itself failed is `wrong`, whatever stopped it.
 */
export type Verdict = (typeof VERDICTS)[number];

/** A grader's finding on an answer, as a trajectory keeps it. */
export interface AnswerGrade {
  /** The judgement. */
  readonly verdict: Verdict;
  /** Exact match, 0 or 1; null where it does not apply (mathematics, no gold answer). */
  readonly em: number | null;
  /** Token F1, 0 to 1; null where it does not apply. */
  readonly f1: number | null;
  /** The policy that it was graded by. */
  readonly policy: GradingPolicy;
}
