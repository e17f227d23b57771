import type { GraphBuilder, Value } from "../../onnx/graph_builder.ts";
import { scaledProduct } from "../../onnx/scaled_product.ts";
import { attentionScale, hasWindow, headSize, type StudentConfig } from "../config.ts";
import type { Projections } from "./inference_blocks.ts";

/**
 * int64 [tokens]: places of the new tokens of a sequence.
 *
 * @param ids the new tokens, int64 [tokens]
 * @param past keys of those before, [1, kv heads, past, head size]
 */
export function newPlaces(graph: GraphBuilder, ids: Value, past: Value): Value {
  const before = graph.op("Shape", [past], { start: { int: 2 }, end: { int: 3 } });
  const total = graph.op("Add", [before, graph.op("Shape", [ids])]);
  const number = (value: Value) => graph.op("Squeeze", [value]);
  return graph.op("Range", [number(before), number(total), graph.ints([], [1])]);
}

/**
 * What `readAttention` computes, of ONNX's own operators. On WebGPU onnxruntime 1.30's
 * GroupQueryAttention is wrong for more than 32 new tokens, and on CUDA it is for half precision alone.
 *
 * @param places of the new tokens, as {@link newPlaces} gives them
 * @param projected rotated
 * @param past keys and values, [1, kv heads, past, head size]
 * @returns as `readAttention`
 */
export function plainReadAttention(
  graph: GraphBuilder,
  config: StudentConfig,
  layer: number,
  places: Value,
  projected: Projections,
  past: readonly [Value, Value],
  isFused: boolean,
): readonly [Value, Value, Value] {
  const size = headSize(config);
  const [heads, keyHeads] = [config.num_attention_heads, config.num_key_value_heads];
  const perKey = heads / keyHeads;
  const transpose = (x: Value, perm: readonly number[]) =>
    graph.op("Transpose", [x], { perm: { ints: perm } });
  const reshape = (x: Value, ...to: number[]) => graph.reshape(x, graph.ints([to.length], to));
  const [key, value] = [projected.key, projected.value].map((fresh, i) =>
    graph.concat([past[i], transpose(reshape(fresh, 1, -1, keyHeads, size), [0, 2, 1, 3])], 2)
  );
  const query = transpose(reshape(projected.query, -1, keyHeads, perKey, size), [1, 2, 0, 3]);
  const grouped = reshape(query, 1, keyHeads, -1, size);
  const product = { rank: 4, transB: true, scale: attentionScale(config) };
  const scores = scaledProduct(graph, grouped, key, product, isFused);
  const tokens = graph.op("Shape", [places]);
  const total = graph.op("Shape", [key], { start: { int: 2 }, end: { int: 3 } });
  const separate = graph.shape(keyHeads, perKey, tokens, total);
  const masked = graph.op("Add", [
    graph.reshape(scores, separate),
    causalBias(graph, places, total, hasWindow(config, layer) ? config.sliding_window : undefined),
  ]);
  const shares = graph.op("Softmax", [masked], { axis: { int: 3 } });
  const perHead = graph.op("MatMul", [
    graph.reshape(shares, graph.shape(1, keyHeads, -1, total)),
    value,
  ]);
  const apart = graph.reshape(perHead, graph.shape(keyHeads, perKey, tokens, size));
  return [reshape(transpose(apart, [2, 0, 1, 3]), -1, heads * size), key, value];
}

/** [tokens, total]: 0 for tokens that a new one may see, else -infinity. */
function causalBias(graph: GraphBuilder, places: Value, total: Value, window?: number): Value {
  const all = graph.op("Range", [
    graph.ints([], [0]),
    graph.op("Squeeze", [total]),
    graph.ints([], [1]),
  ]);
  const own = graph.op("Unsqueeze", [places, graph.ints([1], [1])]);
  const notLater = graph.op("LessOrEqual", [all, own]);
  const seen = window === undefined ? notLater : graph.op("And", [
    notLater,
    graph.op("Greater", [all, graph.op("Sub", [own, graph.ints([1], [window])])]),
  ]);
  return graph.op("Where", [seen, graph.scalar(0), graph.scalar(-Infinity)]);
}
