// One of the threads that work on shares of a batch.
import { ParameterLayout } from "../graph/parameter_layout.ts";
import type { Weight, Weights } from "../weights.ts";
import { type FlatBuffer, flatBuffer } from "./flat_buffer.ts";
import type { GradientSettings, GradientSource } from "./gradient_settings.ts";
import { gradientSource } from "./gradient_source.ts";
import type { PackedRow } from "./packed_row.ts";
import { serveCalls } from "./worker_calls.ts";

/** A share of a batch, with the weights to use. */
export interface Share {
  /** Rows of the share; there may be none. */
  readonly rows: readonly PackedRow[];
  /** All trained weights, flat. */
  readonly weights: Float32Array;
  /** Factor of the gradient. */
  readonly scale: number;
  /** Decides what dropout drops. */
  readonly dropoutSeed: string;
}

const frozen: Weights = new Map();
let source: GradientSource;
let weights: FlatBuffer;

/** Calls that this worker answers. */
export interface GradientCalls {
  /** Receives a weight that is not trained; all come before `create`. */
  frozen(args: { readonly name: string; readonly weight: Weight }): Promise<void>;
  /** Comes before gradients. */
  create(args: GradientSettings): Promise<void>;
  /** Sums over the share's rows; the gradient is flat. */
  gradient(share: Share): Promise<{ readonly lossSum: number; readonly gradient: Float32Array }>;
  /** The sum of the loss alone. */
  lossSum(share: Share): Promise<number>;
  /** The cross-entropy of each trained token. */
  tokenLosses(share: Share): Promise<Float32Array>;
}

const calls: GradientCalls = {
  frozen({ name, weight }) {
    frozen.set(name, weight);
    return Promise.resolve();
  },
  create(settings) {
    source = gradientSource(settings, frozen);
    weights = flatBuffer(new ParameterLayout(settings.config, settings.lora, settings.freeze));
    return Promise.resolve();
  },
  async gradient({ rows, weights: flat, scale, dropoutSeed }) {
    weights.data.set(flat);
    const { lossSum, gradient } = await source.gradient(rows, weights, scale, dropoutSeed);
    return { lossSum, gradient: gradient.data };
  },
  lossSum(share) {
    weights.data.set(share.weights);
    return source.lossSum(share.rows, weights);
  },
  tokenLosses(share) {
    weights.data.set(share.weights);
    return source.tokenLosses(share.rows, weights);
  },
};

serveCalls({ ...calls });
