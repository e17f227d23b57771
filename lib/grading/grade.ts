import type { Verdict } from "../records/verdict.ts";

/** A grader's judgement of one prediction. */
export interface Grade {
  /** The judgement. */
  readonly verdict: Verdict;
  /** Exact match, 0 or 1, or null where it does not apply. */
  readonly em: number | null;
  /** Token F1, 0 to 1, or null where it does not apply. */
  readonly f1: number | null;
  /** The answer read out of the prediction, or null when there was none. */
  readonly extracted: string | null;
  /** A short sentence on what decided the grade. */
  readonly why: string;
}
