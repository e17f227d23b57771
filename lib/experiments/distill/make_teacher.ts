import { labConversations } from "./lab_conversations.ts";
import { labBaseTexts } from "../../lab/base_text/lab_base_texts.ts";
import { loadWorld } from "../../lab/world/load_world.ts";
import type { Device } from "../../onnx/device.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { loadPrompts } from "../../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../../records/json.ts";
import { taskKey } from "../../records/task.ts";
import { openRun } from "../../runs/run_folder.ts";
import { originOf } from "../../training_data/student_origin.ts";
import { growWeights } from "../../student/grow_weights.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { TokenizedExample } from "../../training_data/tokenized_example.ts";
import { wholeText } from "../../training_data/whole_text.ts";
import { type DistillContext, studentFolder } from "./distill_context.ts";
import { checkDistillOptions, profiles } from "./distill_options.ts";
import { labTrainingTasks } from "./task_sets.ts";
import { storeModel } from "./model_folder.ts";
import { labStudentConfig, readStoredBase, storedBaseHash } from "../../student/stored_base.ts";
import { storedTeacherFolder } from "./stored_teacher.ts";
import { trainToFolder } from "../../student/train/train_to_folder.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";
import { type TeacherRecipe, teacherRecipe } from "./teacher_recipe.ts";
import { makeTrainingSets } from "./training_sets.ts";

/** Settings and folder of a teacher to make. */
export interface MakeTeacherRequest {
  /** Changes to {@link teacherRecipe}. */
  readonly settings?: Partial<TeacherRecipe>;
  /** Hardware that trains. @default "auto" */
  readonly device?: Device;
  /** Folder of the finished model. @default `data/teacher` */
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
 * Makes the lab's trained teacher: a language model larger than any student, grown out of a base model
 * and trained on what the scripted expert did right. It is asked like any endpoint, and what it gets
 * wrong is its own.
 *
 * @throws {Error} when a setting or the folder is at fault, or the signal's reason
 */
export async function makeTeacher(
  request: MakeTeacherRequest,
): Promise<TrainingSummary & { readonly folder: string }> {
  const { progress, settings = {} } = request;
  const recipe: TeacherRecipe = { ...teacherRecipe, ...settings };
  const { size, from, seed, cotTasks, agentTasks, prefixedTasks, baseTexts, epochs, learningRate } =
    recipe;
  const most = Math.min(agentTasks, cotTasks);
  if (prefixedTasks > most) {
    throw new RangeError(
      `Cannot make a teacher: prefixedTasks is ${prefixedTasks}, and there are ${most} tasks with an ` +
        "agent run and a CoT answer",
    );
  }
  const options = checkDistillOptions({
    ...profiles.default,
    seed,
    baseTexts,
    epochs,
    learningRate,
    student: size,
    trainTasks: cotTasks,
    firstThoughtPrefix: prefixedTasks > 0,
  });
  const prompts = await loadPrompts();
  await using run = await openRun({
    command: "teacher",
    given: { ...settings } as Record<string, JsonValue>,
    resolved: { ...recipe, baseSha256: await storedBaseHash(from) },
    present: (resolved) => ({ prefixedTasks: 0, ...resolved }),
    prompts: prompts.hashes,
    out: request.run,
    resume: request.resume,
  });
  progress.log(`${run.resumed ? "Resuming" : "Run"} ${run.path}`);
  const signal = request.signal ?? new AbortController().signal;
  const context = { options, run, prompts, progress, signal };
  const few = await labTrainingTasks({ ...options, trainTasks: agentTasks });
  const prefixed = prefixedTasks === 0
    ? []
    : await labTrainingTasks({ ...options, trainTasks: prefixedTasks });
  const prefixedKeys = new Set(prefixed.map(taskKey));
  const kept = await labConversations(
    context,
    { agent: few, cot: await labTrainingTasks(options), "cot-rag": few },
    (task) => prefixedKeys.has(taskKey(task)),
  );
  const { config, weights, tokenizer, base } = await readStoredBase(from);
  const { sets, leftOut } = await makeTrainingSets(context, kept, { tokenizer, config });
  if (leftOut.length > 0) {
    throw new Error(`Cannot train the teacher on ${leftOut[0].paradigm}: ${leftOut[0].reason}`);
  }
  const larger = labStudentConfig(size, tokenizer);
  const grown = { ...base, name: `${from} base model of the lab, grown` };
  const checkpoint = studentFolder(context, "teacher");
  const training = await trainToFolder({
    student: {
      config: larger,
      tokenizer,
      weights: growWeights(config, weights, larger, seed),
      base: grown,
    },
    data: [...sets.flatMap(({ examples }) => examples), ...plainText(context, tokenizer)],
    out: checkpoint,
    name: "teacher",
    origin: originOf(kept.flatMap(({ filter }) => filter.kept), grown),
    epochs,
    learningRate,
    adamEpsilon: options.adamEpsilon,
    device: request.device,
    batchTokens: options.batchTokens,
    seed: `${seed}/teacher`,
    resume: true,
    progress,
    signal,
  });
  const folder = request.out ?? storedTeacherFolder;
  const trained = { checkpoint, tokenizer, training, recipe: { ...recipe } };
  await storeModel(folder, trained, run);
  return { ...training, folder };
}

function plainText({ options }: DistillContext, tokenizer: Tokenizer): TokenizedExample[] {
  const { baseTexts: count, seed } = options;
  return [...labBaseTexts(loadWorld(), { count, seed })].map((text) => wholeText(tokenizer, text));
}
