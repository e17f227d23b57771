import { labBenchmarks } from "../../lab/benchmarks.ts";
import type { Paradigm } from "../../records/trajectory.ts";
import type { Task } from "../../records/task.ts";
import { questionDigest } from "../../training_data/student_origin.ts";
import {
  countLeaks,
  LEAK_THRESHOLD,
  type QuestionLeak,
  questionLeaks,
} from "../../trajectories/question_leaks.ts";
import { isLabBenchmark } from "../../workbench/load_tasks.ts";
import { checkAnnotatedTasks } from "../../workbench/annotated_tasks.ts";
import { checkExpertTasks, unknownToExpert } from "../../workbench/expert_tasks.ts";
import {
  chosenSystems,
  studentOf,
  studentParadigms,
  systemFacts,
  type SystemSlug,
} from "./system_facts.ts";
import type { DistillOptions } from "./distill_options.ts";
import { loadTaskSets, parseTaskSets, type TaskSet } from "./task_sets.ts";
import type { TeacherSource } from "./teacher.ts";

/** What a distillation is about: tasks, students and systems. */
export interface DistillPlan {
  /** The settings; with a run as teacher, `train` names it. */
  readonly options: DistillOptions;
  /** The training tasks; those of the trajectories when a run is the teacher. */
  readonly train: readonly Task[];
  /** The tasks of rollouts: those of each training set that come after its training tasks. */
  readonly rollouts: readonly Task[];
  /** The tasks of the evaluation. */
  readonly test: readonly Task[];
  /** What `web_search` searches. */
  readonly search: string;
  /** Names of the benchmarks that are trained on. */
  readonly trainedOn: ReadonlySet<string>;
  /** The students that are trained. */
  readonly paradigms: readonly Paradigm[];
  /** The systems that are evaluated. */
  readonly systems: readonly SystemSlug[];
  /** What a user should know, one sentence each. */
  readonly notes: readonly string[];
  /** Training questions that are test questions too; left out where `leaked` is `drop`. */
  readonly leaks: readonly QuestionLeak[];
  /** What the results must not be read without; kept in the manifest. */
  readonly warnings: readonly string[];
  /** Hashes of the tasks that come from files; null for the lab's, which the settings name. */
  readonly hashes: { readonly trainSha256: string | null; readonly testSha256: string | null };
}

/** Lab test tasks depend on a fixed seed, so that runs can be compared. */
const TEST_SEED = 0;

/**
 * Plans a distillation: reads the sets and finds out which students and systems the data allows.
 *
 * @param isGiven whether the caller, and not a default, set an option
 * @throws {Error} naming the option, set or file at fault
 */
export async function planDistill(
  given: DistillOptions,
  source: TeacherSource,
  isGiven: (name: keyof DistillOptions) => boolean,
): Promise<DistillPlan> {
  const isRun = source.kind === "run";
  if (isRun) checkRunOptions(given, isGiven);
  const testSets = parseTaskSets(given.test, "test");
  const trainSets = isRun ? [] : parseTaskSets(given.train, "train");
  const { seed, trainTasks: labTasks } = given;
  const loading = { split: "train", labTasks, seed } as const;
  const train = isRun ? await tasksOfRun(source) : await loadTaskSets(trainSets, loading);
  const test = await loadTaskSets(testSets, {
    split: "test",
    labTasks: given.testTasks,
    seed: TEST_SEED,
  });
  const trainedOn = new Set(train.tasks.map(({ benchmark }) => benchmark));
  const isLab = [...trainSets, ...testSets].some((set) => set.isLab) ||
    labBenchmarks.some(({ name }) => trainedOn.has(name));
  const options: DistillOptions = { ...given, train: isRun ? given.teacher : given.train };
  const search = given.search ?? (isLab ? "lab" : "none");
  const notes = [...train.notes, ...test.notes];
  // The lab draws training and test questions apart.
  const foreign = (tasks: readonly Task[]) =>
    tasks.filter(({ benchmark }) => !isLabBenchmark(benchmark));
  const leaks = questionLeaks(foreign(train.tasks), foreign(test.tasks));
  const leaked = new Set(options.leaked === "drop" ? leaks.map(({ train }) => train) : []);
  const trained = train.tasks.filter((task) => !leaked.has(task));
  if (leaked.size > 0) {
    notes.push(
      `${leaked.size} of the ${train.tasks.length} training tasks are left out, as their questions ` +
        `are test questions too (${countLeaks(leaks)}); --leaked keep trains on them`,
    );
  }
  if (trained.length === 0) {
    throw new Error(
      `Cannot distil: all ${train.tasks.length} training questions are test questions too; test on ` +
        "other tasks, or pass --leaked keep",
    );
  }
  const paradigms = trainableParadigms(options, search, source, notes);
  if (options.then !== null && !paradigms.includes("agent")) {
    throw new RangeError(`Cannot distil: then is for the agent student; ${notes.join("; ")}`);
  }
  const systems = possibleSystems(options, source, paradigms, test.tasks, notes);
  if (!isRun && source.teacher === "lab-expert") {
    checkExpertTasks(train.tasks, options.train, "distil");
  }
  if (!isRun && source.teacher === "annotations") {
    notes.push(
      ...checkAnnotatedTasks(train.tasks, { source: options.train, search, action: "distil" }),
    );
  }
  return {
    options,
    train: trained,
    leaks,
    rollouts: await rolloutTasks(options, trainSets, loading),
    test: test.tasks,
    search,
    trainedOn,
    paradigms,
    systems,
    notes,
    warnings: warningsOf(trained, test.tasks, leaks.length - leaked.size),
    hashes: { trainSha256: train.sha256, testSha256: test.sha256 },
  };
}

