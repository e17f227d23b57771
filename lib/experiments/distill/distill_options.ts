import { deviceOption } from "../../onnx/device.ts";
import { ADAPTATION_OPTION } from "../../student/train/training_defaults.ts";
import { chosenSystems, untrainedSystems } from "./system_facts.ts";
import { checkThen, THEN_OPTIONS } from "./then_options.ts";
import type { JsonValue } from "../../records/json.ts";
import type { OptionTable, OptionValues } from "../../records/option_table.ts";
import { optionDefaults, presentNames, resolveOptions } from "../../records/resolve_options.ts";
import { type StudentPreset, studentPresets } from "../../student/student_presets.ts";

/**
 * Settings of a distillation: the one source of its defaults, checks, flags and help. Flat and
 * JSON-serialisable: an ablation is `{ ...profile, candidates: 1 }`.
 */
export const DISTILL_OPTIONS = {
  seed: {
    type: "integer",
    default: 0,
    description: "Everything random in the run follows from it",
  },
  train: {
    type: "string",
    default: "lab",
    placeholder: "[NAME=]SET[:N],...",
    description:
      "What is trained on: lab benchmarks, lab (all with a training split) or files of " +
      "real benchmarks, each with the most tasks after a colon, and with the benchmark's name " +
      "before it where the examples do not tell it",
  },
  test: {
    type: "string",
    default: "lab",
    placeholder: "[NAME=]SET[:N],...",
    description: "What is tested on, written in the same way",
  },
  trainTasks: {
    type: "integer",
    min: 1,
    default: 2500,
    defaultNote: "2500; quick 300, full 10000",
    description: "Training tasks of each lab benchmark without a number of its own",
  },
  testTasks: {
    type: "integer",
    min: 1,
    default: 50,
    defaultNote: "50; quick 8, full 200",
    description: "Test tasks of each lab benchmark without a number of its own",
  },
  search: {
    type: "string",
    default: null,
    defaultNote: "lab with a set of the lab, else none",
    placeholder: "NAME",
    description: "What web_search searches: lab, none, the folder or address of an index, or the " +
      "URL of a /retrieve server",
  },
  topK: { type: "integer", min: 1, default: 3, description: "Passages of a search" },
  teacher: {
    type: "string",
    default: "expert",
    placeholder: "WHO",
    description: "Who solves the training tasks: expert (the lab's script), annotations (what " +
      "people wrote down about the tasks), stored (the lab's trained teacher), a trained model's folder, the URL of an OpenAI-compatible endpoint, or the " +
      "folder of a run whose trajectories are taken instead",
  },
  teacherModel: {
    type: "string",
    default: null,
    placeholder: "NAME",
    description: "The teacher's name, as the endpoint calls it",
  },
  teacherTemperature: {
    type: "number",
    min: 0,
    default: 0,
    description: "Sampling temperature of the teacher; 0 is greedy",
  },
  firstThoughtPrefix: {
    type: "boolean",
    description: "Begin the teacher's agent runs with the first paragraph of its CoT answer",
  },
  rollouts: {
    type: "integer",
    min: 0,
    default: 0,
    description: "Further training tasks of each benchmark where the teacher rewrites the first " +
      "wrong step of a student's own attempt",
  },
  student: {
    type: "string",
    default: "1M",
    placeholder: "STUDENT",
    was: ["studentSize"],
    description:
      `The student: a size of the lab (${studentPresets.join(", ")}), or a Hugging Face folder, ` +
      "a GGUF file or a name of the hub, with its own tokenizer and chat template",
  },
  base: {
    type: "string",
    choices: ["stored", "trained"],
    default: "stored",
    description: "The base model of a lab size: the one in data/base/, or trained in the run",
  },
  vocabSize: {
    type: "integer",
    min: 1,
    default: 2048,
    description: "Entries of the tokenizer, with --base trained",
  },
  baseTexts: {
    type: "integer",
    min: 1,
    default: 24_000,
    defaultNote: "24000; quick 6000, full 60000",
    description: "Texts of the lab that the base model learns, with --base trained",
  },
  baseLearningRate: {
    type: "number",
    above: 0,
    default: 3e-3,
    description: "Peak learning rate of the base model, with --base trained",
  },
  device: deviceOption("trains (decoding is the processor's)"),
  adaptation: ADAPTATION_OPTION,
  loraRank: {
    type: "integer",
    min: 1,
    default: 8,
    defaultNote: "8; 64 for a folder",
    description: "Rank of the adapter, with --adaptation lora",
  },
  loraAlpha: {
    type: "number",
    above: 0,
    default: 16,
    defaultNote: "16; 128 for a folder",
    description: "Scale of the adapter times its rank, with --adaptation lora",
  },
  precision: {
    type: "string",
    choices: ["float32", "int8"],
    default: "float32",
    description: "Numbers in which training multiplies linear layers",
  },
  epochs: { type: "integer", min: 1, default: 2, description: "Passes over the training data" },
  steps: {
    type: "integer",
    min: 1,
    default: null,
    defaultNote: "as many as the passes take",
    description: "Optimizer steps of each student, in place of passes over the data",
  },
  learningRate: {
    type: "number",
    above: 0,
    default: 2e-3,
    defaultNote: "0.002; for a folder 0.0002 with lora, 0.00001 with full",
    description: "Peak learning rate",
  },
  // At the usual 1e-8 every weight moves at about the learning rate, however small its gradient:
  // tokens that the training data seldom hold drift, and a small student forgets how to copy names
  // that it has not seen.
  adamEpsilon: {
    type: "number",
    above: 0,
    default: 1e-4,
    defaultNote: "0.0001; 1e-8 for a folder",
    description: "AdamW's epsilon in fine-tuning",
  },
  batchTokens: {
    type: "integer",
    min: 1,
    default: 2048,
    defaultNote: "2048; 8192 for a folder",
    description: "Tokens of one optimizer step",
  },
  maxTokens: {
    type: "integer",
    min: 1,
    default: 1536,
    defaultNote: "1536; 4096 for a folder, at most what it reads",
    description: "Longest training example, in tokens; longer ones are left out",
  },
  mustRetrieve: {
    type: "boolean",
    description: "Leave out factual trajectories without a search",
  },
  leaked: {
    type: "string",
    choices: ["drop", "keep"],
    default: "drop",
    description: "Training tasks of files whose question is a test question too, or nearly: left " +
      "out, or trained on with a warning",
  },
  curriculum: {
    type: "string",
    choices: ["none", "steps"],
    default: "none",
    description: "First pass over the data at random, or from few turns to many",
  },
  students: {
    type: "string",
    choices: ["all", "agent-and-cot", "agent"],
    default: "all",
    description: "Students to train and evaluate: all three, those without retrieval, or the agent",
  },
  systems: {
    type: "string",
    default: "all",
    placeholder: "SLUGS",
    description:
      "Systems to evaluate, with commas between; all leaves the untrained base-cot and " +
      "base-agent out",
  },
  weightType: {
    type: "string",
    choices: ["float32", "int8", "int4"],
    default: "float32",
    description: "Numbers that hold the matrices of students and base model while they are tested",
  },
  candidates: {
    type: "integer",
    min: 1,
    default: 8,
    was: ["samples"],
    description: "Candidates of self-consistent action generation, and samples of the CoT " +
      "student's majority vote",
  },
  voteOn: {
    type: "string",
    choices: ["logs-and-value", "logs"],
    default: "logs-and-value",
    description: "What candidates must agree on",
  },
  candidateState: {
    type: "string",
    choices: ["isolated", "leaking"],
    default: "isolated",
    description: "From which state each candidate is run",
  },
  constrainTurns: {
    type: "boolean",
    description: "Admit only tokens of an agent's turn while students and base model are tested",
  },
  ...THEN_OPTIONS,
  maxSteps: { type: "integer", min: 1, default: 5, description: "Most turns of an agent" },
  maxNewTokens: {
    type: "integer",
    min: 1,
    default: 160,
    defaultNote: "160; 1024 for a folder, less where its context is small",
    was: ["stepTokens"],
    description: "Most new tokens of a student's or trained teacher's turn; an endpoint's are at " +
      "least 1024",
  },
  cotMaxNewTokens: {
    type: "integer",
    min: 1,
    default: 320,
    defaultNote: "320; 1024 for a folder, less where its context is small",
    was: ["cotTokens"],
    description: "Most new tokens of a CoT answer; an endpoint's are at least 1024",
  },
} as const satisfies OptionTable;

