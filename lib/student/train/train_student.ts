import { sha256Hex } from "../../runs/hash.ts";
import type { TokenizedExample } from "../../training_data/tokenized_example.ts";
import type { StudentConfig } from "../config.ts";
import { resolveLora } from "../lora/lora_config.ts";
import { mergeAdapter } from "../lora/merge_adapter.ts";
import { initWeights, type Weights } from "../weights.ts";
import { learningRateAt, type LearningRateOptions } from "./learning_rate.ts";
import { batchRows, type PackedRow, packExamples } from "./packed_row.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";

/** Record of an optimizer step; measured times are left out of the history. */
export interface TrainingRecord {
  /** From 1. */
  readonly step: number;
  /** See `StepResult`. */
  readonly loss: number;
  /** Length of the gradient before clipping. */
  readonly gradNorm: number;
  /** Learning rate of the step. */
  readonly learningRate: number;
  /** Tokens read. */
  readonly tokens: number;
  /** Tokens whose prediction was trained. */
  readonly trainedTokens: number;
}

/** A {@link TrainingRecord} with what a progress line needs. */
export interface TrainingProgress extends TrainingRecord {
  /** Steps of the whole run. */
  readonly steps: number;
  /** From 1. */
  readonly epoch: number;
  /** Over the last steps. */
  readonly tokensPerSecond: number;
  /** Time that the rest of the run will take. */
  readonly etaMs: number;
}

/** The loss on examples that are not trained on. */
export interface HeldOutRecord {
  /** Steps taken before. */
  readonly step: number;
  /** Mean cross-entropy of the trained tokens, in nats. */
  readonly loss: number;
}

/** A look at a student that is still learning, which changes nothing in its training. */
export interface TrainingPreview {
  /** Time in training before it, in milliseconds; at half of the steps at the latest. */
  readonly afterMs: number;
  /** Called once, with copies of the student's weights. */
  take(weights: Weights, at: TrainingProgress): void;
}

/** Settings of {@link trainStudent}. */
export interface TrainStudentOptions
  extends Omit<TrainerOptions, "moveWeights">, LearningRateOptions {
  /** The student's shape. */
  readonly config: StudentConfig;
  /** Examples to train on. */
  readonly examples: readonly TokenizedExample[];
  /** Initial weights. @default fresh weights drawn from `seed` */
  readonly weights?: Weights;
  /** Passes over the examples; give this or `steps`. */
  readonly epochs?: number;
  /** Optimizer steps; give this or `epochs`. */
  readonly steps?: number;
  /** Decides fresh weights, the order of the examples and what dropout drops. */
  readonly seed: string | number;
  /** The highest learning rate. */
  readonly learningRate: number;
  /** Tokens of one optimizer step, at least (only an epoch's last may have fewer). @default 8192 */
  readonly batchTokens?: number;
  /** See `packExamples`. @default 256 */
  readonly rowLength?: number;
  /**
   * A curriculum: one number an example. The first pass goes from low to high, at random where equal;
   * those after it are all at random.
   * @default no curriculum
   */
  readonly difficulty?: readonly number[];
  /** Examples to measure the loss on. @default none */
  readonly heldOut?: readonly TokenizedExample[];
  /** Steps between two measurements on `heldOut`; there is always one at the end. @default 0 (no more) */
  readonly evaluateEverySteps?: number;
  /** Called after each step. */
  readonly onStep?: (progress: TrainingProgress) => void;
  /** Takes the student as it is early in its training. @default none */
  readonly preview?: TrainingPreview;
  /** Called after each measurement on `heldOut`. */
  readonly onHeldOut?: (record: HeldOutRecord) => void;
  /** Stops the run after the step under way; its state is saved first. */
  readonly signal?: AbortSignal;
  /** Folder for the state of an interrupted run. @default nothing is saved */
  readonly checkpointDir?: string;
  /** Time between two saves of the state. @default 30000 */
  readonly checkpointEveryMs?: number;
  /** Go on from the state in `checkpointDir`, if there is one. @default false */
  readonly resume?: boolean;
}

