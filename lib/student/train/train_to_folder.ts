import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { JsonValue } from "../../records/json.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";
import { sha256OfJson } from "../../runs/hash.ts";
import { lockBeside } from "../../runs/folder_lock.ts";
import type { Progress } from "../../runs/progress/progress.ts";
import { mergeOrigins, type StudentOrigin } from "../../training_data/student_origin.ts";
import { type SpanWeights, weightSpans } from "../../training_data/span_weights.ts";
import type { TokenizedExample } from "../../training_data/tokenized_example.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { withChatTemplate } from "../../tokenizer/with_chat_template.ts";
import { parameterCount, type StudentConfig } from "../config.ts";
import type { StudentParts } from "../generate/engine_options.ts";
import type { Weights } from "../weights.ts";
import type { ModelCardFacts } from "../export/model_card.ts";
import { saveStudent } from "../export/save_student.ts";
import { downloadProgress } from "../../http/hub/download_progress.ts";
import { writeAdapter } from "../lora/adapter_folder.ts";
import { resolveLora } from "../lora/lora_config.ts";
import { openStartingStudent, type StartingStudent } from "../starting_student.ts";
import type { Precision } from "./gradient_settings.ts";
import { type TrainingProgress, trainStudent } from "./train_student.ts";
import { type Device, providerOf } from "../../onnx/device.ts";
import { LARGE_STUDENT, trainingDefaults } from "./training_defaults.ts";
import {
  trainingExamples,
  type TrainingExamplesOptions,
  type TrainingSource,
} from "./training_examples.ts";
import {
  lossCurve,
  readTrainingSummary,
  TRAINING_FILE,
  type TrainingSummary,
} from "./training_summary.ts";

/** Folder of the adapter within that of a student that was trained with LoRA. */
const ADAPTER_FOLDER = "adapter";

