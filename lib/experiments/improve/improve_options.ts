import { deviceOption } from "../../onnx/device.ts";
import { REWARD_OPTIONS } from "../../improvement/reward.ts";
import type { OptionTable, OptionValues } from "../../records/option_table.ts";
import { resolveOptions } from "../../records/resolve_options.ts";
import { parameterCount, type StudentConfig } from "../../student/config.ts";
import {
  ADAPTATION_OPTION,
  LARGE_STUDENT,
  trainingDefaults,
} from "../../student/train/training_defaults.ts";
import { SPAN_WEIGHT_OPTIONS } from "../../training_data/span_weights.ts";

/** Ways to go on with a student: `sft` and `spans` learn more of a teacher, the others of own attempts. */
export const IMPROVE_METHODS = [
  "sft",
  "spans",
  "rft",
  "grpo",
  "rloo",
  "opd",
  "sod",
  "reopd",
] as const;

/** One of {@link IMPROVE_METHODS}. */
export type ImproveMethod = typeof IMPROVE_METHODS[number];

/**
 * Settings of a student's improvement: the one source of its defaults, checks, flags and help. Flat and
 * JSON-serialisable.
 */
export const IMPROVE_OPTIONS = {
  student: {
    type: "string",
    default: null,
    placeholder: "STUDENT",
    description:
      "The student to improve: a Hugging Face folder, or anything that train begins with",
  },
  method: {
    type: "string",
    choices: IMPROVE_METHODS,
    default: "rft",
    description:
      "sft: a teacher's trajectories; spans: the same by parts of a turn; rft: own correct " +
      "attempts; grpo, rloo: policy gradient by the grader's verdict, over a group or all but one; " +
      "opd: a teacher's log-probabilities of own turns; sod: less in turns where both differ; " +
      "reopd: of single turns after the teacher's own",
  },
  train: {
    type: "string",
    default: "lab",
    placeholder: "[NAME=]SET[:N],...",
    description: "Tasks to attempt, written as for distill",
  },
  trainTasks: {
    type: "integer",
    min: 1,
    default: 500,
    description: "Tasks of each lab benchmark without a number of its own",
  },
  search: {
    type: "string",
    default: null,
    defaultNote: "lab with a set of the lab, else none",
    placeholder: "NAME",
    description: "Target of web_search: lab, none, an index or a /retrieve server",
  },
  topK: { type: "integer", min: 1, default: 3, description: "Passages of a search" },
  rounds: { type: "integer", min: 1, default: 4, description: "Rounds of attempts and training" },
  tasksPerRound: {
    type: "integer",
    min: 1,
    default: 64,
    description:
      "Tasks attempted in a round; trajectories replayed or learned, where there are some",
  },
  attempts: { type: "integer", min: 1, default: 8, description: "Attempts at each task" },
  paradigm: {
    type: "string",
    choices: ["agent", "cot"],
    default: "agent",
    description: "Kind of the attempts",
  },
  maxSteps: { type: "integer", min: 1, default: 5, description: "Most turns of an attempt" },
  maxNewTokens: { type: "integer", min: 1, default: 160, description: "Most new tokens of a turn" },
  keep: {
    type: "integer",
    min: 1,
    default: 2,
    description: "Correct attempts learned of each task, with rft",
  },
  ...REWARD_OPTIONS,
  clip: {
    type: "number",
    above: 0,
    default: 0.2,
    description: "Farthest that a token's ratio of probabilities counts from 1; of grpo and on",
  },
  klWeight: {
    type: "number",
    min: 0,
    default: 0,
    description: "Weight of the divergence from the student at the start; of grpo and on",
  },
  teacher: {
    type: "string",
    default: null,
    placeholder: "STUDENT",
    description:
      "Model with the same tokenizer whose log-probabilities are learned, with opd, sod, reopd",
  },
  trajectories: {
    type: "string",
    default: null,
    placeholder: "RUN",
    description: "Run or file of the teacher's trajectories, with sft, spans, reopd",
  },
  decay: {
    type: "number",
    above: 0,
    max: 1,
    default: 0.6,
    description: "Turn t is drawn in proportion to this to the power t, with reopd",
  },
  ...SPAN_WEIGHT_OPTIONS,
  passes: { type: "integer", min: 1, default: 1, description: "Passes over a round's lessons" },
  roundTokens: {
    type: "integer",
    min: 1,
    default: null,
    defaultNote: "all of the passes",
    description: "Tokens trained in a round, in place of passes: lessons are repeated, or cut to " +
      "so many; sft and spans then draw from all trajectories",
  },
  mostPasses: {
    type: "integer",
    min: 1,
    default: 8,
    description:
      "Repeats of a round's lessons for roundTokens, at most: a few attempts would be learned by heart",
  },
  learningRate: {
    type: "number",
    above: 0,
    default: null,
    defaultNote: "0.00005; from 50 million weights on that of train / 4 (sft, spans, rft) or / 8",
    description: "Learning rate, the same in all steps",
  },
  batchTokens: {
    type: "integer",
    min: 1,
    default: 8192,
    description: "Tokens of one optimizer step",
  },
  device: deviceOption("trains (decoding is the processor's)"),
  adaptation: ADAPTATION_OPTION,
  loraRank: { type: "integer", min: 1, default: 16, description: "Rank of the adapter, with lora" },
  loraAlpha: {
    type: "number",
    above: 0,
    default: 32,
    description: "Scale of the adapter times its rank, with lora",
  },
  minutes: {
    type: "number",
    above: 0,
    default: null,
    defaultNote: "no limit",
    description: "No round begins after these minutes",
  },
  tokens: {
    type: "integer",
    min: 1,
    default: null,
    defaultNote: "no limit",
    description: "No round begins after training has read these tokens",
  },
  seed: { type: "integer", default: 0, description: "Everything random follows from it" },
} as const satisfies OptionTable;

