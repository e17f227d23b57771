import type { CandidateState } from "../../agent/run_candidates.ts";
import type { VoteKey } from "../../agent/vote.ts";
import type { Paradigm } from "../../records/trajectory.ts";
import { type StudentPreset, studentPresets } from "../../student/config.ts";

/**
 * Settings of a distillation in the lab. Flat and JSON-serialisable: an ablation is
 * `{ ...profile, samples: 1 }`.
 */
export interface DistillOptions {
  /** Everything random in the run follows from it. */
  readonly seed: number;
  /** Training tasks of each of the two benchmarks that have a training split. */
  readonly trainTasks: number;
  /** Test tasks of each of the eight benchmarks. */
  readonly testTasks: number;
  /** Size of each student, in parameters. */
  readonly studentSize: StudentPreset;
  /**
   * Source of the students' base model: `stored` is the one of `data/base/`, `trained` is made in
   * the run.
   */
  readonly base: "stored" | "trained";
  /** Entries of the tokenizer that a trained base model learns from the training text. */
  readonly vocabSize: number;
  /** Texts of the lab that a trained base model learns before distillation. */
  readonly baseTexts: number;
  /** Peak learning rate of a trained base model. */
  readonly baseLearningRate: number;
  /** Passes over the training data. */
  readonly epochs: number;
  /** Peak learning rate. */
  readonly learningRate: number;
  /**
   * AdamW's epsilon in fine-tuning. At the usual 1e-8 every weight moves at about the learning rate,
   * however small its gradient: tokens that the training data seldom hold drift, and a small student
   * forgets how to copy names that it has not seen.
   */
  readonly adamEpsilon: number;
  /** Tokens of one optimizer step. */
  readonly batchTokens: number;
  /** Longest training example, in tokens. */
  readonly maxTokens: number;
  /** N of self-consistent action generation, and of the CoT student's majority vote. */
  readonly samples: number;
  /** Most turns of an agent. */
  readonly maxSteps: number;
  /** Most new tokens of an agent's turn. */
  readonly stepTokens: number;
  /** Most new tokens of a CoT answer. */
  readonly cotTokens: number;
  /** Passages of a search, and of the CoT + RAG prompt. */
  readonly topK: number;
  /** True if the teacher's first CoT paragraph begins its agent run (paper, section 3.2). */
  readonly firstThoughtPrefix: boolean;
  /**
   * Teacher that solves the training tasks: the lab's scripted `expert`, the trained teacher that
   * is `stored` with the project, or a student's checkpoint folder.
   */
  readonly teacher: string;
  /**
   * Further training tasks of each benchmark on which an agent student acts and the teacher rewrites
   * its first wrong step; the student that is evaluated learns from those attempts as well.
   */
  readonly rollouts: number;
  /** Sampling temperature of the teacher; 0 is greedy. */
  readonly teacherTemperature: number;
  /** True if factual trajectories without a search are left out (arXiv 2604.04651). */
  readonly mustRetrieve: boolean;
  /** `steps` makes the first pass go from trajectories of few turns to those of many. */
  readonly curriculum: "none" | "steps";
  /** `full` trains every weight, `lora` an adapter, which is merged in (paper, section 4). */
  readonly adaptation: "full" | "lora";
  /** Rank of the adapter. The paper's 64 is 4% of its 1.5B student's width; 8 is 6% of a 1M student's. */
  readonly loraRank: number;
  /** The adapter's scale is this over its rank; the paper's is 2 as well. */
  readonly loraAlpha: number;
  /**
   * Students that are trained and evaluated: `all` three, the agent and the CoT student without
   * retrieval, or the `agent` alone.
   */
  readonly students: "all" | "agent-and-cot" | "agent";
  /**
   * Systems that are evaluated: `all`, or slugs of systems with commas between, as in
   * `systemSlugs`.
   */
  readonly systems: string;
  /** Outputs that candidates of self-consistent action generation must agree on. */
  readonly voteOn: VoteKey;
  /** From which state each candidate is run. */
  readonly candidateState: CandidateState;
}

/** A named set of settings. */
export type ProfileName = "quick" | "default" | "full";

const DEFAULT: DistillOptions = {
  seed: 0,
  trainTasks: 2500,
  testTasks: 50,
  studentSize: "1M",
  base: "stored",
  vocabSize: 2048,
  baseTexts: 24_000,
  baseLearningRate: 3e-3,
  epochs: 2,
  learningRate: 2e-3,
  adamEpsilon: 1e-4,
  batchTokens: 2048,
  maxTokens: 1536,
  samples: 8,
  maxSteps: 5,
  stepTokens: 160,
  cotTokens: 320,
  topK: 3,
  firstThoughtPrefix: false,
  teacher: "expert",
  teacherTemperature: 0,
  rollouts: 0,
  mustRetrieve: false,
  curriculum: "none",
  adaptation: "full",
  loraRank: 8,
  loraAlpha: 16,
  students: "all",
  systems: "all",
  voteOn: "logs-and-value",
  candidateState: "isolated",
};

/** The profiles: a few minutes, a quarter of an hour, and hours on two cores. */
export const profiles: Readonly<Record<ProfileName, DistillOptions>> = {
  quick: { ...DEFAULT, trainTasks: 500, testTasks: 16, baseTexts: 6000 },
  default: DEFAULT,
  full: { ...DEFAULT, trainTasks: 10_000, testTasks: 200, baseTexts: 60_000 },
};