/** {@link DISTILL_OPTIONS} with every default filled in. */
export type DistillOptions = OptionValues<typeof DISTILL_OPTIONS>;

/** A named set of settings. */
export type ProfileName = "quick" | "default" | "full";

const DEFAULT: DistillOptions = resolveOptions(DISTILL_OPTIONS, {}, "distil");

/** The profiles: two and a half minutes, a quarter of an hour, and hours on two cores. */
export const profiles: Readonly<Record<ProfileName, DistillOptions>> = {
  quick: { ...DEFAULT, trainTasks: 300, testTasks: 8, baseTexts: 6000 },
  default: DEFAULT,
  full: { ...DEFAULT, trainTasks: 10_000, testTasks: 200, baseTexts: 60_000 },
};

/** Defaults that a student of a Hugging Face folder has besides. @source paper, section 4 */
export function folderDefaults(
  adaptation: DistillOptions["adaptation"],
): Partial<DistillOptions> {
  return {
    learningRate: adaptation === "lora" ? 2e-4 : 1e-5,
    adamEpsilon: 1e-8,
    loraRank: 64,
    loraAlpha: 128,
    batchTokens: 8192,
    maxTokens: 4096,
    maxNewTokens: 1024,
    cotMaxNewTokens: 1024,
  };
}