/** {@link IMPROVE_OPTIONS} with every default filled in. */
export type ImproveOptions = OptionValues<typeof IMPROVE_OPTIONS>;

/** Methods that an option is for; others refuse it. */
const ONLY_FOR: Readonly<Partial<Record<keyof ImproveOptions, readonly ImproveMethod[]>>> = {
  attempts: IMPROVE_METHODS.filter((method) => !isOfTeacher(method)),
  maxSteps: IMPROVE_METHODS.filter(makesAttempts),
  maxNewTokens: IMPROVE_METHODS.filter((method) => !isOfTeacher(method)),
  keep: ["rft"],
  formatPenalty: ["grpo", "rloo"],
  searchReward: ["grpo", "rloo"],
  clip: ["grpo", "rloo", "opd", "sod", "reopd"],
  klWeight: ["grpo", "rloo", "opd", "sod", "reopd"],
  teacher: ["opd", "sod", "reopd"],
  trajectories: ["sft", "spans", "reopd"],
  decay: ["reopd"],
  search: IMPROVE_METHODS.filter(makesAttempts),
  topK: IMPROVE_METHODS.filter(makesAttempts),
  thoughtWeight: ["spans"],
  codeWeight: ["spans"],
  namesWeight: ["spans"],
};

/** True for methods that learn a teacher's turns, and let the student write none. */
export function isOfTeacher(method: ImproveMethod): boolean {
  return method === "sft" || method === "spans";
}

/** True for methods that let the student attempt whole tasks. */
export function makesAttempts(method: ImproveMethod): boolean {
  return !isOfTeacher(method) && method !== "reopd";
}

/** True for methods whose lessons are learned as they are, without ratios and clipping. */
export function isLikelihood(method: ImproveMethod): boolean {
  return isOfTeacher(method) || method === "rft";
}

/** Rate for students of the lab's sizes: above it they lose, imitation included (`docs/log.md`). */
const SMALL_RATE = 5e-5;

/** The learning rate where none is given: for large students a part of that of their training. */
export function defaultRate(
  config: StudentConfig,
  { method, adaptation }: Pick<ImproveOptions, "method" | "adaptation">,
): number {
  if (parameterCount(config) < LARGE_STUDENT) return SMALL_RATE;
  return trainingDefaults(config, adaptation).learningRate / (isLikelihood(method) ? 4 : 8);
}

/** True for methods that learn a teacher's log-probabilities. */
export function isScored(method: ImproveMethod): boolean {
  return method === "opd" || method === "sod" || method === "reopd";
}

/**
 * Checks settings and fills in defaults.
 *
 * @throws {RangeError} naming the option that is missing, out of range, or for another method
 */
export function checkImproveOptions(
  given: Partial<ImproveOptions>,
): ImproveOptions & { readonly student: string } {
  const options = resolveOptions(IMPROVE_OPTIONS, given, "improve");
  const fail = (why: string) => {
    throw new RangeError(`Cannot improve: ${why}`);
  };
  const { student, method, teacher, trajectories, paradigm, attempts, adaptation } = options;
  for (const [name, methods] of Object.entries(ONLY_FOR)) {
    const value = given[name as keyof ImproveOptions];
    const isSet = value !== undefined && value !== null;
    if (isSet && !methods.includes(method)) {
      fail(`${name} is for ${methods.join(", ")}, and the method is ${method}`);
    }
  }
  if (adaptation === "full" && (given.loraRank !== undefined || given.loraAlpha !== undefined)) {
    fail("loraRank and loraAlpha are for adaptation lora");
  }
  if (student === null) return fail("student is missing");
  if (isScored(method) && teacher === null) fail(`${method} needs a teacher`);
  if ((isOfTeacher(method) || method === "reopd") && trajectories === null) {
    fail(`${method} needs the teacher's trajectories`);
  }
  if (given.passes !== undefined && options.roundTokens !== null) {
    fail("roundTokens takes the place of passes");
  }
  if (given.mostPasses !== undefined && options.roundTokens === null) {
    fail("mostPasses is for roundTokens");
  }
  if (paradigm === "cot") {
    if (method === "reopd" || method === "spans") {
      fail(`${method} is for the turns of agents, not cot`);
    }
    if (given.maxSteps !== undefined) fail("maxSteps is for agents, and the paradigm is cot");
    if (options.searchReward !== 0) fail("searchReward is for agents, and the paradigm is cot");
  }
  const { thoughtWeight, codeWeight, namesWeight } = options;
  if (method === "spans" && Math.max(thoughtWeight, codeWeight, namesWeight) === 0) {
    fail("thoughtWeight, codeWeight and namesWeight are all 0, and nothing is learned");
  }
  if ((method === "grpo" || method === "rloo") && attempts < 2) {
    fail(`${method} compares attempts at a task, and attempts is ${attempts}`);
  }
  return { ...options, student };
}
