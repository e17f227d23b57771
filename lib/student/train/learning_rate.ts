/** Learning-rate schedule of a run. */
export interface LearningRateOptions {
  /** The highest learning rate. */
  readonly learningRate: number;
  /**
   * Shape after the warm-up: a falling half cosine, a falling line, or no change.
   * @default "cosine"
   */
  readonly schedule?: "cosine" | "linear" | "constant";
  /** Share of the steps in which the rate rises linearly from 0. @default 0.05 */
  readonly warmupShare?: number;
  /** The rate at the end, as a share of the highest, for `cosine` and `linear`. @default 0.1 */
  readonly finalShare?: number;
}

/**
 * The learning rate of step `step` (from 0) out of `steps`.
 *
 * @throws {RangeError} when an option is out of range
 *
 * @example
 * ```ts
 * import { learningRateAt } from "@potstill/student";
 * const options = { learningRate: 1, warmupShare: 0.1, finalShare: 0 };
 * if (learningRateAt(4, 100, options) !== 0.5) throw new Error("half-way up");
 * if (Math.abs(learningRateAt(54, 100, options) - 0.5) > 0.02) throw new Error("half-way down");
 * ```
 */
export function learningRateAt(step: number, steps: number, options: LearningRateOptions): number {
  const { learningRate, schedule = "cosine", warmupShare = 0.05, finalShare = 0.1 } = options;
  const fail = (name: string, value: unknown, wanted: string): never => {
    throw new RangeError(
      `Cannot schedule the learning rate: ${name} must be ${wanted}, not ${value}`,
    );
  };
  if (!(learningRate > 0)) fail("learningRate", learningRate, "positive");
  if (!(warmupShare >= 0 && warmupShare <= 1)) fail("warmupShare", warmupShare, "in [0, 1]");
  if (!(finalShare >= 0 && finalShare <= 1)) fail("finalShare", finalShare, "in [0, 1]");
  const warmup = Math.round(warmupShare * steps);
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  const progress = Math.min(1, (step + 1 - warmup) / Math.max(1, steps - warmup));
  switch (schedule) {
    case "constant":
      return learningRate;
    case "linear":
      return learningRate * (1 - (1 - finalShare) * progress);
    case "cosine":
      return learningRate *
        (finalShare + (1 - finalShare) * (1 + Math.cos(Math.PI * progress)) / 2);
    default:
      return fail("schedule", schedule, "cosine, linear or constant");
  }
}
