import { labBaseTexts } from "../../lab/base_text/lab_base_texts.ts";
import { loadWorld } from "../../lab/world/load_world.ts";
import { readCheckpoint } from "../../student/checkpoint/checkpoint_folder.ts";
import type { StudentConfig } from "../../student/config.ts";
import { growWeights } from "../../student/grow_weights.ts";
import { wholeText } from "../../training_data/whole_text.ts";
import { type DistillContext, studentFolder } from "./distill_context.ts";
import { labStudentConfig } from "../../student/stored_base.ts";
import { openStartingStudent, type StartingStudent } from "../../student/starting_student.ts";
import { trainToFolder } from "../../student/train/train_to_folder.ts";
import type { TrainingSummary } from "../../student/train/training_summary.ts";
import type { Weights } from "../../student/weights.ts";
import { studentSize } from "./distill_options.ts";
import { type KeptConversations, learnTokenizer } from "./training_sets.ts";

/** AdamW's epsilon: a lower loss than at 1e-8, as seldom tokens drift less (`docs/log.md`). */
const BASE_EPSILON = 1e-5;

/** The model from which every student is fine-tuned. */
export interface BaseModel extends StartingStudent {
  /** Its tensors. */
  readonly weights: Weights;
  /** Its size, loss curve and time; null for a model that this run has not trained. */
  readonly training: TrainingSummary | null;
}

/**
 * The model that all students begin with: stored with the project, of a Hugging Face folder, or trained
 * in the run, as the settings say. Distillation is then fine-tuning, as in the paper.
 *
 * @throws {Error} naming the stored model's file that is missing or does not fit
 */
export async function openBaseModel(
  context: DistillContext,
  kept: readonly KeptConversations[],
): Promise<BaseModel> {
  const { base, student } = context.options;
  return base === "stored"
    ? { ...await openStartingStudent(student), training: null }
    : await trainBaseModel(context, kept);
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
): Promise<BaseModel & { readonly training: TrainingSummary }> {
  const { options, progress, signal } = context;
  const { baseTexts: count, seed, vocabSize } = options;
  const size = studentSize(options.student);
  if (size === null) throw new RangeError(`Cannot train a base model of ${options.student}`);
  const stage = progress.stage("base model's text", count);
  const texts: string[] = [];
  for (const text of labBaseTexts(loadWorld(), { count, seed })) {
    if (texts.push(text) % 1000 === 0) stage.update(texts.length);
  }
  stage.update(count);
  stage.done();
  const tokenizer = from?.tokenizer ?? await learnTokenizer(kept, texts, vocabSize);
  const config = labStudentConfig(size, tokenizer);
  const out = studentFolder(context, "base");
  const grown = from && growWeights(from.config, from.weights, config, seed);
  const training = await trainToFolder({
    student: { config, tokenizer, weights: grown, base: null },
    data: texts.map((text) => wholeText(tokenizer, text)),
    out,
    name: "base model",
    epochs: 1,
    learningRate: options.baseLearningRate,
    adamEpsilon: BASE_EPSILON,
    device: options.device,
    batchTokens: options.batchTokens,
    seed: `${seed}/base`,
    resume: true,
    progress,
    signal,
  });
  const { weights } = await readCheckpoint(out);
  const base = { name: `${size} base model of the lab, trained in the run`, sha256: null };
  return { config, weights, tokenizer, base, training };
}
