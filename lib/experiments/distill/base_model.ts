import type { BaseModel } from "./stored_base.ts";
import { labBaseTexts } from "../../lab/base_text/lab_base_texts.ts";
import { loadWorld } from "../../lab/world/load_world.ts";
import { readCheckpoint } from "../../student/checkpoint/checkpoint_folder.ts";
import type { StudentConfig } from "../../student/config.ts";
import { growWeights } from "../../student/grow_weights.ts";
import { wholeText } from "../../training_data/whole_text.ts";
import type { DistillContext } from "./distill_context.ts";
import { readStoredBase } from "./stored_base.ts";
import {
  labStudentConfig,
  studentFolder,
  type TrainedStudent,
  trainToFolder,
} from "./train_to_folder.ts";
import { type KeptConversations, learnTokenizer } from "./training_sets.ts";

/** AdamW's epsilon: a lower loss than at 1e-8, as seldom tokens drift less (`docs/log.md`). */
const BASE_EPSILON = 1e-5;

/**
 * The model that all students begin with: stored with the project, or trained in the run, as the
 * settings say. Distillation is then fine-tuning, as in the paper.
 *
 * @throws {Error} naming the stored model's file that is missing or does not fit
 */
export function openBaseModel(
  context: DistillContext,
  kept: readonly KeptConversations[],
): Promise<BaseModel> {
  const { base, studentSize } = context.options;
  return base === "stored" ? readStoredBase(studentSize) : trainBaseModel(context, kept);
}

/**
 * Trains a base model in the run, on plain text of the lab in which there is no agent's turn.
 *
 * @param kept conversations that its tokenizer is to know the text of
 * @param from a base model to go on from, with its tokenizer; it grows if it is smaller.
 *   @default fresh weights
 */
export async function trainBaseModel(
  context: DistillContext,
  kept: readonly KeptConversations[],
  from?: Pick<BaseModel, "weights" | "tokenizer"> & { readonly config: StudentConfig },
): Promise<BaseModel & { readonly training: TrainedStudent }> {
  const { baseTexts: count, seed, vocabSize, studentSize } = context.options;
  const stage = context.progress.stage("base model's text", count);
  const texts: string[] = [];
  for (const text of labBaseTexts(loadWorld(), { count, seed })) {
    if (texts.push(text) % 1000 === 0) stage.update(texts.length);
  }
  stage.update(count);
  stage.done();
  const tokenizer = from?.tokenizer ?? await learnTokenizer(kept, texts, vocabSize);
  const training = await trainToFolder(context, {
    name: "base model",
    paradigm: "base",
    tokenizer,
    examples: texts.map((text) => wholeText(tokenizer, text)),
    epochs: 1,
    learningRate: context.options.baseLearningRate,
    epsilon: BASE_EPSILON,
    weights: from === undefined
      ? undefined
      : growWeights(from.config, from.weights, labStudentConfig(studentSize, tokenizer), seed),
  });
  const { weights } = await readCheckpoint(studentFolder(context, "base"));
  return { weights, tokenizer, training };
}
