import { checkProvider, type ExecutionProvider } from "../../onnx/execution_provider.ts";
import { parameterCount, type StudentConfig } from "../config.ts";
import type { AdamWOptions } from "../graph/adamw_graph.ts";
import { ParameterLayout } from "../graph/parameter_layout.ts";
import { initAdapter } from "../lora/init_adapter.ts";
import { type LoraOptions, resolveLora } from "../lora/lora_config.ts";
import { checkWeights, type Weights } from "../weights.ts";
import { AdamWOptimizer, type OptimizerState } from "./adamw_optimizer.ts";
import type { GradientSettings, GradientSource } from "./gradient_settings.ts";
import { gradientSource } from "./gradient_source.ts";
import type { GradientCalls } from "./gradient_worker.ts";
import { checkRows, shareRows, trainedTokens } from "./share_rows.ts";
import type { PackedRow } from "./packed_row.ts";
import { WorkerClient } from "./worker_calls.ts";

/** Settings of a {@link TrainingEngine}. */
export interface EngineOptions extends AdamWOptions {
  /**
   * Most tokens of one run of the graph, unless a row is longer. Small enough, what flows between
   * operations stays in a core's cache.
   * @default 512
   */
  readonly microBatchTokens?: number;
  /** Threads to compute with. @default the machine's, at most 8 */
  readonly threads?: number;
  /**
   * Work that threads share: with `rows`, each takes a part of every batch with its own copy of
   * all tensors; with `operations`, all work on the same operation.
   * @default "rows" below 50 million parameters, else "operations"
   */
  readonly parallelism?: "rows" | "operations";
  /**
   * Keep only the hidden states between blocks, and compute each block a second time in the backward
   * pass: a fraction of the memory for about a third more time.
   * @default false
   */
  readonly gradientCheckpointing?: boolean;
  /** Train an adapter with these settings, and leave the student's weights alone. @default null */
  readonly lora?: LoraOptions | null;
  /** Initial adapter. @default a fresh one drawn from `seed` */
  readonly adapter?: Weights;
  /** Decides a fresh adapter and what dropout drops. @default 0 */
  readonly seed?: string | number;
  /** Hardware of onnxruntime. @default "cpu" */
  readonly executionProvider?: ExecutionProvider;
}

/** Parameters from which the threads of one operation have enough to do. */
const LARGE_STUDENT = 50e6;

/** Result of an optimizer step. */
export interface StepResult {
  /** Mean cross-entropy of the trained tokens, in nats, before the step. */
  readonly loss: number;
  /** Length of the gradient before clipping. */
  readonly gradNorm: number;
  /** Tokens read. */
  readonly tokens: number;
  /** Tokens whose prediction was trained. */
  readonly trainedTokens: number;
  /** Wall time of the step. */
  readonly ms: number;
}

/**
 * Trains a student, or its adapter, in this thread and, when `threads` says so, in further workers:
 * each gets a share of every batch, and the gradients of the shares are added in a fixed order.
 *
 * onnxruntime occupies a thread while a graph runs; `Trainer` keeps an engine in a worker.
 */
export class TrainingEngine {
  readonly #config: StudentConfig;
  readonly #layout: ParameterLayout;
  readonly #optimizer: AdamWOptimizer;
  readonly #own: GradientSource;
  readonly #others: readonly WorkerClient<GradientCalls>[];
  readonly #seed: string | number;

  private constructor(
    config: StudentConfig,
    layout: ParameterLayout,
    optimizer: AdamWOptimizer,
    own: GradientSource,
    others: readonly WorkerClient<GradientCalls>[],
    seed: string | number,
  ) {
    this.#config = config;
    this.#layout = layout;
    this.#optimizer = optimizer;
    this.#own = own;
    this.#others = others;
    this.#seed = seed;
  }

