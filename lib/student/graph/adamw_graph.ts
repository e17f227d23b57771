import { GraphBuilder } from "../../onnx/graph_builder.ts";

/** Constants of AdamW. */
export interface AdamWOptions {
  /** Decay of the running mean of gradients, and of their squares. @default [0.9, 0.95] */
  readonly betas?: readonly [number, number];
  /** @default 1e-8 */
  /** Added to the denominator. @default 1e-8 */
  readonly epsilon?: number;
  /** Share of each matrix taken off a step, times the learning rate. @default 0.01 */
  readonly weightDecay?: number;
  /** Longest gradient, over all parameters; 0 for no limit. @default 1 */
  readonly clipNorm?: number;
}

/** {@link AdamWOptions} with every default filled in. */
export function resolveAdamW(options: AdamWOptions): Required<AdamWOptions> {
  const resolved = {
    betas: options.betas ?? [0.9, 0.95] as const,
    epsilon: options.epsilon ?? 1e-8,
    weightDecay: options.weightDecay ?? 0.01,
    clipNorm: options.clipNorm ?? 1,
  };
  const fail = (name: string, value: unknown, wanted: string) => {
    throw new RangeError(`Cannot set up AdamW: ${name} must be ${wanted}, not ${value}`);
  };
  const { betas, epsilon, weightDecay, clipNorm } = resolved;
  if (!betas.every((beta) => beta >= 0 && beta < 1)) fail("betas", `[${betas}]`, "in [0, 1)");
  if (!(epsilon > 0)) fail("epsilon", epsilon, "positive");
  if (!(weightDecay >= 0)) fail("weightDecay", weightDecay, "0 or more");
  if (!(clipNorm >= 0)) fail("clipNorm", clipNorm, "0 or more");
  return resolved;
}

/**
 * The ONNX model of one AdamW step on flat vectors. Inputs: `weights`, `gradient`, `mean`,
 * `variance`, all [n], and the scalars `decays` (1 where weight decay applies, else 0), `learning_rate`,
 * `clip` (a factor for the gradient), `mean_correction` and `variance_correction` (1 / (1 - betaᵗ)).
 * Outputs: `new_weights`, `new_mean` and `new_variance`, which may be the memory of `weights`, `mean`
 * and `variance`: each of these is read for the last time before its output is written.
 *
 * @source https://arxiv.org/abs/1711.05101, algorithm 2
 */
export function adamWGraph(options: Required<AdamWOptions>): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder("adamw");
  const vector = (name: string) => graph.input(name, "float32", ["n"]);
  const scalar = (name: string) => graph.input(name, "float32", []);
  const weights = vector("weights");
  const gradient = vector("gradient");
  const mean = vector("mean");
  const variance = vector("variance");
  const decays = scalar("decays");
  const rate = scalar("learning_rate");
  const clip = scalar("clip");
  const meanCorrection = scalar("mean_correction");
  const varianceCorrection = scalar("variance_correction");
  const [beta1, beta2] = options.betas;
  const op = graph.op.bind(graph);
  const times = (a: typeof weights, factor: number) => op("Mul", [a, graph.scalar(factor)]);

  const newMean = graph.node(
    "Add",
    [
      times(mean, beta1),
      op("Mul", [gradient, times(clip, 1 - beta1)]),
    ],
    {},
    { outputs: ["new_mean"] },
  )[0];
  const square = op("Mul", [gradient, gradient]);
  const newVariance = graph.node(
    "Add",
    [
      times(variance, beta2),
      op("Mul", [square, times(op("Mul", [clip, clip]), 1 - beta2)]),
    ],
    {},
    { outputs: ["new_variance"] },
  )[0];
  const deviation = op("Sqrt", [op("Mul", [newVariance, varianceCorrection])]);
  const step = op("Div", [newMean, op("Add", [deviation, graph.scalar(options.epsilon)])]);
  const moved = op("Sub", [weights, op("Mul", [step, op("Mul", [rate, meanCorrection])])]);
  const decay = op("Mul", [weights, op("Mul", [decays, times(rate, options.weightDecay)])]);
  const newWeights = graph.node("Sub", [moved, decay], {}, { outputs: ["new_weights"] })[0];
  graph.output("new_weights", newWeights, "float32", ["n"]);
  graph.output("new_mean", newMean, "float32", ["n"]);
  graph.output("new_variance", newVariance, "float32", ["n"]);
  return graph.encode();
}
