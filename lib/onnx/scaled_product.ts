import type { GraphBuilder, Value } from "./graph_builder.ts";
import type { ExecutionProvider } from "./execution_provider.ts";

/** Settings of a {@link scaledProduct}. */
export interface ProductOptions {
  /** Dimensions of both factors. */
  readonly rank: number;
  /** True if the last two dimensions of the first factor are swapped. @default false */
  readonly transA?: boolean;
  /** True if the last two dimensions of the second factor are swapped. @default false */
  readonly transB?: boolean;
  /** Factor of the product. @default 1 */
  readonly scale?: number;
}

/** True if an execution provider has products with transposed factors and a scale in one node. */
export function hasFusedProducts(provider: ExecutionProvider): boolean {
  return provider !== "webgpu";
}

/**
 * The matrix product of two values of the same rank, times a number.
 *
 * @param isFused one node of onnxruntime's own. Where a provider lacks it (WebGPU), it would be computed
 *   on the processor, and both factors copied there: operators of ONNX are used then
 *
 * @example
 * ```ts
 * import { GraphBuilder } from "@potstill/student";
 * import { scaledProduct } from "@potstill/onnx/scaled_product.ts";
 * const graph = new GraphBuilder("squares");
 * const x = graph.input("x", "float32", ["rows", 2]);
 * const y = scaledProduct(graph, x, x, { rank: 2, transB: true, scale: 0.5 }, true);
 * graph.output("y", y, "float32", ["rows", "rows"]);
 * if (graph.nodeCount !== 2) throw new Error("more than the product and the output's name");
 * ```
 */
export function scaledProduct(
  graph: GraphBuilder,
  a: Value,
  b: Value,
  { rank, transA = false, transB = false, scale = 1 }: ProductOptions,
  isFused: boolean,
): Value {
  if (isFused) {
    const attributes = {
      ...(transA ? { transA: { int: 1 } } : {}),
      ...(transB ? { transB: { int: 1 } } : {}),
      ...(scale === 1 ? {} : { alpha: { float: scale } }),
    };
    return graph.op("FusedMatMul", [a, b], attributes, "com.microsoft");
  }
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  const swapped = (x: Value) => graph.op("Transpose", [x], { perm: { ints: perm } });
  const left = scale === 1 ? a : graph.op("Mul", [a, graph.scalar(scale)]);
  return graph.op("MatMul", [transA ? swapped(left) : left, transB ? swapped(b) : b]);
}
