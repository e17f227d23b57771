import type { Interpreter, Tool } from "../interpreter/interpreter.ts";
import type { Trajectory } from "../records/trajectory.ts";

/** Result of running a trajectory's code anew. */
export interface Replay {
  /** Argument of `final_answer`; null when none was called. */
  readonly answer: string | null;
  /** True if it is the answer that the trajectory has. */
  readonly isSame: boolean;
  /** Index of the first step whose code failed or succeeded unlike before; null without one. */
  readonly differsAt: number | null;
}

/** Time allowed to the code of a step, in milliseconds. */
const STEP_TIMEOUT_MS = 10_000;

/**
 * Runs the code of a trajectory's steps anew, in one fresh session with the given tools, up to its final
 * answer: shows whether what was recorded is what the code does.
 *
 * @param tools such as those of the workbench that it was made in
 *
 * @example
 * ```ts
 * import { openWorkbench, type Trajectory } from "@potstill";
 * import { replayTrajectory } from "@potstill/agent";
 * export async function isTrue(trajectory: Trajectory, index: string): Promise<boolean> {
 *   const bench = await openWorkbench({ search: index });
 *   const { isSame } = await replayTrajectory(trajectory, bench);
 *   await bench.close();
 *   return isSame;
 * }
 * ```
 */
export async function replayTrajectory(
  { steps, answer: told }: Pick<Trajectory, "steps" | "answer">,
  { interpreter, tools }: { readonly interpreter: Interpreter; readonly tools: readonly Tool[] },
  signal?: AbortSignal,
): Promise<Replay> {
  const session = await interpreter.open(tools, signal);
  let answer: string | null = null;
  let differsAt: number | null = null;
  try {
    for (const { code, error, index } of steps) {
      if (code === null) continue;
      const run = await session.run(code, { timeoutMs: STEP_TIMEOUT_MS, signal });
      const hasFailed = run.error !== null;
      if (differsAt === null && hasFailed !== (error !== null)) differsAt = index;
      if (run.isFinal && !hasFailed) {
        answer = run.finalAnswer;
        break;
      }
    }
  } finally {
    await session.close();
  }
  return { answer, isSame: answer === told && differsAt === null, differsAt };
}
