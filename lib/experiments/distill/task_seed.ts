import type { Task } from "../../records/task.ts";
import { sha256Hex } from "../../runs/hash.ts";

/** A task's name that is unique over all benchmarks and splits. */
export function taskKey(task: Task): string {
  return `${task.benchmark}/${task.split}/${task.id}`;
}

/** The seed (32 bits) of one attempt: it depends on the run's seed, the attempt's purpose and the task. */
export function taskSeed(runSeed: number, purpose: string, task: Task): number {
  return Number.parseInt(sha256Hex(`${runSeed}/${purpose}/${taskKey(task)}`).slice(0, 8), 16);
}