/** Settings of {@link trainToFolder}. */
export interface TrainToFolderOptions extends TrainingExamplesOptions {
  /**
   * The model that training begins with: a size of the lab (its stored base model), a Hugging Face
   * folder, a GGUF file or a name of the hub, with its own tokenizer and chat template; or an opened one.
   */
  readonly student: string | StartingStudent;
  /**
   * Training data: paths of runs (filtered as in a distillation) and of files of rows, or
   * conversations, both rendered with the student's chat template and with the loss on what the
   * assistant writes; or examples that are tokenized already.
   */
  readonly data: TrainingSource;
  /**
   * The chat template to train and to save with: path of a `.jinja` file, or the name of one of several
   * that the tokenizer has.
   * @default the tokenizer's
   */
  readonly chatTemplate?: string;
  /** The Hugging Face folder to write. The state of an unfinished training is beside it, in `OUT.training`. */
  readonly out: string;
  /** Shown in progress and reports. @default "student" */
  readonly name?: string;
  /** Passes over the examples, where `steps` is not given. @default 2 */
  readonly epochs?: number;
  /** Optimizer steps, in place of `epochs`. */
  readonly steps?: number;
  /** The highest learning rate. @default that of `trainingDefaults` */
  readonly learningRate?: number;
  /** AdamW's epsilon. @default that of `trainingDefaults` */
  readonly adamEpsilon?: number;
  /** Tokens of one optimizer step. @default that of `trainingDefaults` */
  readonly batchTokens?: number;
  /** Decides the order of the examples, fresh weights, and what dropout drops. @default 0 */
  readonly seed?: string | number;
  /**
   * `full` trains every weight, `lora` an adapter, which is merged in and written as PEFT's as well, to
   * `OUT/adapter`.
   * @default "full"
   */
  readonly adaptation?: "full" | "lora";
  /** Rank of the adapter. @default that of `trainingDefaults` */
  readonly loraRank?: number;
  /** The adapter's scale is this over its rank. @default that of `trainingDefaults` */
  readonly loraAlpha?: number;
  /**
   * Hardware that trains; `auto` is the processor.
   * @default "auto"
   */
  readonly device?: Device;
  /** Numbers in which linear layers are multiplied; see `EngineOptions`. @default "float32" */
  readonly precision?: Precision;
  /** `embeddings` leaves the matrix of embeddings as it is. @default "none" */
  readonly freeze?: "none" | "embeddings";
  /** Number of the lowest blocks that stay as they are, with the embeddings below. @default 0 */
  readonly freezeLayers?: number;
  /**
   * `steps`: the first pass goes from examples of few trained turns to those of many.
   * @default "none"
   */
  readonly curriculum?: "none" | "steps";
  /** Weights of thoughts, code and names in the loss; see `weightSpans`. @default 1 for all */
  readonly spanWeights?: SpanWeights;
  /** Origin of the data, for `trained_on.json`. @default what its files say */
  readonly origin?: StudentOrigin;
  /** Facts for the model card, besides those of `origin`. */
  readonly card?: ModelCardFacts;
  /** Stored in `training.json`; a finished folder with other settings is not read. @default none */
  readonly settings?: JsonValue;
  /** Time between two saves of the state. @default 30000 */
  readonly checkpointEveryMs?: number;
  /** Takes the student as it is early in its training; not called for large ones. @default none */
  readonly preview?: {
    /** Time in training before it, in milliseconds; at half of the steps at the latest. */
    readonly afterMs: number;
    /** Called once, with copies. */
    take(student: StudentParts, at: TrainingProgress): void;
  };
  /** Go on with an unfinished training, or only read a finished one. @default false */
  readonly resume?: boolean;
  /** Stops the training after the step under way; its state is saved first. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a student into a Hugging Face folder: weights, tokenizer with chat template, model card,
 * `trained_on.json`, and `training.json` with the loss curve, which comes last. An interrupted
 * training that is resumed gives the same weights as one that was not, on one machine.
 *
 * @throws {Error} when no example is left, when the folder is in use or holds something else, when
 *   what is resumed has other data or settings, or the signal's reason
 * @throws {RangeError} when an option is out of range
 * @source paper, section 3.2 (student training)
 *
 * @example
 * ```ts
 * import { trainToFolder } from "@potstill";
 * const parent = await Deno.makeTempDir();
 * const { steps } = await trainToFolder({
 *   student: "0.3M",
 *   data: [{
 *     id: "greeting",
 *     messages: [
 *       { role: "user", content: "Hello" },
 *       { role: "assistant", content: "Good day" },
 *     ],
 *   }],
 *   out: `${parent}/student`,
 *   steps: 2,
 *   learningRate: 1e-3,
 *   seed: 1,
 * });
 * if (steps !== 2) throw new Error(`${steps} steps`);
 * await Deno.remove(parent, { recursive: true });
 * ```
 */
export async function trainToFolder(options: TrainToFolderOptions): Promise<TrainingSummary> {
  const { out, settings } = options;
  await using lock = await lockBeside(out, "training");
  const finished = await readTrainingSummary(out);
  const checkpointDir = `${out}.training`;
  if (finished !== null && options.resume) {
    const isSame = settings === undefined || finished.settings === undefined ||
      sha256OfJson(settings) === sha256OfJson(finished.settings);
    if (isSame) {
      const { name = "student", progress } = options;
      progress?.stage(`train ${name}`, finished.steps ?? null, finished.steps).done("before");
      return finished;
    }
    throw new Error(
      `Cannot resume the training in ${out}: it is finished, with other data or settings: ` +
        JSON.stringify(finished.settings),
    );
  }
  if (finished !== null) throw new Error(`Cannot train into ${out}: it holds a trained student`);
  if (existsSync(checkpointDir)) {
    if (!options.resume) {
      throw new Error(
        `Cannot train into ${out}: it holds an interrupted training; resume it, or remove ` +
          checkpointDir,
      );
    }
  } else if (existsSync(out) && readdirSync(out).length > 0) {
    throw new Error(`Cannot train into ${out}: it exists and is not empty`);
  }
  const signal = AbortSignal.any([lock.lost, ...options.signal ? [options.signal] : []]);
  const summary = await train({ ...options, signal }, checkpointDir);
  await writeJsonAtomic(join(out, TRAINING_FILE), summary);
  await rm(checkpointDir, { recursive: true, force: true });
  return summary;
}

async function train(
  options: TrainToFolderOptions,
  checkpointDir: string,
): Promise<TrainingSummary> {
  const { name = "student", adaptation = "full", device = "auto", steps } = options;
  const epochs = options.epochs ?? (steps === undefined ? 2 : undefined);
  const opened = typeof options.student === "string"
    ? await openStartingStudent(options.student, {
      signal: options.signal,
      ...(options.progress === undefined ? {} : { onBytes: downloadProgress(options.progress) }),
    })
    : options.student;
  const { chatTemplate } = options;
  const start = chatTemplate === undefined
    ? opened
    : { ...opened, tokenizer: await withChatTemplate(opened.tokenizer, chatTemplate) };
  const { tokenizer } = start;
  const config = endingTurns(start.config, tokenizer);
  const defaults = trainingDefaults(config, adaptation);
  const data = await trainingExamples(options.data, start, options);
  const { leftOut } = data;
  const { spanWeights } = options;
  const examples = spanWeights === undefined
    ? data.examples
    : data.examples.map((example) => weightSpans(tokenizer, example, spanWeights));
  // No ONNX file is written then: it would be too large.
  const isLarge = parameterCount(config) >= LARGE_STUDENT;
  const isFrozen = options.freeze === "embeddings" || (options.freezeLayers ?? 0) > 0;
  let stage: ReturnType<Progress["stage"]> | undefined;
  const lora = adaptation === "lora"
    ? {
      rank: options.loraRank ?? defaults.loraRank,
      alpha: options.loraAlpha ?? defaults.loraAlpha,
    }
    : undefined;
  const { weights, adapter, history, durationMs: stepsMs } = await trainStudent({
    config,
    examples,
    weights: start.weights,
    epochs,
    steps,
    learningRate: options.learningRate ?? defaults.learningRate,
    epsilon: options.adamEpsilon ?? defaults.adamEpsilon,
    batchTokens: options.batchTokens ?? defaults.batchTokens,
    seed: options.seed ?? 0,
    difficulty: options.curriculum === "steps" ? examples.map(countTurns) : undefined,
    ...(options.precision === "int8" ? { precision: "int8" as const } : {}),
    ...(isFrozen
      ? { freeze: { embeddings: options.freeze === "embeddings", layers: options.freezeLayers } }
      : {}),
    lora,
    executionProvider: providerOf(device),
    checkpointDir,
    checkpointEveryMs: options.checkpointEveryMs,
    resume: options.resume,
    signal: options.signal,
    ...(options.preview === undefined || isLarge ? {} : {
      preview: {
        afterMs: options.preview.afterMs,
        take: (weights: Weights, at: TrainingProgress) =>
          options.preview!.take({ config, weights, tokenizer }, at),
      },
    }),
    onStep: ({ step, steps, loss, tokensPerSecond }) => {
      stage ??= options.progress?.stage(`train ${name}`, steps, step - 1);
      stage?.update(step, `loss ${loss.toFixed(3)}, ${Math.round(tokensPerSecond)} tokens/s`);
    },
  });
  stage ??= options.progress?.stage(`train ${name}`, history.length, history.length);
  stage?.done();
  const savingAt = performance.now();
  const { out, card } = options;
  const origin = originOfAll(start, options.origin ?? data.origin);
  if (adapter !== null) {
    const base = start.from ?? start.base?.name ?? out;
    await writeAdapter(
      join(out, ADAPTER_FOLDER),
      config,
      { lora: resolveLora(lora!), adapter },
      base,
      start.base?.revision,
    );
  }
  await saveStudent(out, { config, weights, tokenizer }, { origin, card, onnx: !isLarge });
  const durationMs = stepsMs + performance.now() - savingAt;
  const tokens = history.reduce((sum, record) => sum + record.tokens, 0);
  return {
    name,
    parameters: parameterCount(config),
    losses: lossCurve(history),
    durationMs,
    tokensPerSecond: 1000 * tokens / durationMs,
    steps: history.length,
    loss: history[history.length - 1].loss,
    examples: examples.length,
    tokens,
    trainedTokens: history.reduce((sum, record) => sum + record.trainedTokens, 0),
    leftOut,
    peakMemoryMb: Math.round(process.resourceUsage().maxRSS * 1.024e-3),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  };
}

/** With what the model that training began with was itself trained on. */
function originOfAll(
  { base, origin: before }: StartingStudent,
  origin: StudentOrigin | null,
): StudentOrigin | undefined {
  if (origin === null) return undefined;
  return before ? mergeOrigins([before, origin], base) : { ...origin, base };
}

/** The student's shape as it is saved: in float32, with the token that it learns to end turns with. */
function endingTurns(config: StudentConfig, tokenizer: Tokenizer): StudentConfig {
  const end = tokenizer.specialTokens.get(tokenizer.endOfTurn);
  const ends = [config.eos_token_id ?? []].flat();
  const isKnown = end === undefined || ends.includes(end);
  return {
    ...config,
    torch_dtype: "float32",
    ...(isKnown ? {} : { eos_token_id: [end, ...ends] }),
  };
}

/** The trained turns of an example: its runs of trained tokens. */
function countTurns({ trained }: TokenizedExample): number {
  return trained.reduce(
    (turns, mark, i) => turns + (mark === 1 && trained[i - 1] !== 1 ? 1 : 0),
    0,
  );
}
