import type { GenerationStatus } from "../generation/run_attempts.ts";
import { isInterruption } from "../runs/is_interruption.ts";
import type { Progress } from "../runs/progress/progress.ts";
import { softStop } from "./soft_stop.ts";

/** Services that {@link withSoftStop} gives to long work. */
export interface SoftStopped {
  /** Shows how it goes on. */
  readonly progress: Progress;
  /** Asks for an end when the requests under way are stored. */
  readonly signal: AbortSignal;
  /** Asks for an end at once. */
  readonly abortSignal: AbortSignal;
}

/** Exit codes of commands that make attempts, by how the attempts ended. */
export const EXIT_CODES: Readonly<Record<GenerationStatus, number>> = {
  complete: 0,
  unavailable: 1,
  refused: 1,
  budget: 3,
  interrupted: 130,
};

/** What is said of a run that was interrupted. */
const GO_ON = "Interrupted: the same command with --resume goes on";

/**
 * {@link withSoftStop} of work that can be resumed: an interruption is no error, it is told how to go on. What fails
 * while the work ends is an error like any other.
 *
 * @returns the exit code of the work, or 130
 */
export function withResumableStop(work: (how: SoftStopped) => Promise<number>): Promise<number> {
  return withSoftStop(async (how) => {
    try {
      return await work(how);
    } catch (error) {
      // Asked to stop at once, work ends where it is, in whatever way.
      const isStopped = how.abortSignal.aborted || isInterruption(error, how.signal);
      if (!isStopped) throw error;
      console.error(GO_ON);
      return EXIT_CODES.interrupted;
    }
  });
}

/** Does work that makes attempts: at the first Ctrl-C it ends in good order, at the second at once. */
export async function withSoftStop<T>(work: (how: SoftStopped) => Promise<T>): Promise<T> {
  const { openProgress } = await import("../runs/progress/open_progress.ts");
  const progress = openProgress();
  const stop = softStop(() =>
    progress.log("Stopping when the requests under way are stored; once more stops at once")
  );
  try {
    return await work({ progress, ...stop.signals });
  } finally {
    stop.release();
  }
}
