import * as ort from "onnxruntime-node";
import { adamWGraph, type AdamWOptions, resolveAdamW } from "../graph/adamw_graph.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import { type FlatBuffer, flatBuffer, scalarTensor, sessionOptions } from "./flat_buffer.ts";
import { runSession } from "../../onnx/run_session.ts";

/** All that decides what later steps do, besides the options. */
export interface OptimizerState {
  /** Steps taken so far. */
  readonly step: number;
  /** The weights, flat. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** Running mean of the gradients. */
  readonly mean: Float32Array<ArrayBuffer>;
  /** Running mean of their squares. */
  readonly variance: Float32Array<ArrayBuffer>;
}

/**
 * Weights and their AdamW update, in place, worked off in chunks that stay in the cache. Nothing is
 * written before the gradient is known to be finite.
 */
export class AdamWOptimizer {
  readonly #options: Required<AdamWOptions>;
  readonly #session: ort.InferenceSession;
  readonly #weights: FlatBuffer;
  readonly #mean: FlatBuffer;
  readonly #variance: FlatBuffer;
  #step = 0;

  private constructor(
    layout: ParameterLayout,
    options: Required<AdamWOptions>,
    session: ort.InferenceSession,
  ) {
    this.#options = options;
    this.#session = session;
    this.#weights = flatBuffer(layout);
    this.#mean = flatBuffer(layout);
    this.#variance = flatBuffer(layout);
  }

  /**
   * An optimizer whose weights are all 0; fill in {@link weights}.
   *
   * @param threads of an operation. @default 1
   * @throws {RangeError} naming the option that is out of range
   */
  static async create(
    layout: ParameterLayout,
    options: AdamWOptions,
    threads = 1,
  ): Promise<AdamWOptimizer> {
    const resolved = resolveAdamW(options);
    const graph = adamWGraph(resolved);
    const session = await ort.InferenceSession.create(graph, sessionOptions(threads));
    return new AdamWOptimizer(layout, resolved, session);
  }

  /** The weights, which an update changes in place. */
  get weights(): FlatBuffer {
    return this.#weights;
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#step;
  }

  /** Copies of all vectors. */
  exportState(): OptimizerState {
    const [weights, mean, variance] = this.#vectors().map(({ data }) => data.slice());
    return { step: this.#step, weights, mean, variance };
  }

  /** Goes on from a state. @throws {RangeError} when a vector's size differs */
  importState(state: OptimizerState): void {
    const vectors = [state.weights, state.mean, state.variance];
    vectors.forEach((vector, i) => {
      const { data } = this.#vectors()[i];
      if (vector.length !== data.length) {
        throw new RangeError(
          `Cannot resume training: the state has ${vector.length} numbers, the student ${data.length}`,
        );
      }
      data.set(vector);
    });
    this.#step = state.step;
  }

  /**
   * Takes one step.
   *
   * @returns the gradient's length before clipping
   * @throws {Error} when that is not finite; the weights are then as before
   */
  async update(gradient: FlatBuffer, learningRate: number): Promise<number> {
    const { betas, clipNorm } = this.#options;
    const step = this.#step + 1;
    const norm = Math.sqrt(sumOfSquares(gradient.data));
    if (!Number.isFinite(norm)) {
      throw new Error(
        `Cannot take training step ${step}: the gradient's norm is ${norm}; ` +
          `a lower learning rate than ${learningRate} may help`,
      );
    }
    const clip = clipNorm === 0 || norm <= clipNorm ? 1 : clipNorm / norm;
    const scalars = {
      learning_rate: scalarTensor(learningRate),
      clip: scalarTensor(clip),
      mean_correction: scalarTensor(1 / (1 - betas[0] ** step)),
      variance_correction: scalarTensor(1 / (1 - betas[1] ** step)),
    };
    const [weights, mean, variance] = this.#vectors().map(({ chunks }) => chunks);
    const decaying = [scalarTensor(0), scalarTensor(1)];
    for (const [i, { tensor, decays }] of weights.entries()) {
      await runSession(this.#session, {
        ...scalars,
        weights: tensor,
        gradient: gradient.chunks[i].tensor,
        mean: mean[i].tensor,
        variance: variance[i].tensor,
        decays: decaying[Number(decays)],
      }, {
        new_weights: tensor,
        new_mean: mean[i].tensor,
        new_variance: variance[i].tensor,
      });
    }
    this.#step = step;
    return norm;
  }

  #vectors(): readonly FlatBuffer[] {
    return [this.#weights, this.#mean, this.#variance];
  }

  /** Frees the memory held by onnxruntime. */
  release(): Promise<void> {
    return this.#session.release();
  }
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
}
