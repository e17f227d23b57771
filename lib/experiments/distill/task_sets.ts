import { existsSync, realpathSync } from "node:fs";
import { labBenchmarks, loadLabBenchmark } from "../../lab/benchmarks.ts";
import type { Task } from "../../records/task.ts";
import { sha256OfJson } from "../../runs/hash.ts";
import { isHubDataSet } from "../../tasks/hub_data_set.ts";
import { loadTasks } from "../../workbench/load_tasks.ts";
import type { DistillOptions } from "./distill_options.ts";
import { taskKey, withoutAnnotation } from "../../records/task.ts";

/** One set of tasks: a lab benchmark, or a file of a real one. */
export interface TaskSet {
  /** The benchmark's name in the lab, or the file's path. */
  readonly name: string;
  /** Whether it is one of the lab's. */
  readonly isLab: boolean;
  /** The benchmark's name, if it was typed; null where the examples tell it. */
  readonly benchmark: string | null;
  /** The most tasks; null for all of a file, and for the settings' number of a lab benchmark. */
  readonly limit: number | null;
}

/** How sets are loaded. */
export interface LoadSetsOptions {
  /** Split of lab benchmarks, and of a file's examples that do not say theirs. */
  readonly split: "train" | "test";
  /** Tasks of a lab benchmark without a number of its own. */
  readonly labTasks: number;
  /** Seed from which lab tasks are drawn. */
  readonly seed: number;
  /** Tasks of each set to leave out at its beginning, so that what follows is given. @default 0 */
  readonly further?: number;
}

/** Tasks of sets, and what a user should know about them. */
export interface LoadedSets {
  /** In the order of the sets. */
  readonly tasks: readonly Task[];
  /** One sentence each. */
  readonly notes: readonly string[];
  /** Hash of the tasks that come from files; null when none does. */
  readonly sha256: string | null;
}

/**
 * Reads sets as they are typed: `lab`, `lab-math:100`, `hotpot_dev.json:500,lab-math`,
 * `rivers=questions.json`. A number at the end, after a colon, is the most tasks; else colons are part of
 * a path. A name before a file, with an equals sign, is that of its benchmark.
 *
 * @param option names the text in errors: `train` or `test`, which is also the split
 * @throws {RangeError} naming the set that is empty, unknown or there twice
 *
 * @example
 * ```ts
 * import { parseTaskSets } from "@potstill/experiments/distill/task_sets.ts";
 * const [math] = parseTaskSets("lab-math:100", "test");
 * if (math.name !== "lab-math" || math.limit !== 100) throw new Error("misread");
 * ```
 */
export function parseTaskSets(text: string, option: "train" | "test"): TaskSet[] {
  const sets = text.split(",").flatMap((part) => {
    const [, benchmark, rest] = NAMED.exec(part.trim()) ?? [];
    if (benchmark === undefined || existsSync(part.trim())) {
      return parseSet(part.trim(), text, option);
    }
    const named = parseSet(rest, text, option);
    if (named.some(({ isLab }) => isLab)) {
      throw new RangeError(`Cannot distil: ${option} gives ${rest} of the lab a name: "${part}"`);
    }
    return named.map((set) => ({ ...set, benchmark }));
  });
  const places = new Map<string, string>();
  for (const { name, isLab } of sets) {
    const place = isLab || isHubDataSet(name) ? name : realpathSync(name);
    if (places.has(place)) {
      throw new RangeError(`Cannot distil: ${option} names ${name} twice, in "${text}"`);
    }
    places.set(place, name);
  }
  return sets;
}

const NAMED = /^([\w.-]+)=(.+)$/s;

function parseSet(part: string, text: string, option: "train" | "test"): TaskSet[] {
  if (part === "") throw new RangeError(`Cannot distil: ${option} has an empty set, in "${text}"`);
  const match = /^(.*):([^:/\\]*)$/s.exec(part);
  // A split of a data set of the hub is no number.
  const isSplit = isHubDataSet(part) && !/^\d+$/.test(match?.[2] ?? "");
  const isWhole = match === null || existsSync(part) || isSplit;
  const name = isWhole ? part : match[1];
  const limit = isWhole ? null : Number(match[2]);
  if (limit !== null && !(/^\d+$/.test(match![2]) && Number.isSafeInteger(limit) && limit > 0)) {
    throw new RangeError(
      `Cannot distil: ${option} has "${part}": after the colon comes the most tasks, a whole ` +
        "number from 1",
    );
  }
  const fitting = labBenchmarks.filter(({ splits }) => splits.includes(option));
  if (name === "lab") {
    return fitting.map(({ name }) => ({ name, isLab: true, benchmark: null, limit }));
  }
  const known = labBenchmarks.find((benchmark) => benchmark.name === name);
  if (known !== undefined && !known.splits.includes(option)) {
    const others = fitting.map(({ name }) => name).join(", ");
    throw new RangeError(
      `Cannot distil: ${option} has ${name}, which has no ${option} split; ${others} have one`,
    );
  }
  if (known === undefined && !existsSync(name) && !isHubDataSet(name)) {
    const names = fitting.map(({ name }) => name).join(", ");
    throw new RangeError(
      `Cannot distil: ${option} has "${name}", which is neither a file, a name of the hub nor lab or one of the lab's ` +
        names,
    );
  }
  return [{ name, isLab: known !== undefined, benchmark: null, limit }];
}

/**
 * Loads the tasks of sets.
 *
 * @throws {Error} naming the file that cannot be read or has no usable example, or the task that is in
 * two sets
 */
export async function loadTaskSets(
  sets: readonly TaskSet[],
  { split, labTasks, seed, further = 0 }: LoadSetsOptions,
): Promise<LoadedSets> {
  const tasks: Task[] = [];
  const notes: string[] = [];
  const fromFiles: Task[] = [];
  const owners = new Map<string, string>();
  for (const { name, isLab, benchmark, limit } of sets) {
    const first = limit ?? (isLab ? labTasks : Infinity);
    let own: readonly Task[];
    if (isLab) {
      own = loadLabBenchmark(name, { split, count: first + further, seed });
    } else {
      const loaded = await loadTasks({
        benchmark: name,
        benchmarkName: benchmark ?? undefined,
        split,
        fileSplit: split,
        limit: null,
        seed,
      });
      own = loaded.tasks;
      notes.push(...loaded.notes);
    }
    own = further === 0 ? own.slice(0, first) : own.slice(first, first + further);
    for (const task of own) {
      const key = taskKey(task);
      const other = owners.get(key);
      if (other !== undefined) {
        throw new Error(
          `Cannot use ${name}: its task ${task.id} of ${task.benchmark} is in ${other} as well`,
        );
      }
      owners.set(key, name);
    }
    tasks.push(...own);
    if (!isLab) fromFiles.push(...own);
  }
  const shown = fromFiles.map(withoutAnnotation);
  return { tasks, notes, sha256: shown.length === 0 ? null : sha256OfJson(shown) };
}

/** The training tasks of all lab benchmarks that have some. @source paper, section 4 */
export async function labTrainingTasks(
  { trainTasks: labTasks, seed }: Pick<DistillOptions, "trainTasks" | "seed">,
): Promise<readonly Task[]> {
  const { tasks } = await loadTaskSets(parseTaskSets("lab", "train"), {
    split: "train",
    labTasks,
    seed,
  });
  return tasks;
}