  /**
   * Starts the workers and loads `weights`.
   *
   * @throws {RangeError} when weights do not fit the configuration or an option is out of range
   */
  static async create(
    config: StudentConfig,
    weights: Weights,
    options: EngineOptions = {},
  ): Promise<TrainingEngine> {
    const { threads = Math.min(8, navigator.hardwareConcurrency), microBatchTokens = 512 } =
      options;
    const { seed = 0, executionProvider = "cpu", gradientCheckpointing = false } = options;
    const large = parameterCount(config) >= LARGE_STUDENT;
    const { parallelism = large ? "operations" : "rows" } = options;
    for (const [name, value] of Object.entries({ threads, microBatchTokens })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new RangeError(`Cannot train: ${name} must be a positive whole number, not ${value}`);
      }
    }
    if (parallelism !== "rows" && parallelism !== "operations") {
      throw new RangeError(
        `Cannot train: parallelism must be rows or operations, not ${parallelism}`,
      );
    }
    checkProvider(executionProvider);
    const lora = options.lora ? resolveLora(options.lora) : null;
    if (lora === null && options.adapter) {
      throw new RangeError("Cannot train: adapter is given without lora");
    }
    const byRows = parallelism === "rows";
    const settings: GradientSettings = {
      config,
      lora,
      microBatchTokens,
      gradientCheckpointing,
      operationThreads: byRows ? 1 : threads,
      executionProvider,
    };
    checkWeights(config, weights, "the student");
    const layout = new ParameterLayout(config, lora);
    const frozen: Weights = lora === null ? new Map() : weights;
    const flat = layout.flatten(
      lora === null ? weights : options.adapter ?? initAdapter(config, lora, seed),
    );
    const optimizer = await AdamWOptimizer.create(layout, options);
    optimizer.weights.data.set(flat);
    const others = Array.from(
      { length: byRows ? threads - 1 : 0 },
      () => new WorkerClient<GradientCalls>(new URL("./gradient_worker.ts", import.meta.url)),
    );
    for (const other of others) {
      for (const [name, weight] of frozen) await other.call("frozen", { name, weight });
      await other.call("create", settings);
    }
    const own = gradientSource(settings, frozen);
    return new TrainingEngine(config, layout, optimizer, own, others, seed);
  }

  /**
   * Takes an optimizer step on `rows`.
   *
   * @throws {RangeError} when no token is trained, or a token id or length does not fit the student
   * @throws {Error} when the gradient is not finite; the weights are then as before the step
   */
  async trainStep(rows: readonly PackedRow[], learningRate: number): Promise<StepResult> {
    const started = performance.now();
    checkRows(rows, this.#config);
    const trained = trainedTokens(rows);
    if (trained === 0) throw new RangeError("Cannot train: the batch trains no token");
    const scale = 1 / trained;
    const { weights, steps } = this.#optimizer;
    const seedOf = (share: number) => `${this.#seed}/dropout/${steps}/${share}`;
    const [ownShare, ...shares] = shareRows(rows, this.#others.length + 1, this.#config);
    const replies = Promise.all(
      this.#others.map((other, i) =>
        other.call("gradient", {
          rows: shares[i],
          weights: weights.data,
          scale,
          dropoutSeed: seedOf(i + 1),
        })
      ),
    );
    const results = await Promise.all([
      this.#own.gradient(ownShare, weights, scale, seedOf(0)),
      replies,
    ]);
    let { lossSum } = results[0];
    const { gradient } = results[0];
    for (const reply of results[1]) {
      lossSum += reply.lossSum;
      addInto(gradient.data, reply.gradient);
    }
    const gradNorm = await this.#optimizer.update(gradient, learningRate);
    return {
      loss: lossSum / trained,
      gradNorm,
      tokens: rows.reduce((sum, row) => sum + row.ids.length, 0),
      trainedTokens: trained,
      ms: performance.now() - started,
    };
  }

  /** Mean cross-entropy, in nats, of the trained tokens of `rows`. @throws as {@link trainStep} */
  async evaluate(rows: readonly PackedRow[]): Promise<{ loss: number; trainedTokens: number }> {
    checkRows(rows, this.#config);
    const trained = trainedTokens(rows);
    if (trained === 0) throw new RangeError("Cannot evaluate: no token is trained");
    const { weights } = this.#optimizer;
    const [ownShare, ...shares] = shareRows(rows, this.#others.length + 1, this.#config);
    const sums = await Promise.all([
      ...this.#others.map((other, i) =>
        other.call("lossSum", {
          rows: shares[i],
          weights: weights.data,
          scale: 1,
          dropoutSeed: "",
        })
      ),
      this.#own.lossSum(ownShare, weights),
    ]);
    return { loss: sums.reduce((a, b) => a + b, 0) / trained, trainedTokens: trained };
  }

  /** A copy of the trained weights: the student's weights or its adapter's. */
  weights(): Weights {
    return this.#layout.unflatten(this.#optimizer.weights.data);
  }

  /** A copy of all that decides what later steps do, besides the options. */
  exportState(): OptimizerState {
    return this.#optimizer.exportState();
  }

  /** Goes on from what {@link exportState} returned. @throws {RangeError} when sizes differ */
  importState(state: OptimizerState): void {
    this.#optimizer.importState(state);
  }

  /** Ends the workers and frees the memory held by onnxruntime. */
  async release(): Promise<void> {
    for (const other of this.#others) other.end("the trainer is closed");
    await this.#own.release();
    await this.#optimizer.release();
  }
}

function addInto(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}