/** Result of {@link trainStudent}. */
export interface TrainedStudent {
  /** The trained weights; with `lora` those of the beginning with the adapter merged in. */
  readonly weights: Weights;
  /** The trained adapter. Null without `lora`. */
  readonly adapter: Weights | null;
  /** Records per step. */
  readonly history: readonly TrainingRecord[];
  /** Records per measurement. */
  readonly heldOut: readonly HeldOutRecord[];
  /** Wall time of the steps whose work is in the weights, in milliseconds. */
  readonly durationMs: number;
}

/**
 * Trains a student on examples, or with `lora` an adapter to it, and returns its weights and the course of the loss. A run that was
 * interrupted, at whatever moment, and resumed gives the same as one that was not.
 *
 * @throws {RangeError} when an option is out of range or no example trains any token
 * @throws {Error} when the saved state is of another run, or the loss is not finite any more
 * @throws the signal's reason, when it is aborted
 */
export async function trainStudent(options: TrainStudentOptions): Promise<TrainedStudent> {
  const { config, seed, checkpointDir, signal } = options;
  signal?.throwIfAborted();
  const steps = countSteps(options);
  learningRateAt(0, steps, options);
  const run = fingerprint(options, steps);
  const history: TrainingRecord[] = [];
  const heldOut: HeldOutRecord[] = [];
  let durationMs = 0;
  const heldOutRows = packExamples(options.heldOut ?? [], { rowLength: options.rowLength, seed });
  const weights = options.weights ?? initWeights(config, seed);
  await using trainer = await Trainer.create(config, weights, options);

  if (options.resume && checkpointDir !== undefined) {
    const saved = await trainer.loadState(checkpointDir);
    if (saved !== null) {
      const note = JSON.parse(saved.note) as Note;
      if (note.run !== run) {
        throw new Error(
          `Cannot resume training from ${checkpointDir}: its state is of a run with other ` +
            "examples or settings; remove it to begin anew",
        );
      }
      history.push(...note.history);
      heldOut.push(...note.heldOut);
      durationMs = note.durationMs ?? 0;
    }
  }
  const studentWeights = (trained: Weights): Weights =>
    options.lora ? mergeAdapter(config, weights, resolveLora(options.lora), trained) : trained;
  let { preview } = options;
  let savedAt = performance.now();
  const save = async () => {
    if (checkpointDir === undefined) return;
    await trainer.saveState(
      checkpointDir,
      JSON.stringify({ run, history, heldOut, durationMs } satisfies Note),
    );
    savedAt = performance.now();
  };
  const speed: { tokens: number; ms: number }[] = [];
  const done = history.length;
  for (const { step, epoch, rows } of plannedBatches(options, steps)) {
    if (step < done) continue;
    const learningRate = learningRateAt(step, steps, options);
    const { ms, ...result } = await trainer.step(rows, { learningRate });
    const { loss, gradNorm, tokens, trainedTokens } = result;
    const record = { step: step + 1, loss, gradNorm, learningRate, tokens, trainedTokens };
    history.push(record);
    durationMs += ms;
    speed.push({ tokens, ms });
    if (speed.length > 20) speed.shift();
    const recentMs = speed.reduce((sum, item) => sum + item.ms, 0);
    const recentTokens = speed.reduce((sum, item) => sum + item.tokens, 0);
    const now: TrainingProgress = {
      ...record,
      steps,
      epoch,
      tokensPerSecond: (1000 * recentTokens) / recentMs,
      etaMs: (recentMs / speed.length) * (steps - step - 1),
    };
    options.onStep?.(now);
    if (preview && (durationMs >= preview.afterMs || 2 * now.step >= steps)) {
      preview.take(studentWeights(await trainer.weights()), now);
      preview = undefined;
    }
    const every = options.evaluateEverySteps ?? 0;
    const last = step + 1 === steps;
    if (heldOutRows.length > 0 && (last || (every > 0 && (step + 1) % every === 0))) {
      const measured = { step: step + 1, loss: (await trainer.evaluate(heldOutRows)).loss };
      heldOut.push(measured);
      options.onHeldOut?.(measured);
    }
    const due = performance.now() - savedAt >= (options.checkpointEveryMs ?? 30_000);
    if (last || due || signal?.aborted) await save();
    if (!last) signal?.throwIfAborted();
  }
  const trained = await trainer.weights();
  const adapter = options.lora ? trained : null;
  return { weights: studentWeights(trained), adapter, history, heldOut, durationMs };
}

