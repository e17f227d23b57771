import { Random } from "../records/random.ts";
import { architectureOf } from "./architecture.ts";
import { type StudentConfig, weightShapes } from "./config.ts";

/** A weight tensor, row-major; matrices are [out, in]. */
export interface Weight {
  /** Dimensions, outermost first. */
  readonly shape: readonly number[];
  /** Numbers, the product of the shape's dimensions. */
  readonly data: Float32Array;
}

/** A student's tensors under Hugging Face's names, such as `model.norm.weight`. */
export type Weights = Map<string, Weight>;

/**
 * Draws fresh weights: embeddings normal with deviation `initializer_range`, matrices normal with
 * deviation 1 / sqrt(in), those that write to the residual stream a further 0.2 / sqrt(2 layers)
 * smaller; norms 1, biases 0.
 *
 * @example
 * ```ts
 * import { initWeights, studentPreset } from "@potstill/student";
 * const weights = initWeights(studentPreset("0.3M", 512), 1);
 * const { shape } = weights.get("model.layers.0.mlp.up_proj.weight")!;
 * if (shape.join() !== "192,64") throw new Error(`${shape}`);
 * ```
 */
export function initWeights(config: StudentConfig, seed: string | number): Weights {
  const root = new Random(seed).fork("weights");
  const weights: Weights = new Map();
  for (const [name, shape] of weightShapes(config)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const deviation = initialDeviation(config, name, shape);
    if (name.endsWith("norm.weight")) {
      data.fill(1 - architectureOf(config).normOffset);
    } else if (deviation > 0) {
      const random = root.fork(name);
      for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    }
    weights.set(name, { shape, data });
  }
  return weights;
}

/**
 * Checks that `weights` are those of `config`: nothing missing, nothing more, every shape right.
 *
 * @param source where they came from, for the error
 * @throws {RangeError} naming the first tensor at fault
 */
export function checkWeights(config: StudentConfig, weights: Weights, source: string): void {
  checkTensors(weightShapes(config), weights, source);
}

/**
 * Checks that `weights` are of these shapes: nothing missing, nothing more, every shape right.
 *
 * @param source where they came from, for the error
 * @throws {RangeError} naming the first tensor at fault
 */
export function checkTensors(
  shapes: ReadonlyMap<string, readonly number[]>,
  weights: Weights,
  source: string,
): void {
  for (const [name, shape] of shapes) {
    const weight = weights.get(name);
    if (weight === undefined) {
      throw new RangeError(`Cannot use the weights of ${source}: the tensor ${name} is missing`);
    }
    const size = shape.reduce((a, b) => a * b, 1);
    if (weight.shape.join() !== shape.join() || weight.data.length !== size) {
      throw new RangeError(
        `Cannot use the weights of ${source}: ${name} has shape [${weight.shape}] ` +
          `(${weight.data.length} numbers) where the configuration calls for [${shape}]`,
      );
    }
  }
  for (const name of weights.keys()) {
    if (!shapes.has(name)) {
      throw new RangeError(
        `Cannot use the weights of ${source}: the configuration has no tensor ${name}`,
      );
    }
  }
}

/** Small at first, so that the blocks' outputs do not drown the token's own embedding. */
const RESIDUAL_SHARE = 0.2;

function initialDeviation(config: StudentConfig, name: string, shape: readonly number[]): number {
  if (name.endsWith(".bias")) return 0;
  if (name === "model.embed_tokens.weight" || name === "lm_head.weight") {
    return config.initializer_range;
  }
  const writesResidual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
  const share = writesResidual ? RESIDUAL_SHARE / Math.sqrt(2 * config.num_hidden_layers) : 1;
  return share / Math.sqrt(shape[1]);
}
