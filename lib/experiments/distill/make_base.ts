import { labConversations } from "./lab_conversations.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadPrompts } from "../../agent/prompts/prompt_set.ts";
import type { Device } from "../../onnx/device.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import type { JsonValue } from "../../records/json.ts";
import { openRun } from "../../runs/run_folder.ts";
import { readCheckpoint } from "../../student/checkpoint/checkpoint_folder.ts";
import type { StudentPreset } from "../../student/student_presets.ts";
import { loadTokenizer } from "../../tokenizer/tokenizer_folder.ts";
import { trainBaseModel } from "./base_model.ts";
import { baseRecipes } from "./base_recipes.ts";
import { studentParadigms } from "./system_facts.ts";
import { checkDistillOptions, type DistillOptions, profiles } from "./distill_options.ts";
import { labTrainingTasks } from "./task_sets.ts";
import { storeModel } from "./model_folder.ts";
import { storedBaseFolder } from "../../student/stored_base.ts";
import { studentFolder } from "./distill_context.ts";
import { taughtTasks } from "./teach.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";

/** Settings and folder of a base model to make. */
export interface MakeBaseRequest {
  /** The size of the model and of the students that will begin with it. */
  readonly studentSize: StudentPreset;
  /** Settings that differ from the recipe of the size. */
  readonly settings?: Partial<Pick<DistillOptions, "seed" | "baseTexts" | "baseLearningRate">>;
  /**
   * Folder of a base model to go on from: its weights, which grow if they are of a smaller size, its
   * tokenizer and its recipe. Null for fresh weights.
   * @default what the recipe of the size says
   */
  readonly from?: string | null;
  /** Hardware that trains. @default "auto" */
  readonly device?: Device;
  /** Folder of the finished model. @default the size's folder in `data/base/` */
  readonly out?: string;
  /** Folder of the run. @default a new folder in `data/runs/` */
  readonly run?: string;
  /** Go on with an earlier run of the same settings. @default false */
  readonly resume?: boolean;
  /** Told of each stage as it goes. */
  readonly progress: Progress;
  /** Stops the run, which can then be resumed. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a stored base model: trains it on plain text of the lab, with a tokenizer that also knows the
 * text of a few hundred trajectories, and writes it as a folder with its recipe (`recipe.json`) and
 * its loss curve (`training.json`). Weights are rounded to float16.
 *
 * @throws {Error} when a setting or the folder is at fault, or the signal's reason
 */
export async function makeBase(
  request: MakeBaseRequest,
): Promise<TrainingSummary & { readonly folder: string }> {
  const { studentSize, progress } = request;
  const { from: grownFrom, ...recipeOfSize } = baseRecipes[studentSize];
  const options = checkDistillOptions({
    ...profiles.default,
    ...recipeOfSize,
    ...request.settings,
    ...(request.device === undefined ? {} : { device: request.device }),
    student: studentSize,
    base: "trained",
  });
  const { seed, baseTexts, baseLearningRate, batchTokens, vocabSize, trainTasks } = options;
  const from = request.from === undefined && grownFrom !== undefined
    ? storedBaseFolder(grownFrom)
    : request.from ?? null;
  const earlier = from === null ? null : await readEarlier(from);
  const recipe = {
    ...(earlier === null ? {} : { from: earlier.recipe }),
    studentSize,
    seed,
    baseTexts,
    baseLearningRate,
    batchTokens,
    vocabSize,
    trainTasks,
  };
  const prompts = await loadPrompts();
  await using run = await openRun({
    command: "base",
    given: {
      studentSize,
      ...request.settings,
      ...(request.from === undefined ? {} : { from: request.from }),
    },
    resolved: recipe,
    prompts: prompts.hashes,
    out: request.run,
    resume: request.resume,
  });
  progress.log(`${run.resumed ? "Resuming" : "Run"} ${run.path}`);
  const signal = request.signal ?? new AbortController().signal;
  const context = { options, run, prompts, progress, signal };
  const tasks = taughtTasks(options, {
    train: await labTrainingTasks(options),
    paradigms: studentParadigms(options),
  });
  const kept = await labConversations(context, tasks);
  const base = await trainBaseModel(context, kept, earlier ?? undefined);
  const folder = request.out ?? storedBaseFolder(studentSize);
  const training = withEarlier(earlier, base.training);
  const checkpoint = studentFolder(context, "base");
  await storeModel(folder, { checkpoint, tokenizer: base.tokenizer, training, recipe }, run);
  return { ...training, folder };
}

/** A base model to go on from. */
async function readEarlier(folder: string) {
  const json = async (name: string) => {
    try {
      return JSON.parse(await readFile(join(folder, name), "utf8"));
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(`Cannot go on from the base model ${folder}: ${name}: ${message}`, { cause });
    }
  };
  const { config, weights } = await readCheckpoint(folder);
  const tokenizer = await loadTokenizer(folder);
  const recipe: JsonValue = await json("recipe.json");
  const training: TrainingSummary = await json("training.json");
  return { config, weights, tokenizer, recipe, training };
}

/** One loss curve and one time of all parts of a base model's training. */
function withEarlier(
  earlier: { readonly training: TrainingSummary } | null,
  last: TrainingSummary,
): TrainingSummary {
  if (earlier === null) return last;
  const { losses, durationMs, tokensPerSecond } = earlier.training;
  const steps = losses.at(-1)?.step ?? 0;
  const ms = durationMs + last.durationMs;
  const tokens = durationMs * tokensPerSecond + last.durationMs * last.tokensPerSecond;
  return {
    ...last,
    losses: [...losses, ...last.losses.map(({ step, loss }) => ({ step: steps + step, loss }))],
    durationMs: ms,
    tokensPerSecond: tokens / ms,
  };
}