/** The lab's size that a student is of; null for a student of a folder. */
export function studentSize(student: string): StudentPreset | null {
  return studentPresets.find((preset) => preset === student) ?? null;
}

/**
 * Checks settings; those under names of the last version come out under their present ones.
 *
 * @throws {RangeError} naming the option and its value
 */
export function checkDistillOptions(
  given: Partial<DistillOptions> | Readonly<Record<string, unknown>>,
): DistillOptions {
  const options = resolveOptions(DISTILL_OPTIONS, given as Partial<DistillOptions>, "distil");
  checkThen(options);
  chosenSystems(options);
  const untrained = untrainedSystems(options);
  if (untrained.length > 0) {
    throw new RangeError(
      `Cannot distil: systems has ${untrained.join(", ")}, whose ` +
        `${untrained.length === 1 ? "student is" : "students are"} not trained with students ` +
        `"${options.students}"`,
    );
  }
  return options;
}

/** What a manifest says beside the settings, made from files that they name. */
const MANIFEST_FACTS: ReadonlySet<string> = new Set([
  "profile",
  "baseSha256",
  "teacherSha256",
  "searched",
  "searchIdentity",
  "trainSha256",
  "testSha256",
  "thenTeacherSha256",
  "extraBody",
]);

/** What manifests of the last version do not say, as their runs had it. */
const LACKING = {
  train: "lab",
  test: "lab",
  search: null,
  searched: "lab",
  teacherModel: null,
  searchIdentity: null,
  trainSha256: null,
  testSha256: null,
  leaked: "keep",
  precision: "float32",
  steps: null,
  weightType: "float32",
  device: "auto",
  constrainTurns: false,
  ...optionDefaults(THEN_OPTIONS),
} as const;

/** The resolved part of a run's manifest under the present names, also of one of the last version. */
export function presentResolved(
  resolved: Readonly<Record<string, JsonValue>>,
): Record<string, JsonValue> {
  const present = presentNames(DISTILL_OPTIONS, resolved, "read a manifest");
  return { ...LACKING, ...present as Record<string, JsonValue> };
}

/** The settings in a run's manifest, also of one of the last version. */
export function optionsOfManifest(resolved: Readonly<Record<string, JsonValue>>): DistillOptions {
  return Object.fromEntries(
    Object.entries(presentResolved(resolved)).filter(([name]) => !MANIFEST_FACTS.has(name)),
  ) as unknown as DistillOptions;
}

/** Settings that say how a base model is trained. */
export const baseSettings = ["vocabSize", "baseTexts", "baseLearningRate"] as const;
