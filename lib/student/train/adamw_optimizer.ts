import * as ort from "onnxruntime-node";
import { adamWGraph, type AdamWOptions, resolveAdamW } from "../graph/adamw_graph.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import { type FlatBuffer, flatBuffer, scalarTensor, sessionOptions } from "./flat_buffer.ts";

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
 * Weights and their AdamW update, worked off in chunks that stay in the cache. Each vector exists
 * twice, and an update writes from one into the other: nothing is copied, and a failed step leaves
 * the weights alone.
 */
export class AdamWOptimizer {
  readonly #options: Required<AdamWOptions>;
  readonly #session: ort.InferenceSession;
  readonly #decayMask: FlatBuffer;
  #now: readonly FlatBuffer[];
  #next: readonly FlatBuffer[];
  #step = 0;

  private constructor(
    layout: ParameterLayout,
    options: Required<AdamWOptions>,
    session: ort.InferenceSession,
  ) {
    this.#options = options;
    this.#session = session;
    const vectors = () => [flatBuffer(layout), flatBuffer(layout), flatBuffer(layout)];
    this.#now = vectors();
    this.#next = vectors();
    this.#decayMask = flatBuffer(layout);
    for (const { offset, size, decays } of layout.parameters) {
      if (decays) this.#decayMask.data.fill(1, offset, offset + size);
    }
  }

  /**
   * An optimizer whose weights are all 0; fill in {@link weights}.
   *
   * @throws {RangeError} naming the option that is out of range
   */
  static async create(layout: ParameterLayout, options: AdamWOptions): Promise<AdamWOptimizer> {
    const resolved = resolveAdamW(options);
    const session = await ort.InferenceSession.create(adamWGraph(resolved), sessionOptions(1));
    return new AdamWOptimizer(layout, resolved, session);
  }

  /** The weights as they are now; another buffer after each update. */
  get weights(): FlatBuffer {
    return this.#now[0];
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#step;
  }

  /** Copies of all vectors. */
  exportState(): OptimizerState {
    const [weights, mean, variance] = this.#now.map(({ data }) => data.slice());
    return { step: this.#step, weights, mean, variance };
  }

  /** Goes on from a state. @throws {RangeError} when a vector's size differs */
  importState(state: OptimizerState): void {
    const vectors = [state.weights, state.mean, state.variance];
    vectors.forEach((vector, i) => {
      const { data } = this.#now[i];
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
    const [weights, mean, variance] = this.#now;
    const [newWeights, newMean, newVariance] = this.#next;
    for (let i = 0; i < weights.chunks.length; i++) {
      await this.#session.run({
        ...scalars,
        weights: weights.chunks[i],
        gradient: gradient.chunks[i],
        mean: mean.chunks[i],
        variance: variance.chunks[i],
        decay_mask: this.#decayMask.chunks[i],
      }, {
        new_weights: newWeights.chunks[i],
        new_mean: newMean.chunks[i],
        new_variance: newVariance.chunks[i],
      });
    }
    [this.#now, this.#next] = [this.#next, this.#now];
    this.#step = step;
    return norm;
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
