import { type EvaluationRow, questionKey } from "./evaluation_row.ts";
import { type CurvePoint, type SampleCurveOptions, sampleCurves } from "./sample_curves.ts";

/** Pass@k and majority@k of one system. */
export interface SystemCurve {
  /** The system's name. */
  readonly system: string;
  /** One point per number of samples. */
  readonly points: readonly CurvePoint[];
}

/**
 * Pass@k and majority@k of every system that attempted each of its tasks at least twice.
 *
 * @throws {RangeError} when a k is larger than the number of attempts of some task
 */
export function majorityCurves(
  rows: readonly EvaluationRow[],
  systems: readonly string[],
  options: SampleCurveOptions = {},
): SystemCurve[] {
  return systems.flatMap((system) => {
    const scored = rows.filter((row) => row.system === system && row.verdict !== "unscored");
    const counts = new Map<string, number>();
    for (const row of scored) {
      const key = questionKey(row);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const least = Math.min(...counts.values());
    return counts.size === 0 || least < 2
      ? []
      : [{ system, points: sampleCurves(scored, options) }];
  });
}
