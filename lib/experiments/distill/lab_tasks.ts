import { labBenchmarks, loadLabBenchmark } from "../../lab/benchmarks.ts";
import type { Task } from "../../records/task.ts";
import type { Paradigm } from "../../records/trajectory.ts";
import { type DistillOptions, studentParadigms } from "./distill_options.ts";

/** True if a lab benchmark has a training split, and so is in the students' domain. */
export function isInDomain(benchmark: string): boolean {
  const found = labBenchmarks.find(({ name }) => name === benchmark);
  if (!found) throw new RangeError(`Cannot find a lab benchmark named "${benchmark}"`);
  return found.splits.includes("train");
}

/**
 * The training tasks of the in-domain benchmarks, as many of each.
 *
 * @source paper, section 4: 1,000 HotpotQA tasks and 2,000 MATH tasks
 */
export function trainingTasks(options: DistillOptions): Task[] {
  const { seed, trainTasks } = options;
  return labBenchmarks.filter(({ name }) => isInDomain(name)).flatMap(({ name }) =>
    loadLabBenchmark(name, { split: "train", count: trainTasks, seed })
  );
}

/**
 * The teacher's tasks, by paradigm: every training task, but by CoT only what a student learns
 * from or a first-thought prefix needs.
 */
export function taughtTasks(options: DistillOptions): Record<Paradigm, Task[]> {
  const tasks = trainingTasks(options);
  const students = studentParadigms(options);
  return {
    agent: tasks,
    cot: students.includes("cot") || options.firstThoughtPrefix ? tasks : [],
    "cot-rag": students.includes("cot-rag") ? tasks : [],
  };
}

/** The tasks of rollouts: of each in-domain benchmark those that come after the training tasks. */
export function rolloutTasks(options: DistillOptions): Task[] {
  const { seed, trainTasks, rollouts } = options;
  return labBenchmarks.filter(({ name }) => isInDomain(name)).flatMap(({ name }) =>
    loadLabBenchmark(name, { split: "train", count: trainTasks + rollouts, seed }).slice(trainTasks)
  );
}

/** The test tasks of all benchmarks. They depend on a fixed seed, so that runs can be compared. */
export function testTasks(options: DistillOptions): Task[] {
  return labBenchmarks.flatMap(({ name }) =>
    loadLabBenchmark(name, { split: "test", count: options.testTasks, seed: TEST_SEED })
  );
}

const TEST_SEED = 0;
