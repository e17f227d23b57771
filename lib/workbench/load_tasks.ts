import { existsSync } from "node:fs";
import { isHubDataSet } from "../tasks/hub_data_set.ts";
import { loadBenchmark } from "../tasks/load_benchmark.ts";
import { labBenchmarks, loadLabBenchmark } from "../lab/benchmarks.ts";
import type { Task } from "../records/task.ts";

/** Tasks of a lab benchmark when no limit is given: it could draw any number. */
const LAB_TASKS = 100;

/** True if a benchmark is one of the lab's, and no file. */
export function isLabBenchmark(benchmark: string): boolean {
  return labBenchmarks.some(({ name }) => name === benchmark);
}

/** Options of {@link loadTasks}. */
export interface TaskOptions {
  /** A lab benchmark's name, the path of a benchmark file, or the name of a data set of the hub. */
  readonly benchmark: string;
  /** Name of the file's benchmark. @default recognised by its examples */
  readonly benchmarkName?: string;
  /** Split of a lab benchmark. */
  readonly split: "train" | "test";
  /** Split of a file's examples that do not say theirs. @default "test" */
  readonly fileSplit?: "train" | "test";
  /** Most tasks; null for all of a file, or 100 of a lab benchmark. */
  readonly limit: number | null;
  /** Seed from which a lab benchmark's tasks are drawn. */
  readonly seed: number;
}

/** Tasks, and what a user should know about them. */
export interface LoadedTasks {
  /** The tasks. */
  readonly tasks: readonly Task[];
  /** Notes about them for the user, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * The tasks that a run is about: drawn from a lab benchmark, or read from a benchmark file.
 *
 * @throws {Error} when there is neither a lab benchmark nor a file of that name
 */
export async function loadTasks(
  options: TaskOptions,
): Promise<LoadedTasks> {
  const { benchmark, benchmarkName, split, fileSplit, limit } = options;
  if (isLabBenchmark(benchmark)) {
    const count = limit ?? LAB_TASKS;
    return { tasks: loadLabBenchmark(benchmark, { split, count, seed: options.seed }), notes: [] };
  }
  if (!existsSync(benchmark) && !isHubDataSet(benchmark)) {
    const names = labBenchmarks.map(({ name }) => name).join(", ");
    throw new Error(
      `Cannot find the benchmark "${benchmark}": it is no file and no name of the hub, and the lab has ${names}`,
    );
  }
  const { tasks, problems, revision } = await loadBenchmark(benchmark, {
    name: benchmarkName,
    fallbackSplit: fileSplit,
  });
  if (tasks.length === 0) throw new Error(`Cannot use ${benchmark}: it holds no usable example`);
  return {
    tasks: limit === null ? tasks : tasks.slice(0, limit),
    notes: [
      ...revision === undefined ? [] : [`${benchmark}: commit ${revision}`],
      ...problems.map(({ problem, count, ids }) =>
        `${benchmark}: ${problem} (${count}: ${ids.slice(0, 3).join(", ")})`
      ),
    ],
  };
}