/**
 * Checks settings.
 *
 * @throws {RangeError} naming the option and its value
 */
export function checkDistillOptions(options: DistillOptions): DistillOptions {
  const whole: (keyof DistillOptions)[] = [
    "trainTasks",
    "testTasks",
    "vocabSize",
    "baseTexts",
    "epochs",
    "batchTokens",
    "maxTokens",
    "samples",
    "maxSteps",
    "stepTokens",
    "cotTokens",
    "topK",
    "loraRank",
  ];
  for (const name of whole) {
    const value = options[name];
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw new RangeError(`Cannot distil: ${name} must be a whole number from 1, it is ${value}`);
    }
  }
  if (!Number.isSafeInteger(options.seed)) {
    throw new RangeError(`Cannot distil: seed must be a whole number, it is ${options.seed}`);
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = options[name as keyof DistillOptions];
    if (!choices.includes(value as string)) {
      throw new RangeError(
        `Cannot distil: ${name} must be ${choices.join(" or ")}, it is ${value}`,
      );
    }
  }
  for (const name of ["firstThoughtPrefix", "mustRetrieve"] as const) {
    if (typeof options[name] !== "boolean") {
      throw new RangeError(`Cannot distil: ${name} must be true or false, it is ${options[name]}`);
    }
  }
  if (!Number.isSafeInteger(options.rollouts) || options.rollouts < 0) {
    throw new RangeError(
      `Cannot distil: rollouts must be a whole number from 0, it is ${options.rollouts}`,
    );
  }
  if (!(options.teacherTemperature >= 0)) {
    throw new RangeError(
      `Cannot distil: teacherTemperature must be 0 or more, it is ${options.teacherTemperature}`,
    );
  }
  if (chosenSystems(options).length === 0) {
    throw new RangeError(`Cannot distil: no student of systems "${options.systems}" is trained`);
  }
  for (const name of ["learningRate", "baseLearningRate", "adamEpsilon", "loraAlpha"] as const) {
    if (!(options[name] > 0)) {
      throw new RangeError(`Cannot distil: ${name} must be above 0, it is ${options[name]}`);
    }
  }
  return options;
}

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  base: ["stored", "trained"],
  studentSize: studentPresets,
  curriculum: ["none", "steps"],
  adaptation: ["full", "lora"],
  students: ["all", "agent-and-cot", "agent"],
  voteOn: ["logs-and-value", "logs"],
  candidateState: ["isolated", "leaking"],
};

/** Names of the systems that can be evaluated, in the order of the tables. */
export const systemSlugs = [
  "teacher-cot",
  "teacher-agent",
  "cot-student",
  "cot-student-majority",
  "cot-rag-student",
  "agent-student",
  "agent-student-sag",
] as const;

/** One of {@link systemSlugs}. */
export type SystemSlug = typeof systemSlugs[number];

/** The paradigms that a student is trained for. */
export function studentParadigms(
  { students }: Pick<DistillOptions, "students">,
): readonly Paradigm[] {
  if (students === "agent") return ["agent"];
  return students === "all" ? ["agent", "cot", "cot-rag"] : ["agent", "cot"];
}

/** Facts of a system. */
export interface SystemFacts {
  /** The paradigm of the student that it asks; null for the teacher. */
  readonly student: Paradigm | null;
  /** The way in which the model is asked. */
  readonly paradigm: Paradigm;
  /** True if several samples vote. */
  readonly votes: boolean;
}

/** Facts of each system. */
export const systemFacts: Readonly<Record<SystemSlug, SystemFacts>> = {
  "teacher-cot": { student: null, paradigm: "cot", votes: false },
  "teacher-agent": { student: null, paradigm: "agent", votes: false },
  "cot-student": { student: "cot", paradigm: "cot", votes: false },
  "cot-student-majority": { student: "cot", paradigm: "cot", votes: true },
  "cot-rag-student": { student: "cot-rag", paradigm: "cot-rag", votes: false },
  "agent-student": { student: "agent", paradigm: "agent", votes: false },
  "agent-student-sag": { student: "agent", paradigm: "agent", votes: true },
};

/** The paradigm of the student that a system asks; null for the teacher. */
export function studentOf(slug: SystemSlug): Paradigm | null {
  return systemFacts[slug].student;
}

/**
 * The systems that the settings ask for, without those of students that are not trained.
 *
 * @throws {RangeError} naming a slug that is of no system
 */
export function chosenSystems(options: DistillOptions): SystemSlug[] {
  const paradigms = studentParadigms(options);
  const trained = systemSlugs.filter((slug) => {
    const student = studentOf(slug);
    return student === null || paradigms.includes(student);
  });
  if (options.systems === "all") return trained;
  const asked = options.systems.split(",").map((slug) => slug.trim());
  const unknown = asked.find((slug) => !(systemSlugs as readonly string[]).includes(slug));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot distil: systems has "${unknown}", which is none of ${systemSlugs.join(", ")}`,
    );
  }
  return trained.filter((slug) => asked.includes(slug));
}

/** Settings that say how a base model is trained. */
export const baseSettings = ["vocabSize", "baseTexts", "baseLearningRate"] as const;