/** Notes saved beside the engine's state. */
interface Note {
  readonly run: string;
  readonly history: readonly TrainingRecord[];
  readonly heldOut: readonly HeldOutRecord[];
  /** Absent in states of earlier versions. */
  readonly durationMs?: number;
}

/** The batches of a run in order: epoch after epoch, each packed in an order of its own. */
function* plannedBatches(
  options: TrainStudentOptions,
  steps: number,
): Generator<{ readonly step: number; readonly epoch: number; readonly rows: PackedRow[] }> {
  let step = 0;
  for (let epoch = 1; step < steps; epoch++) {
    for (const rows of epochBatches(options, epoch)) {
      if (step === steps) return;
      yield { step: step++, epoch, rows };
    }
  }
}

function epochBatches(options: TrainStudentOptions, epoch: number): PackedRow[][] {
  const { examples, rowLength, seed, batchTokens = 8192 } = options;
  const difficulty = epoch === 1 ? options.difficulty : undefined;
  const rows = packExamples(examples, { rowLength, seed: `${seed}/epoch/${epoch}`, difficulty });
  if (rows.length === 0) {
    throw new RangeError(
      `Cannot train: none of the ${examples.length} examples has a token to train on`,
    );
  }
  return batchRows(rows, batchTokens);
}

function countSteps(options: TrainStudentOptions): number {
  const { epochs, steps } = options;
  if ((epochs === undefined) === (steps === undefined)) {
    throw new RangeError("Cannot train: give either epochs or steps");
  }
  const given = epochs ?? steps;
  if (!Number.isInteger(given) || given! < 1) {
    const name = epochs === undefined ? "steps" : "epochs";
    throw new RangeError(`Cannot train: ${name} must be a positive whole number, not ${given}`);
  }
  if (steps !== undefined) return steps;
  let total = 0;
  for (let epoch = 1; epoch <= epochs!; epoch++) total += epochBatches(options, epoch).length;
  return total;
}

/** A hash of all that decides the outcome of a run. */
function fingerprint(options: TrainStudentOptions, steps: number): string {
  const { config, seed, betas, epsilon, weightDecay, clipNorm, microBatchTokens, threads } =
    options;
  const { learningRate, schedule, warmupShare, finalShare, batchTokens, rowLength } = options;
  const settings = [config, seed, steps, betas, epsilon, weightDecay, clipNorm, microBatchTokens];
  settings.push(threads, learningRate, schedule, warmupShare, finalShare, batchTokens, rowLength);
  // The hardware is no part of it: it changes nothing but the last bits.
  const { lora, parallelism, gradientCheckpointing, difficulty } = options;
  const { precision, freeze } = options;
  const more = {
    lora: lora && resolveLora(lora),
    parallelism,
    gradientCheckpointing,
    difficulty,
    precision,
    freeze,
  };
  // Only what is given, so that states saved before these options existed can be resumed.
  const given = Object.entries(more).filter(([, value]) => value);
  const hashes = [...options.examples, null, ...(options.heldOut ?? [])].map((example) =>
    example === null ? "" : exampleHash(example)
  );
  for (const tensors of [options.weights, options.adapter]) {
    for (const { data } of tensors?.values() ?? []) hashes.push(sha256Hex(bytesOf(data)));
  }
  const text = JSON.stringify(settings) + (given.length > 0 ? JSON.stringify(given) : "");
  return sha256Hex(text + hashes.join());
}

function exampleHash({ ids, trained, weights }: TokenizedExample): string {
  const hash = sha256Hex(bytesOf(ids)) + sha256Hex(trained);
  return weights === undefined ? hash : hash + sha256Hex(bytesOf(weights));
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
