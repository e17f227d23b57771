import { taskKey, type TaskName } from "../records/task.ts";
import { sha256Hex } from "./hash.ts";

/** A seed (32 bits) that depends on the names on its path alone, such as a run's seed and a step's index. */
export function deriveSeed(...path: readonly (string | number)[]): number {
  return Number.parseInt(sha256Hex(path.join("/")).slice(0, 8), 16);
}

/**
 * The seed (32 bits) of an attempt at a task. It depends on its arguments alone, so that an attempt
 * gives the same whichever others are made with it.
 *
 * @param purpose what the attempt is for: attempts of two purposes at one task differ
 * @param sample which of several attempts at the task it is, from 0; left out where there is one
 *
 * @example
 * ```ts
 * import { attemptSeed } from "@potstill/runs/attempt_seed.ts";
 * const task = { benchmark: "hotpotqa", split: "test", id: "17" } as const;
 * const seeds = [0, 1].map((sample) => attemptSeed(42, "agent", task, sample));
 * if (seeds[0] === seeds[1]) throw new Error("two attempts draw alike");
 * ```
 */
export function attemptSeed(
  runSeed: number,
  purpose: string,
  task: TaskName,
  sample?: number,
): number {
  const key = taskKey(task);
  return deriveSeed(runSeed, purpose, sample === undefined ? key : `${key}#${sample}`);
}
