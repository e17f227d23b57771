import { GraphBuilder, type Value } from "../../onnx/graph_builder.ts";

/**
 * Largest distance of a rounded weight from 0. Processors with AVX2 and without VNNI add two products
 * of a uint8 and an int8 in 16 bits, and cut off what does not fit: 2 x 255 x 64 fits, 2 x 255 x 127
 * does not.
 *
 * @source https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "When and why
 *   do I need to try U8U8?"
 */
const LEVELS = 64;

/**
 * The ONNX model that rounds a matrix, `weight` [out, in], to int8 in both directions: `forward`
 * [in, out] with a factor for each output, `forward_scale` [out], and `backward` [out, in] with one
 * for each input, `backward_scale` [in]. The bytes are those of int8, the outputs' type is uint8.
 */
export function roundMatrixGraph(): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder("round_matrix");
  const weight = graph.input("weight", "float32", ["out", "in"]);
  const middle = graph.initializer("middle", "uint8", [1], Uint8Array.of(128));
  const turned = (value: Value) => graph.op("Transpose", [value], { perm: { ints: [1, 0] } });
  /**
   * Rounds by rows and to uint8 around 128, since onnxruntime is slow by columns and to int8, and turns
   * the result. The highest bit flipped makes such a byte that of the int8.
   */
  const rounded = (rows: Value) => {
    const largest = graph.op("ReduceMax", [graph.op("Abs", [rows]), graph.ints([1], [1])], {
      keepdims: { int: 0 },
    });
    const steps = graph.op("Mul", [largest, graph.scalar(1 / LEVELS)]);
    const scale = graph.op("Max", [steps, graph.scalar(1e-30)]);
    const middles = graph.op("Expand", [middle, graph.op("Shape", [scale])]);
    const matrix = graph.op("QuantizeLinear", [rows, scale, middles], { axis: { int: 0 } });
    return { matrix: turned(graph.op("BitwiseXor", [matrix, middle])), scale };
  };
  const forward = rounded(weight);
  const backward = rounded(turned(weight));
  graph.output("forward", forward.matrix, "uint8", ["in", "out"]);
  graph.output("forward_scale", forward.scale, "float32", ["out"]);
  graph.output("backward", backward.matrix, "uint8", ["out", "in"]);
  graph.output("backward_scale", backward.scale, "float32", ["in"]);
  return graph.encode();
}
