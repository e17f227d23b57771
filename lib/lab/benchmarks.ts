import type { Task } from "../records/task.ts";
import type { Skill } from "./expert/skill.ts";
import { factualWorld } from "./factual/factual_world.ts";
import { lab2wikiFamilies } from "./factual/lab_2wiki.ts";
import { labBamboogleFamilies } from "./factual/lab_bamboogle.ts";
import { labHotpotqaFamilies } from "./factual/lab_hotpotqa.ts";
import { labMusiqueFamilies } from "./factual/lab_musique.ts";
import { mathBenchmarks } from "./math/math_benchmarks.ts";
import { type DrawOptions, drawTasks, type LabBenchmark } from "./question_family.ts";

/** The lab's eight benchmarks. */
export const labBenchmarks: readonly LabBenchmark[] = [
  factual("lab-hotpotqa", ["train", "test"], () => labHotpotqaFamilies(factualWorld())),
  factual("lab-2wiki", ["test"], () => lab2wikiFamilies(factualWorld())),
  factual("lab-musique", ["test"], () => labMusiqueFamilies(factualWorld())),
  factual("lab-bamboogle", ["test"], () => labBamboogleFamilies(factualWorld())),
  ...mathBenchmarks,
];

/**
 * Draws tasks of one of the lab's benchmarks: a pure function of its arguments. Questions of the
 * train and test splits share no city and no pair of countries or numbers.
 *
 * @throws {RangeError} when there is no such benchmark or it has no such split
 *
 * @example
 * ```ts
 * import { loadLabBenchmark } from "@potstill";
 * const tasks = loadLabBenchmark("lab-hotpotqa", { split: "test", count: 3, seed: 1 });
 * if (tasks.length !== 3) throw new Error("three were asked for");
 * ```
 */
export function loadLabBenchmark(name: string, options: DrawOptions): Task[] {
  const benchmark = labBenchmarks.find((known) => known.name === name);
  if (benchmark === undefined) {
    const names = labBenchmarks.map((known) => known.name).join(", ");
    throw new RangeError(`Cannot load the lab benchmark "${name}": known are ${names}`);
  }
  return drawTasks(benchmark, options);
}

let skills: readonly Skill[] | null = null;

/** The expert's skills for every question of the lab's benchmarks. */
export function labSkills(): readonly Skill[] {
  skills ??= labBenchmarks.flatMap(({ families }) => families.map(({ family }) => family.skill));
  return skills;
}

/** A benchmark of questions about the world, which is loaded only when its families are used. */
function factual(
  name: string,
  splits: LabBenchmark["splits"],
  families: () => LabBenchmark["families"],
): LabBenchmark {
  let made: LabBenchmark["families"] | null = null;
  return {
    name,
    kind: "qa",
    splits,
    get families() {
      return made ??= families();
    },
  };
}
