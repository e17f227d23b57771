import type { EvaluationRow } from "./evaluation_row.ts";
import type { Interval } from "./interval.ts";
import { wilsonInterval } from "./wilson_interval.ts";

/** Tasks whose vote share falls within one bin. */
export interface CalibrationBin {
  /** Bounds of the vote share; the upper one belongs to the bin. */
  readonly from: number;
  /** Upper bound of the vote share. */
  readonly to: number;
  /** Mean vote share of the tasks in the bin. */
  readonly meanShare: number;
  /** Share of correct answers, with its 95% interval. */
  readonly accuracy: Interval;
}

/** The calibration of a system's vote share: how well it predicts a right answer. */
export interface Calibration {
  /** The system's name. */
  readonly system: string;
  /** Bins that hold at least one task, lowest share first. */
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error: mean distance of accuracy from vote share, 0 to 1. */
  readonly error: number;
  /** Chance that a right answer had a larger share than a wrong one (ties half); NaN without both. */
  readonly auroc: number;
  /** Number of tasks. */
  readonly n: number;
}

/**
 * Accuracy against the share of samples that voted for the answer, in equal bins.
 *
 * @param rows rows of one system; those without a vote or a verdict are left out
 * @param binCount number of bins between 0 and 1. @default 5
 * @source expected calibration error: Naeini et al. 2015
 *
 * @example
 * ```ts
 * import { calibration } from "@potstill/evaluation/calibration.ts";
 * if (calibration([]).n !== 0) throw new Error("no rows, no bins");
 * ```
 */
export function calibration(rows: readonly EvaluationRow[], binCount = 5): Calibration {
  const points = rows.flatMap((row) =>
    row.voteShare === null || row.verdict === "unscored"
      ? []
      : [{ share: row.voteShare, right: row.verdict === "correct" ? 1 : 0 }]
  );
  const bins: CalibrationBin[] = [];
  let error = 0;
  for (let b = 0; b < binCount; b++) {
    const [from, to] = [b / binCount, (b + 1) / binCount];
    const inside = points.filter(({ share }) => (share > from || b === 0) && share <= to);
    if (inside.length === 0) continue;
    const meanShare = inside.reduce((sum, p) => sum + p.share, 0) / inside.length;
    const accuracy = wilsonInterval(inside.reduce((sum, p) => sum + p.right, 0), inside.length);
    error += (inside.length / points.length) * Math.abs(accuracy.estimate - meanShare);
    bins.push({ from, to, meanShare, accuracy });
  }
  return { system: rows[0]?.system ?? "", bins, error, auroc: auroc(points), n: points.length };
}

function auroc(points: readonly { readonly share: number; readonly right: number }[]): number {
  const right = points.filter((p) => p.right === 1).map((p) => p.share);
  const wrong = points.filter((p) => p.right === 0).map((p) => p.share);
  let wins = 0;
  for (const r of right) for (const w of wrong) wins += r > w ? 1 : r === w ? 0.5 : 0;
  return wins / (right.length * wrong.length);
}
