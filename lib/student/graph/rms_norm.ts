import type { Value } from "../../onnx/graph_builder.ts";
import { scaledProduct } from "../../onnx/scaled_product.ts";
import type { Tape } from "./tape.ts";

/** Constants of {@link rmsNorm}. */
export interface NormOptions {
  /** Added to the mean square. */
  readonly epsilon: number;
  /** Numbers of a row. */
  readonly width: number;
  /** Added to the weights. @default 0 */
  readonly offset?: number;
}

/**
 * Root-mean-square normalisation: `(offset + weight) x / sqrt(mean(x²) + epsilon)` over the last axis
 * of [n, width].
 *
 * @source https://arxiv.org/abs/1910.07467, equation 4
 */
export function rmsNorm(
  tape: Tape,
  x: Value,
  weight: Value,
  options: NormOptions,
): Value {
  const { graph } = tape;
  const { offset = 0 } = options;
  const scale = offset === 0 ? weight : graph.op("Add", [weight, graph.scalar(offset)]);
  const [y, deviation] = graph.node("SimplifiedLayerNormalization", [x, scale], {
    axis: { int: -1 },
    epsilon: { float: options.epsilon },
  }, { outputs: tape.options.singleOutputs ? 1 : 2 });
  tape.record([x, weight], [y], () => {
    // With u = x / rms: dweight = sum(dy u), dx = (dy w - u mean(dy w u)) / rms.
    const dy = tape.upstream(y);
    const inverse = deviation ?? inverseDeviation(tape, x, options);
    const u = graph.op("Mul", [x, inverse]);
    const dyu = graph.op("Mul", [dy, u]);
    tape.addGradient(
      weight,
      () => graph.op("ReduceSum", [dyu, graph.ints([1], [0])], { keepdims: { int: 0 } }),
    );
    tape.addGradient(x, () => {
      const column = graph.op("Reshape", [scale, graph.ints([2], [-1, 1])]);
      const product = { rank: 2, scale: 1 / options.width };
      const mean = scaledProduct(graph, dyu, column, product, !tape.options.plainProducts);
      const along = graph.op("Mul", [u, mean]);
      const across = graph.op("Sub", [graph.op("Mul", [dy, scale]), along]);
      return graph.op("Mul", [across, inverse]);
    });
  });
  return y;
}

/** `1 / sqrt(mean(x²) + epsilon)` of each row: [n, 1]. */
function inverseDeviation(tape: Tape, x: Value, { epsilon }: NormOptions): Value {
  const { graph } = tape;
  const squares = graph.op("Mul", [x, x]);
  const mean = graph.op("ReduceMean", [squares, graph.ints([1], [1])], { keepdims: { int: 1 } });
  const root = graph.op("Sqrt", [graph.op("Add", [mean, graph.scalar(epsilon)])]);
  return graph.op("Reciprocal", [root]);
}
