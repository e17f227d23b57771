import { existsSync } from "node:fs";
import { join } from "node:path";
import { type DistillOptions, profiles } from "../distill/distill_options.ts";
import { parseThen, THEN_OPTIONS, type ThenOptions } from "../distill/then_options.ts";
import { IMPROVE_METHODS, isScored } from "../improve/improve_options.ts";
import { storedBaseFolder } from "../../student/stored_base.ts";
import { type StudentPreset, studentPresets } from "../../student/config.ts";

/**
 * The extent of the runs: about half an hour, or within six hours, on two cores; `improve` is for
 * students that go on after their distillation, `real` for models and data of the user.
 */
export type PaperProfile = "small" | "full" | "improve" | "real";

/** The treatment of a size without a stored base model: left out, or trained in the run. */
export type MissingBase = "skip" | "train";

/** Settings of the paper in miniature, flat; its ablations follow from them. */
export interface PaperOptions {
  /** Sizes of the students. */
  readonly sizes: readonly StudentPreset[];
  /** Students that are models of others: folders, GGUF files or names of the hub, from small to large. */
  readonly students: readonly string[];
  /** Sizes whose CoT + RAG student is left out, to save time. */
  readonly withoutRag: readonly StudentPreset[];
  /** One run of each kind per seed; verdicts need three. */
  readonly seeds: readonly number[];
  /** True if no further seed is run once every claim with runs is decided; see `looksOf`. */
  readonly stopWhenDecided: boolean;
  /** The treatment of a size without a stored base model. */
  readonly missingBase: MissingBase;
  /** Settings of every run that differ from the distillation's default profile. */
  readonly base: Partial<DistillOptions>;
  /** Size of the ablations' students. */
  readonly ablationSize: StudentPreset;
  /** Numbers of candidates besides the base's, for the curve of F3. */
  readonly sagSamples: readonly number[];
  /** Numbers of training tasks besides the base's, for F8. */
  readonly trainTasks: readonly number[];
  /**
   * The settings of the runs of F2, with and without the first-thought prefix. Null for none.
   */
  readonly taught: Partial<DistillOptions> | null;
  /**
   * The trained teachers of these runs (as the option `teacher` names them): the scripted expert is no language
   * model.
   */
  readonly taughtBy: readonly string[];
  /** The settings of each ablation, by name. */
  readonly ablations: Readonly<Record<string, Partial<DistillOptions>>>;
  /** Names of the stages that are run; null for all. */
  readonly stages: readonly string[] | null;
}

/** The systems that the findings compare. */
const SYSTEMS = "teacher-agent,cot-student,cot-rag-student,agent-student,agent-student-sag";

const SAG_ALONE = { systems: "agent-student-sag" } as const;

const SMALL: PaperOptions = {
  sizes: ["0.3M", "1M", "4M"],
  students: [],
  withoutRag: ["4M"],
  seeds: [0, 1, 2],
  stopWhenDecided: false,
  missingBase: "skip",
  base: { trainTasks: 300, testTasks: 12, systems: SYSTEMS, baseTexts: 6000 },
  ablationSize: "1M",
  sagSamples: [2],
  trainTasks: [],
  taught: { teacherTemperature: 0.3, trainTasks: 60 },
  taughtBy: ["stored"],
  ablations: {},
  stages: null,
};

/** Training tasks of each kind in the full run, as many as the paper has trajectories. */
const FULL_TASKS = 2000;

/** The systems of the paper's main table; untouched models are asked as well. */
const REAL_SYSTEMS =
  "base-cot,base-agent,cot-student,cot-rag-student,agent-student,agent-student-sag";

/** More test tasks in domain, where students of this size answer something at all. */
const THEN_TEST = "lab-hotpotqa:100,lab-math:100,lab-2wiki:8,lab-musique:8,lab-bamboogle:8," +
  "lab-gsm-hard:4,lab-aime:2,lab-olymath:2";

/** The runs of F15 and on: students that go on, with as many trained tokens each. */
const GOING_ON: PaperOptions["ablations"] = Object.fromEntries(
  IMPROVE_METHODS.map((method) => [`then ${method}`, {
    then: `${method}:3`,
    thenLearningRate: 5e-5,
    thenTasks: 48,
    thenAttempts: 4,
    thenTokens: 12_000,
    test: THEN_TEST,
    systems: "agent-student,agent-student-then",
  }]),
);

/**
 * The profiles: `small` has the runs of F1 to F6, `full` has those and the ablations, with the tasks that
 * decide ({@link powerTable} of a small run says how many those are). `improve` has the runs of F15
 * and on. `real` has one run per model and seed, on the questions and the index that `base` names.
 */
