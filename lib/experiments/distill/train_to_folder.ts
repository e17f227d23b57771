import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LossPoint } from "../../report/report_input.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";
import {
  parameterCount,
  type StudentConfig,
  type StudentPreset,
  studentPreset,
} from "../../student/config.ts";
import type { LoraOptions } from "../../student/lora/lora_config.ts";
import { saveStudent } from "../../student/export/save_student.ts";
import type { StudentOrigin } from "../../training_data/student_origin.ts";
import { type TrainingRecord, trainStudent } from "../../student/train/train_student.ts";
import type { Weights } from "../../student/weights.ts";
import { END_OF_TEXT, IM_END } from "../../tokenizer/special_tokens.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { TokenizedExample } from "../../training_data/tokenized_example.ts";
import type { DistillContext } from "./distill_context.ts";

/** A model's training in figures. */
export interface TrainedStudent {
  /** As in the report: `agent student`. */
  readonly name: string;
  /** Number of trained weights. */
  readonly parameters: number;
  /** The loss curve: at most about 200 points, each the mean of the steps since the one before. */
  readonly losses: readonly LossPoint[];
  /** Wall time of training and saving, in milliseconds. */
  readonly durationMs: number;
  /** Mean speed over that time. */
  readonly tokensPerSecond: number;
}

/** What to train, and where it goes. */
export interface TrainToFolderRequest {
  /** Shown in the progress and the report. */
  readonly name: string;
  /** Names the folder in `students/`. */
  readonly paradigm: string;
  /** Saved with the model, whose vocabulary size it sets. */
  readonly tokenizer: Tokenizer;
  /** The training data, with the loss mask of each. */
  readonly examples: readonly TokenizedExample[];
  /** Passes over the examples. */
  readonly epochs: number;
  /** Peak of the schedule. */
  readonly learningRate: number;
  /** AdamW's epsilon. @default 1e-8 */
  readonly epsilon?: number;
  /** A curriculum: one number an example, as in `trainStudent`. @default none */
  readonly difficulty?: readonly number[];
  /** Where training begins. @default fresh weights */
  readonly weights?: Weights;
  /** Train an adapter and merge it in. @default every weight is trained */
  readonly lora?: LoraOptions;
  /** What the examples were made from, stored with the model. @default not known */
  readonly origin?: StudentOrigin;
}

/** Where a student's checkpoint folder is. */
export function studentFolder(context: DistillContext, paradigm: string): string {
  return join(context.run.path, "students", paradigm);
}

/**
 * Trains a model into a Hugging Face folder with its loss curve beside it (`training.json`). A
 * finished folder is only read; an interrupted training goes on from its last checkpoint.
 */
export async function trainToFolder(
  context: DistillContext,
  request: TrainToFolderRequest,
): Promise<TrainedStudent> {
  const folder = studentFolder(context, request.paradigm);
  const summaryPath = join(folder, "training.json");
  if (!existsSync(summaryPath)) {
    const checkpointDir = `${folder}.training`;
    await writeJsonAtomic(summaryPath, await train(context, request, folder, checkpointDir));
    await rm(checkpointDir, { recursive: true, force: true });
  }
  return JSON.parse(await readFile(summaryPath, "utf8"));
}

async function train(
  context: DistillContext,
  request: TrainToFolderRequest,
  folder: string,
  checkpointDir: string,
): Promise<TrainedStudent> {
  const { options, progress, signal } = context;
  const { name, tokenizer, examples, epochs, learningRate, epsilon } = request;
  const { difficulty, weights, lora } = request;
  const config = labStudentConfig(options.studentSize, tokenizer);
  let stage: ReturnType<typeof progress.stage> | null = null;
  const startedAt = performance.now();
  const { history, ...result } = await trainStudent({
    config,
    examples,
    epochs,
    learningRate,
    ...(epsilon === undefined ? {} : { epsilon }),
    difficulty,
    weights,
    lora,
    seed: `${options.seed}/${request.paradigm}`,
    batchTokens: options.batchTokens,
    checkpointDir,
    resume: true,
    signal,
    onStep: ({ step, steps, loss, tokensPerSecond }) => {
      stage ??= progress.stage(`train ${name}`, steps, step - 1);
      stage.update(step, `loss ${loss.toFixed(3)}, ${Math.round(tokensPerSecond)} tokens/s`);
    },
  });
  stage ??= progress.stage(`train ${name}`, history.length, history.length);
  stage.done();
  const { origin } = request;
  const parts = { config, weights: result.weights, tokenizer };
  await saveStudent(folder, parts, origin === undefined ? {} : { origin });
  const durationMs = performance.now() - startedAt;
  const tokens = history.reduce((sum, record) => sum + record.tokens, 0);
  return {
    name,
    parameters: parameterCount(config),
    losses: lossCurve(history),
    durationMs,
    tokensPerSecond: 1000 * tokens / durationMs,
  };
}

/** The shape of a lab student of a size, with its tokenizer's vocabulary and special tokens. */
export function labStudentConfig(size: StudentPreset, tokenizer: Tokenizer): StudentConfig {
  return studentPreset(size, tokenizer.vocabSize, {
    eos_token_id: tokenizer.specialId(IM_END),
    bos_token_id: tokenizer.specialId(END_OF_TEXT),
    pad_token_id: tokenizer.specialId(END_OF_TEXT),
  });
}

/** At most about 200 points, each the mean of the steps since the one before. */
function lossCurve(history: readonly TrainingRecord[]): LossPoint[] {
  const every = Math.max(1, Math.ceil(history.length / 200));
  const points: LossPoint[] = [];
  for (let start = 0; start < history.length; start += every) {
    const part = history.slice(start, start + every);
    const loss = part.reduce((sum, record) => sum + record.loss, 0) / part.length;
    points.push({ step: part[part.length - 1].step, loss });
  }
  return points;
}