function checkRunOptions(
  options: DistillOptions,
  isGiven: (name: keyof DistillOptions) => boolean,
): void {
  const asked = ["train", "teacherTemperature", "firstThoughtPrefix"] as const;
  const name = options.rollouts > 0 ? "rollouts" : asked.find(isGiven);
  if (name === undefined) return;
  const why = name === "train"
    ? "its tasks are what is trained on"
    : name === "rollouts"
    ? "it cannot be asked to correct anything"
    : "its trajectories are as they are";
  throw new RangeError(
    `Cannot distil: ${name} does not go with the run ${options.teacher} as teacher: ${why}`,
  );
}

async function tasksOfRun({ run }: Extract<TeacherSource, { kind: "run" }>) {
  const tasks = new Map<string, Task>();
  for (const paradigm of run.paradigms) {
    for (const { task } of await run.read(paradigm)) {
      tasks.set(`${task.benchmark}/${task.split}/${task.id}`, task);
    }
  }
  return { tasks: [...tasks.values()], notes: [], sha256: null };
}

async function rolloutTasks(
  { rollouts }: DistillOptions,
  sets: readonly TaskSet[],
  loading: { readonly split: "train"; readonly labTasks: number; readonly seed: number },
): Promise<readonly Task[]> {
  if (rollouts === 0) return [];
  const whole = sets.find(({ isLab, limit }) => !isLab && limit === null);
  if (whole !== undefined) {
    throw new RangeError(
      `Cannot distil: rollouts need tasks that are not trained on, and all of ${whole.name} is; ` +
        `write ${whole.name}:N`,
    );
  }
  const { tasks } = await loadTaskSets(sets, { ...loading, further: rollouts });
  if (tasks.length > 0) return tasks;
  throw new RangeError("Cannot distil: rollouts have no task after those that are trained on");
}

/** The students that there can be data for; the reasons against others go to the notes. */
function trainableParadigms(
  options: DistillOptions,
  search: string,
  source: TeacherSource,
  notes: string[],
): readonly Paradigm[] {
  const paradigms = studentParadigms(options).filter((paradigm) => {
    const missing = paradigm === "cot-rag" && search === "none"
      ? "there is nothing to search (search none)"
      : source.kind === "run" && !source.run.paradigms.includes(paradigm)
      ? `${options.teacher} has no trajectories of ${paradigm}`
      : null;
    if (missing !== null) notes.push(`the ${paradigm} student is left out: ${missing}`);
    return missing === null;
  });
  if (paradigms.length > 0) return paradigms;
  throw new Error(`Cannot distil: no student is left to be trained; ${notes.join("; ")}`);
}

/** The systems that can be evaluated; the reasons against others go to the notes. */
function possibleSystems(
  options: DistillOptions,
  source: TeacherSource,
  paradigms: readonly Paradigm[],
  test: readonly Task[],
  notes: string[],
): readonly SystemSlug[] {
  const isExpert = source.kind === "model" && source.teacher === "lab-expert";
  const foreign = isExpert ? unknownToExpert(test).length : 0;
  const noTeacher = source.kind === "run"
    ? "its trajectories alone are there"
    : source.teacher === "annotations"
    ? "annotations hold the answers"
    : foreign > 0
    ? `the lab's expert does not answer ${foreign} of the ${test.length} test questions`
    : null;
  const chosen = chosenSystems(options);
  if (noTeacher !== null && chosen.some((slug) => systemFacts[slug].asks === "teacher")) {
    notes.push(`the teacher is not evaluated: ${noTeacher}`);
  }
  const systems = chosen.filter((slug) => {
    if (systemFacts[slug].asks === "teacher") return noTeacher === null;
    const student = studentOf(slug);
    return student === null || paradigms.includes(student);
  });
  if (systems.length > 0) return systems;
  throw new Error(
    `Cannot distil: none of the systems ${options.systems} can be evaluated; ${notes.join("; ")}`,
  );
}

function warningsOf(
  train: readonly Task[],
  test: readonly Task[],
  leaks: number,
): string[] {
  const warnings: string[] = [];
  const tested = train.filter(({ split }) => split === "test").length;
  if (tested > 0) {
    warnings.push(
      `WARNING: ${tested} of ${train.length} training tasks are of a test split: a student that is ` +
        "trained on them must not be tested on them",
    );
  }
  const trained = new Set(train.map(({ question }) => questionDigest(question)));
  const seen = test.filter(({ question }) => trained.has(questionDigest(question))).length;
  if (seen > 0) {
    warnings.push(
      `WARNING: ${seen} of ${test.length} test questions are training questions as well: what ` +
        "students answer to them shows memory",
    );
  }
  if (leaks > seen) {
    warnings.push(
      `WARNING: ${leaks} training questions are test questions too, or nearly (${
        Math.round(100 * LEAK_THRESHOLD)
      }% of words and word pairs in common)`,
    );
  }
  return warnings;
}

/**
 * The plan without the students that there is no data for, and their systems.
 *
 * @throws {Error} naming the reasons, when no system is left
 */
export function withoutStudents(
  plan: DistillPlan,
  leftOut: readonly { readonly paradigm: Paradigm; readonly reason: string }[],
): DistillPlan {
  const without = new Set(leftOut.map(({ paradigm }) => paradigm));
  const systems = plan.systems.filter((slug) => {
    const student = studentOf(slug);
    return student === null || !without.has(student);
  });
  if (systems.length === 0) {
    throw new Error(
      `Cannot distil: no system is left to be evaluated; ${
        leftOut.map(({ paradigm, reason }) => `${paradigm}: ${reason}`).join("; ")
      }`,
    );
  }
  return {
    ...plan,
    systems,
    paradigms: plan.paradigms.filter((paradigm) => !without.has(paradigm)),
  };
}