export const paperProfiles: Readonly<Record<PaperProfile, PaperOptions>> = {
  small: SMALL,
  full: {
    ...SMALL,
    base: { ...SMALL.base, trainTasks: FULL_TASKS, testTasks: 60 },
    sagSamples: [2, 4, 16],
    trainTasks: [250, 500, FULL_TASKS / 2],
    ablations: {
      "LoRA": { adaptation: "lora", learningRate: 5e-3 },
      "vote on prints alone": { voteOn: "logs", ...SAG_ALONE },
      "must-retrieve filter": { mustRetrieve: true },
      "leaking candidates": { candidateState: "leaking", ...SAG_ALONE },
      "curriculum": { curriculum: "steps" },
      "corrected rollouts": { trainTasks: FULL_TASKS / 2, rollouts: FULL_TASKS / 2 },
    },
  },
  improve: {
    ...SMALL,
    sizes: ["1M"],
    base: {
      ...SMALL.base,
      trainTasks: 600,
      test: THEN_TEST,
      students: "agent",
      systems: "agent-student",
    },
    sagSamples: [],
    taught: null,
    ablations: GOING_ON,
  },
  real: {
    ...SMALL,
    sizes: [],
    withoutRag: [],
    seeds: [0],
    base: {
      teacher: "annotations",
      topK: 2,
      adaptation: "lora",
      loraRank: 16,
      loraAlpha: 32,
      weightType: "int8",
      learningRate: 1e-3,
      batchTokens: 2048,
      epochs: 1,
      maxTokens: 1536,
      maxSteps: 4,
      maxNewTokens: 192,
      cotMaxNewTokens: 256,
      candidates: 4,
      systems: REAL_SYSTEMS,
    },
    sagSamples: [],
    taught: null,
  },
};

/** A stage of the paper in miniature: runs that belong together. */
export interface PaperStage {
  /** Such as `first-thought prefix`. */
  readonly name: string;
  /** The settings of its runs, without the seed. */
  readonly cells: readonly Partial<DistillOptions>[];
}

/** The runs of a plan. */
export interface PaperPlan {
  /** The settings that all runs have in common. */
  readonly base: Partial<DistillOptions>;
  /** In order; the runs of all stages share what they have in common. */
  readonly stages: readonly PaperStage[];
  /** The settings that the ablations differ from. */
  readonly reference: DistillOptions;
  /** Sizes that are left out, and the like, in sentences. */
  readonly notes: readonly string[];
}

/**
 * The runs that the findings need.
 *
 * @param isStored whether there is a stored base model of a size. @default looks into `data/base/`
 * @throws {RangeError} when no size is left, there is no seed, a model has nothing to learn, or there is no
 * stage of a name
 *
 * @example
 * ```ts
 * import { paperPlan, paperProfiles } from "@potstill/experiments/paper/paper_plan.ts";
 * const { stages } = paperPlan(paperProfiles.small, () => true);
 * if (stages[0].cells.length !== 3) throw new Error("three sizes");
 * ```
 */
