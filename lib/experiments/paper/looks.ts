import { MIN_SEEDS } from "../findings/finding.ts";

/** The looks that a run with a sequential rule takes at its findings. */
export interface Looks {
  /** Numbers of seeds after which it looks, from few to many. */
  readonly after: readonly number[];
  /** Coverage of the intervals at every look. */
  readonly level: number;
}

/** A run that goes on seed by seed. */
export interface LookedAt<Result> {
  /** Runs so many of the seeds, or what is missing of them. */
  readonly run: (seeds: number) => Promise<Result>;
  /** Names of the findings that are not decided, though they have runs, with intervals of this coverage. */
  readonly undecided: (result: Result, level: number) => readonly string[];
  /** Told of each look. */
  readonly log: (line: string) => void;
}

/** Runs seed after seed until a look finds nothing undecided, or there is no further look. */
export async function runLooks<Result>(
  { after, level }: Looks,
  { run, undecided, log }: LookedAt<Result>,
): Promise<{ readonly result: Result; readonly seeds: number }> {
  for (const [i, seeds] of after.entries()) {
    const result = await run(seeds);
    const isLast = i === after.length - 1;
    const open = isLast ? [] : undecided(result, level);
    if (!isLast) {
      log(
        `After ${seeds} seeds ` +
          (open.length === 0
            ? "every finding that has runs is decided"
            : `undecided: ${open.join(", ")}`),
      );
    }
    if (open.length === 0) return { result, seeds };
  }
  throw new RangeError("Cannot look at a run: there is no look");
}

/**
 * The looks of a sequential rule: after the third seed and after each one more, every time with the error
 * of 5% divided by the number of looks (Bonferroni), so that a claim is wrongly decided at any look with a
 * chance of 5% at most, however the looks depend on each other.
 *
 * @param seeds number of seeds that the run may take
 * @throws {RangeError} when these are fewer than verdicts need
 *
 * @source Dunn 1961, "Multiple Comparisons among Means"; narrower boundaries exist (O'Brien and Fleming
 * 1979), but suppose normal estimates with independent increments, and seeds share their tasks
 *
 * @example
 * ```ts
 * import { looksOf } from "@potstill/experiments/paper/looks.ts";
 * const { after, level } = looksOf(5);
 * if (after.join() !== "3,4,5" || level.toFixed(4) !== "0.9833") throw new Error(`${level}`);
 * ```
 */
export function looksOf(seeds: number): Looks {
  if (seeds < MIN_SEEDS) {
    throw new RangeError(
      `Cannot stop when decided: verdicts need ${MIN_SEEDS} seeds, and there are ${seeds}`,
    );
  }
  const after = Array.from({ length: seeds - MIN_SEEDS + 1 }, (_, i) => MIN_SEEDS + i);
  return { after, level: 1 - 0.05 / after.length };
}
