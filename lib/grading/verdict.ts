/**
 * `unscored`: no verdict is possible (no gold answer, the model could not be asked, the deadline
 * passed). An attempt that the model itself failed is `wrong`, whatever stopped it.
 */
export type Verdict = "correct" | "wrong" | "unscored";