export function paperPlan(
  options: PaperOptions,
  isStored: (size: StudentPreset) => boolean = hasStoredBase,
): PaperPlan {
  const notes: string[] = [];
  const ready = new Map<string, Partial<DistillOptions>>();
  const { baseTexts, ...given } = options.base;
  const { base, going } = partedThen(given, Object.values(options.ablations));
  const wanted = base.base ?? "stored";
  for (const size of studentPresets.filter((one) => options.sizes.includes(one))) {
    const own: Partial<DistillOptions> = options.withoutRag.includes(size)
      ? { student: size, students: "agent-and-cot", ...withoutRagSystems(base) }
      : { student: size };
    if (wanted === "trained") {
      ready.set(size, { ...own, ...baseTexts === undefined ? {} : { baseTexts } });
    } else if (isStored(size)) ready.set(size, own);
    else if (options.missingBase === "train") {
      const trained = { base: "trained", ...baseTexts === undefined ? {} : { baseTexts } } as const;
      ready.set(size, { ...own, ...trained });
      notes.push(
        `There is no stored base model of ${size}: each of its runs trained one on few texts, so ` +
          "this size is not comparable with the others.",
      );
    } else {
      notes.push(
        `There is no stored base model of ${size}: the size is left out ` +
          `(deno task potstill base --size ${size} makes one).`,
      );
    }
  }
  const withoutRag = options.withoutRag.filter((size) => ready.has(size));
  for (const student of options.students) ready.set(student, { student });
  const sizes = [...ready.keys()];
  if (withoutRag.length > 0) {
    notes.push(`To save time there is no CoT + RAG student of ${withoutRag.join(" and ")}.`);
  }
  if (sizes.length === 0) {
    throw new RangeError(
      options.sizes.length === 0
        ? "Cannot plan the paper: it has no student; name models (students, --student) or sizes"
        : "Cannot plan the paper: none of its sizes has a stored base model",
    );
  }
  const unset = base.teacher === "annotations"
    ? (["train", "test", "search"] as const).filter((name) => base[name] === undefined)
    : [];
  if (unset.length > 0) {
    throw new RangeError(
      `Cannot plan the paper: the teacher is annotations, and ${unset.join(", ")} ${
        unset.length === 1 ? "is" : "are"
      } not set (--set train=FILE:N,FILE:N --set test=FILE:N --set search=INDEX)`,
    );
  }
  if (options.seeds.length === 0) throw new RangeError("Cannot plan the paper: there is no seed");
  const size = ready.has(options.ablationSize) ? options.ablationSize : sizes[0];
  const ablation = (settings: Partial<DistillOptions>): Partial<DistillOptions> => ({
    ...ready.get(size),
    students: "agent",
    systems: "agent-student",
    ...settings,
  });
  const { sagSamples, trainTasks, taught, taughtBy, ablations } = options;
  const all: PaperStage[] = [
    { name: "sizes", cells: [...ready.values()] },
    {
      name: "first-thought prefix",
      cells: taught === null
        ? []
        : taughtBy.flatMap((teacher) =>
          [false, true].map((firstThoughtPrefix) =>
            ablation({ teacher, ...taught, firstThoughtPrefix })
          )
        ),
    },
    {
      name: "candidates of sag",
      cells: sagSamples.map((candidates) => ablation({ candidates, ...SAG_ALONE })),
    },
    { name: "trajectories", cells: trainTasks.map((count) => ablation({ trainTasks: count })) },
    ...Object.entries(ablations).map(([name, settings]) => ({
      name,
      cells: [ablation({ ...settings, ...goingOnWith(settings, going) })],
    })),
  ];
  const stages = chosenStages(all.filter(({ cells }) => cells.length > 0), options.stages);
  if (stages.length < all.length && options.stages !== null) {
    notes.push(`Of its stages this run has only ${stages.map(({ name }) => name).join(", ")}.`);
  }
  return {
    base,
    stages,
    reference: { ...profiles.default, ...base, ...ready.get(size), students: "all" },
    notes,
  };
}

/** The named systems but for that of the CoT + RAG student. */
function withoutRagSystems({ systems }: Partial<DistillOptions>): Partial<DistillOptions> {
  if (systems === undefined || systems === "all") return {};
  return { systems: systems.split(",").filter((slug) => slug !== "cot-rag-student").join(",") };
}

function chosenStages(
  all: readonly PaperStage[],
  names: readonly string[] | null,
): readonly PaperStage[] {
  if (names === null) return all;
  const unknown = names.find((name) => !all.some((stage) => stage.name === name));
  if (unknown !== undefined || names.length === 0) {
    throw new RangeError(
      `Cannot plan the paper: it has no stage ${JSON.stringify(unknown ?? "")}, only ${
        all.map(({ name }) => name).join(", ")
      }`,
    );
  }
  return all.filter(({ name }) => names.includes(name));
}

/** Settings of students that go on, apart from the others where it is ablations alone that go on. */
function partedThen(
  given: Partial<DistillOptions>,
  ablations: readonly Partial<DistillOptions>[],
): { readonly base: Partial<DistillOptions>; readonly going: Partial<ThenOptions> } {
  const someGoOn = ablations.some(({ then }) => (then ?? null) !== null);
  // Where nobody goes on they stay with the others, and are refused.
  if (given.then !== undefined || !someGoOn) return { base: given, going: {} };
  const isThen = ([name]: readonly [string, unknown]) => name in THEN_OPTIONS;
  const entries = Object.entries(given);
  return {
    base: Object.fromEntries(entries.filter((entry) => !isThen(entry))),
    going: Object.fromEntries(entries.filter(isThen)),
  };
}

/** What of these settings is for an ablation: nothing where its student does not go on. */
function goingOnWith(
  { then }: Partial<DistillOptions>,
  { thenTeacher, ...others }: Partial<ThenOptions>,
): Partial<ThenOptions> {
  if (then === undefined || then === null) return {};
  const isTaught = thenTeacher !== undefined && isScored(parseThen(then).method);
  return { ...others, ...isTaught && { thenTeacher } };
}

function hasStoredBase(size: StudentPreset): boolean {
  return existsSync(join(storedBaseFolder(size), "model.safetensors"));
}
