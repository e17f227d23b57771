import type { Value } from "../../onnx/graph_builder.ts";
import { type ProductOptions, scaledProduct } from "../../onnx/scaled_product.ts";
import { type AttentionBlock, type BlockInputs, splitBlocks } from "./attention_blocks.ts";
import type { Tape } from "./tape.ts";

/** Heads of {@link packedAttention}. */
export interface AttentionShape {
  /** Heads of queries. */
  readonly heads: number;
  /** Heads of keys and values; divides `heads`. */
  readonly keyValueHeads: number;
  /** Width of one head. */
  readonly headSize: number;
  /** Factor of the scores. */
  readonly scale: number;
}

/**
 * Grouped-query causal attention within each example of a flat stream of tokens: queries
 * [n, heads headSize], keys and values [n, keyValueHeads headSize] give [n, heads headSize].
 *
 * Examples have lengths of their own and nothing is padded. The query heads that share a key head
 * are stacked below each other, so that keys and values are never repeated.
 *
 * @param inputs how the stream is cut into blocks
 * @param blocks from `attentionBlocks(graph, inputs)`
 * @source https://arxiv.org/abs/1706.03762, section 3.2.1; https://arxiv.org/abs/2305.13245
 */
export function packedAttention(
  tape: Tape,
  query: Value,
  key: Value,
  value: Value,
  shape: AttentionShape,
  inputs: BlockInputs,
  blocks: readonly AttentionBlock[],
): Value {
  const { graph } = tape;
  const { heads, keyValueHeads, headSize } = shape;
  const { scale } = shape;
  const swap = { perm: { ints: [1, 0, 2] } };
  const product = (a: Value, b: Value, options: Omit<ProductOptions, "rank">) =>
    scaledProduct(graph, a, b, { rank: 3, ...options }, !tape.options.plainProducts);
  const reshape = (input: Value, to: readonly number[]) =>
    graph.op("Reshape", [input, graph.ints([to.length], to)]);
  /** [n, count headSize] to [count, n, headSize] */
  const byHead = (input: Value, count: number) =>
    graph.op("Transpose", [reshape(input, [-1, count, headSize])], swap);
  /** [n, heads headSize] to [keyValueHeads, length of the block and all its heads, headSize] */
  const queryBlocks = (input: Value): Value[] =>
    splitBlocks(graph, byHead(input, heads), inputs, 1).map((block) =>
      reshape(block, [keyValueHeads, -1, headSize])
    );
  /** The inverse of `queryBlocks`. */
  const join = (pieces: readonly Value[]): Value => {
    const unstacked = pieces.map((piece) => reshape(piece, [heads, -1, headSize]));
    const whole = unstacked.length === 1 ? unstacked[0] : graph.concat(unstacked, 1);
    return reshape(graph.op("Transpose", [whole], swap), [-1, heads * headSize]);
  };
  /** [n, keyValueHeads headSize] to [keyValueHeads, keys of the block, headSize] */
  const keyBlocks = (input: Value): Value[] => {
    const whole = byHead(input, keyValueHeads);
    return blocks.map(({ keyStart, keyEnd }) =>
      graph.op("Slice", [whole, keyStart, keyEnd, graph.ints([1], [1])])
    );
  };
  /** The sum of what each block contributes to its keys: [n, keyValueHeads headSize] */
  const sumByKey = (pieces: readonly Value[], like: Value): Value => {
    const empty = reshape(like, [-1, keyValueHeads, headSize]);
    let sum = graph.op("ConstantOfShape", [graph.op("Shape", [empty])]);
    pieces.forEach((piece, i) => {
      const byToken = graph.op("Transpose", [piece], swap);
      const add = { reduction: { string: "add" } };
      sum = graph.op("ScatterND", [sum, blocks[i].keyPlaces, byToken], add);
    });
    return reshape(sum, [-1, keyValueHeads * headSize]);
  };

  const queries = queryBlocks(query);
  const keys = keyBlocks(key);
  const values = keyBlocks(value);
  const weights: Value[] = [];
  const outputs = blocks.map(({ mask }, i) => {
    const scores = product(queries[i], keys[i], { transB: true, scale });
    const masked = graph.op("Add", [reshape(scores, [heads, -1, 0]), mask]);
    const softmax = graph.op("Softmax", [masked], { axis: { int: -1 } });
    weights.push(reshape(softmax, [keyValueHeads, -1, 0]));
    return graph.op("MatMul", [weights[i], values[i]]);
  });
  const y = join(outputs);

  tape.record([query, key, value], [y], () => {
    const minus = graph.scalar(-1);
    const dQueries: Value[] = [];
    const dKeys: Value[] = [];
    const dValues: Value[] = [];
    queryBlocks(tape.upstream(y)).forEach((dOutput, i) => {
      dValues.push(product(weights[i], dOutput, { transA: true }));
      // Softmax: dscores = weights (dweights - sum(dweights weights)). That sum is
      // sum(doutput output), a number for each query, and one more column of the product
      // that gives dweights takes it off.
      const inner = graph.op("ReduceSum", [
        graph.op("Mul", [graph.op("Mul", [dOutput, outputs[i]]), minus]),
        graph.ints([1], [2]),
      ], { keepdims: { int: 1 } });
      const difference = product(
        graph.concat([dOutput, inner], 2),
        graph.op("Pad", [values[i], graph.ints([6], [0, 0, 0, 0, 0, 1]), graph.scalar(1)]),
        { transB: true },
      );
      const dScores = graph.op("Mul", [weights[i], difference]);
      dQueries.push(product(dScores, keys[i], { scale }));
      dKeys.push(product(dScores, queries[i], { transA: true, scale }));
    });
    tape.addGradient(query, () => join(dQueries));
    tape.addGradient(key, () => sumByKey(dKeys, key));
    tape.addGradient(value, () => sumByKey(dValues, value));
  });
  return y;
}
