import type { StudentConfig } from "../config.ts";
import { checkWeights, type Weights } from "../weights.ts";
import type { PackedRow } from "./packed_row.ts";
import type { EngineOptions, StepResult, StepSettings } from "./training_engine.ts";
import type { TrainerCalls } from "./training_worker.ts";
import { WorkerClient } from "./worker_calls.ts";

/** Settings of {@link Trainer.create}. */
export interface TrainerOptions extends EngineOptions {
  /** Learning rate of a step that names none. @default 0.001 */
  readonly learningRate?: number;
  /**
   * Move the weights into the worker instead of copying them: their arrays are empty afterwards. For
   * students so large that two copies matter.
   * @default false
   */
  readonly moveWeights?: boolean;
}

/**
 * Trains a student, or with `lora` an adapter to it, with AdamW, in a worker: the event loop of the caller stays free. Forward pass,
 * gradients and optimizer are ONNX graphs run by onnxruntime in float32. Equal calls give equal
 * weights, bit for bit, on one machine with one number of threads.
 *
 * @example
 * ```ts
 * import { initWeights, packExamples, studentPreset, Trainer } from "@potstill/student";
 * const config = studentPreset("0.3M", 64);
 * await using trainer = await Trainer.create(config, initWeights(config, 1), { learningRate: 3e-3 });
 * const ids = Int32Array.from({ length: 32 }, (_, i) => i % 5);
 * const rows = packExamples([{ ids, trained: new Uint8Array(32).fill(1) }], { seed: 1 });
 * const first = await trainer.step(rows);
 * for (let i = 0; i < 20; i++) await trainer.step(rows);
 * const { loss } = await trainer.evaluate(rows);
 * if (!(loss < first.loss / 2)) throw new Error(`the loss only fell to ${loss}`);
 * ```
 */
export class Trainer implements AsyncDisposable {
  readonly #worker: WorkerClient<TrainerCalls>;
  readonly #learningRate: number;
  #closed = false;

  private constructor(learningRate: number) {
    this.#learningRate = learningRate;
    this.#worker = new WorkerClient(new URL("./training_worker.ts", import.meta.url));
  }

  /**
   * Starts a worker that trains `weights`, or with `lora` an adapter to them.
   *
   * @throws {RangeError} when weights do not fit the configuration or an option is out of range
   */
  static async create(
    config: StudentConfig,
    weights: Weights,
    options: TrainerOptions = {},
  ): Promise<Trainer> {
    checkWeights(config, weights, "the student");
    const trainer = new Trainer(options.learningRate ?? 1e-3);
    try {
      // One by one: a message with all of a large student would exist twice more on its way.
      for (const [name, weight] of weights) {
        const { buffer, byteLength } = weight.data;
        const whole = options.moveWeights && buffer.byteLength === byteLength;
        const moved = whole ? [buffer as ArrayBuffer] : [];
        await trainer.#worker.call("weight", { name, weight }, moved);
      }
      await trainer.#worker.call("create", { config, options: engineOptions(options) });
    } catch (error) {
      trainer.#worker.end("it did not start");
      throw error;
    }
    return trainer;
  }

  /**
   * Takes an optimizer step on `rows`, any number of them: they are processed in micro-batches
   * whose gradients add up. The loss is the sum of weight times cross-entropy over the trained
   * tokens, divided by the normaliser.
   *
   * @throws {RangeError} when no token is trained, a token id or length does not fit the student, or
   *   the normaliser is not positive
   * @throws {Error} when the gradient is not finite; the weights are then as before the step
   */
  step(
    rows: readonly PackedRow[],
    options: Partial<StepSettings> = {},
  ): Promise<StepResult> {
    const { learningRate = this.#learningRate, normalizer } = options;
    return this.#worker.call("step", { rows, settings: { learningRate, normalizer } });
  }

  /**
   * The cross-entropy, in nats, of each trained token of each row, without its weight: the negative
   * log-probability that the student as it is now gives it.
   */
  tokenLosses(rows: readonly PackedRow[]): Promise<Float32Array[]> {
    return this.#worker.call("tokenLosses", { rows });
  }

  /** Mean cross-entropy, in nats, of the trained tokens of `rows`, without a training step. */
  evaluate(
    rows: readonly PackedRow[],
  ): Promise<{ readonly loss: number; readonly trainedTokens: number }> {
    return this.#worker.call("evaluate", { rows });
  }

  /** A copy of the trained weights: the student's weights, or with `lora` the adapter's. */
  weights(): Promise<Weights> {
    return this.#worker.call("weights", null);
  }

  /**
   * Writes weights, optimizer moments and step count to `dir`, all or nothing.
   *
   * @param note text of the caller's own, returned by {@link loadState}
   * @throws {Error} naming the file when it cannot be written
   */
  saveState(dir: string, note = ""): Promise<void> {
    return this.#worker.call("saveState", { dir, note });
  }

  /**
   * Goes on from a state that {@link saveState} wrote: later steps give the same weights, bit for
   * bit, as without the interruption.
   *
   * @returns the number of steps taken and the caller's note; null when `dir` has no state
   * @throws {Error} naming the file when it is corrupt or of another student
   */
  loadState(dir: string): Promise<{ readonly step: number; readonly note: string } | null> {
    return this.#worker.call("loadState", { dir });
  }

  /** Ends the worker; calls under way are finished first. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#worker.call("close", null).catch(() => {});
    this.#worker.end("the trainer is closed");
  }

  /** {@link close} */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The options of the engine among those of a run, which may hold what no message can. */
function engineOptions(options: TrainerOptions): EngineOptions {
  const { betas, epsilon, weightDecay, clipNorm, microBatchTokens, threads } = options;
  const { parallelism, gradientCheckpointing, lora, adapter, seed, executionProvider } = options;
  const { precision, freeze } = options;
  return {
    betas,
    epsilon,
    weightDecay,
    clipNorm,
    microBatchTokens,
    threads,
    parallelism,
    gradientCheckpointing,
    lora,
    adapter,
    seed,
    executionProvider,
    precision,
    freeze,
  };
}
