import { checkProvider, type ExecutionProvider } from "../../onnx/execution_provider.ts";
import { parameterCount, type StudentConfig, weightShapes } from "../config.ts";
import type { AdamWOptions } from "../graph/adamw_graph.ts";
import { type FreezeOptions, ParameterLayout } from "../graph/parameter_layout.ts";
import { initAdapter } from "../lora/init_adapter.ts";
import { adapterShapes, type LoraOptions, resolveLora } from "../lora/lora_config.ts";
import { checkWeights, type Weights } from "../weights.ts";
import { AdamWOptimizer, type OptimizerState } from "./adamw_optimizer.ts";
import type { GradientSettings, GradientSource, Precision } from "./gradient_settings.ts";
import { gradientSource } from "./gradient_source.ts";
import type { GradientCalls, Share } from "./gradient_worker.ts";
import { checkRows, shareRows, trainedTokens } from "./share_rows.ts";
import type { PackedRow } from "./packed_row.ts";
import { WorkerClient } from "./worker_calls.ts";

/** Settings of a {@link TrainingEngine}. */
export interface EngineOptions extends AdamWOptions {
  /**
   * Most tokens of one run of the graph, unless a row is longer. Small enough, what flows between
   * operations stays in a core's cache; products are faster when it is large.
   * @default 512 below 50 million parameters, else 1024
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
   * What the backward pass computes a second time instead of keeping it: with `true` each block, so
   * that only the hidden states between blocks are kept; with `selective` what is cheap (attention's
   * weights, norms, activations) but no product; with `false` nothing. `true` and `selective` run
   * blocks one by one.
   * @default false below 50 million parameters, else "selective"
   */
  readonly gradientCheckpointing?: boolean | "selective";
  /**
   * Numbers in which linear layers of blocks are multiplied, forward and for the gradient of their
   * input: with `int8` rounded in rows and columns that have a scale each. Gradients of weights,
   * everything else and what is saved stay float32. Fast on processors with VNNI or AMX instructions.
   * @default "float32"
   */
  readonly precision?: Precision;
  /** Train an adapter with these settings, and leave the student's weights alone. @default null */
  readonly lora?: LoraOptions | null;
  /** Parts of the student, or of the adapter, that stay as they are. @default none */
  readonly freeze?: FreezeOptions;
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
  /**
   * Before the step: the sum of weight times cross-entropy, in nats, over the normaliser. Without
   * weights the mean cross-entropy of the trained tokens.
   */
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

/** Settings of an optimizer step. */
export interface StepSettings {
  /** The learning rate. */
  readonly learningRate: number;
  /** The weighted sum of cross-entropies is divided by it. @default the number of trained tokens */
  readonly normalizer?: number;
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
  /** What belongs to the student, or to its adapter, and is not trained. */
  readonly #kept: Weights;

