import type { DistillOptions } from "../distill/distill_options.ts";
import { IMPROVE_METHODS } from "../improve/improve_options.ts";
import type { StudentPreset } from "../../student/student_presets.ts";

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

/** Training tasks of each kind in the full run; the paper's students learn from some 2,000 trajectories in all. */
const FULL_TASKS = 2000;

/** Test tasks of each benchmark in the full run: all together bring most figures to 2 points, as told by `powerTable`. */
const FULL_TEST_TASKS = 100;

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
 * The profiles: `small` has the runs of F1 to F6, `full` has those and the ablations, with more tasks. `improve` has the runs of F15
 * and on. `real` has one run per model and seed, on the questions and the index that `base` names.
 */
export const paperProfiles: Readonly<Record<PaperProfile, PaperOptions>> = {
  small: SMALL,
  full: {
    ...SMALL,
    base: { ...SMALL.base, trainTasks: FULL_TASKS, testTasks: FULL_TEST_TASKS },
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