  private constructor(
    config: StudentConfig,
    layout: ParameterLayout,
    optimizer: AdamWOptimizer,
    own: GradientSource,
    others: readonly WorkerClient<GradientCalls>[],
    seed: string | number,
    kept: Weights,
  ) {
    this.#config = config;
    this.#layout = layout;
    this.#optimizer = optimizer;
    this.#own = own;
    this.#others = others;
    this.#seed = seed;
    this.#kept = kept;
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
    const large = parameterCount(config) >= LARGE_STUDENT;
    const {
      threads = Math.min(8, navigator.hardwareConcurrency),
      microBatchTokens = large ? 1024 : 512,
      gradientCheckpointing = large ? "selective" : false,
      executionProvider = "cpu",
      parallelism = large || executionProvider !== "cpu" ? "operations" : "rows",
      seed = 0,
      precision = "float32",
    } = options;
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
    if (parallelism === "rows" && executionProvider !== "cpu") {
      throw new RangeError(
        `Cannot train: parallelism rows is for the processor; ${executionProvider} takes operations`,
      );
    }
    if (precision !== "float32" && precision !== "int8") {
      throw new RangeError(`Cannot train: precision must be float32 or int8, not ${precision}`);
    }
    if (precision === "int8" && executionProvider !== "cpu") {
      throw new RangeError(
        `Cannot train: precision int8 is for the processor; with ${executionProvider} its products would ` +
          "run there all the same, with copies at each layer",
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
      precision,
      operationThreads: byRows ? 1 : threads,
      executionProvider,
      freeze: options.freeze,
    };
    checkWeights(config, weights, "the student");
    const layout = new ParameterLayout(config, lora, options.freeze);
    const whole = lora === null ? weights : options.adapter ?? initAdapter(config, lora, seed);
    const flat = layout.flatten(whole);
    const frozen: Weights = new Map(
      [...weights, ...whole].filter(([name]) => layout.frozen.has(name)),
    );
    const kept: Weights = new Map([...whole].filter(([name]) => layout.frozen.has(name)));
    const optimizer = await AdamWOptimizer.create(layout, options, byRows ? 1 : threads);
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
    return new TrainingEngine(config, layout, optimizer, own, others, seed, kept);
  }

  /**
   * Takes an optimizer step on `rows`: the loss is the sum of weight times cross-entropy over the
   * trained tokens, divided by the normaliser.
   *
   * @throws {RangeError} when no token is trained, a token id or length does not fit the student, or
   *   the normaliser is not positive
   * @throws {Error} when the gradient is not finite; the weights are then as before the step
   */
  async trainStep(
    rows: readonly PackedRow[],
    { learningRate, normalizer }: StepSettings,
  ): Promise<StepResult> {
    const started = performance.now();
    checkRows(rows, this.#config);
    const trained = trainedTokens(rows);
    if (trained === 0) throw new RangeError("Cannot train: the batch trains no token");
    const divisor = normalizer ?? trained;
    if (!(divisor > 0 && divisor < Infinity)) {
      throw new RangeError(`Cannot train: normalizer must be a positive number, not ${divisor}`);
    }
    const scale = 1 / divisor;
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
      loss: lossSum / divisor,
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
      ...this.#others.map((other, i) => other.call("lossSum", this.#forward(shares[i]))),
      this.#own.lossSum(ownShare, weights),
    ]);
    return { loss: sums.reduce((a, b) => a + b, 0) / trained, trainedTokens: trained };
  }

  /**
   * The cross-entropy, in nats, of each trained token of each row, without its weight: the negative
   * log-probability that the student as it is now gives it. @throws as {@link trainStep}
   */
  async tokenLosses(rows: readonly PackedRow[]): Promise<Float32Array[]> {
    checkRows(rows, this.#config);
    const [ownShare, ...shares] = shareRows(rows, this.#others.length + 1, this.#config);
    const [own, ...others] = await Promise.all([
      this.#own.tokenLosses(ownShare, this.#optimizer.weights),
      ...this.#others.map((other, i) => other.call("tokenLosses", this.#forward(shares[i]))),
    ]);
    const byRow = new Map<PackedRow, Float32Array>();
    for (const [share, losses] of [[ownShare, own], ...shares.map((s, i) => [s, others[i]])]) {
      let at = 0;
      for (const row of share as readonly PackedRow[]) {
        const count = trainedTokens([row]);
        byRow.set(row, (losses as Float32Array).slice(at, at + count));
        at += count;
      }
    }
    return rows.map((row) => byRow.get(row)!);
  }

  /** A share to be read forward alone. */
  #forward(rows: readonly PackedRow[]): Share {
    return { rows, weights: this.#optimizer.weights.data, scale: 1, dropoutSeed: "" };
  }

  /** The student's weights or its adapter's: copies of what is trained, and what is frozen. */
  weights(): Weights {
    const trained = this.#layout.unflatten(this.#optimizer.weights.data);
    if (this.#kept.size === 0) return trained;
    const { config, lora } = this.#layout;
    const names = lora === null ? weightShapes(config) : adapterShapes(config, lora);
    return new Map(
      [...names.keys()].map((name) => [name, trained.get(name) ?? this.#kept.get(name)!]),
    );
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
