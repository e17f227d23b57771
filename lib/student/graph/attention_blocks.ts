import type { GraphBuilder, Value } from "../../onnx/graph_builder.ts";

/** Number added to the scores of hidden positions: its exponential is 0 in float32. */
const HIDDEN = -1e30;

/**
 * Positions of the examples in a flat stream of n tokens, and the blocks into which attention is
 * cut.
 */
export interface BlockInputs {
  /** int64 [n]: the place in the stream where the token's example begins. */
  readonly starts: Value;
  /** int64 [blocks]: tokens of each block; none is 0 and their sum is n. */
  readonly blockLengths: Value;
  /** int64 [blocks]: the first place in the stream that a block's tokens look at. */
  readonly blockKeys: Value;
  /** Number of blocks. */
  readonly blocks: number;
}

/** A block of tokens, and the keys and values from its first to its own last token. */
export interface AttentionBlock {
  /** int64 [1]: the place in the stream of the first key. */
  readonly keyStart: Value;
  /** int64 [1]: the place after the last key. */
  readonly keyEnd: Value;
  /** int64 [keys, 1]: places of the keys. */
  readonly keyPlaces: Value;
  /** Mask that is added to the scores, [tokens, keys]. */
  readonly mask: Value;
}

/**
 * Prepares attention by blocks, which all layers share. The tokens of a block look back to where
 * the example of the first one begins and no further, and not past the block's end: few of the
 * scores that causality and the examples' borders hide are computed at all. The masks hide the
 * rest.
 */
export function attentionBlocks(
  graph: GraphBuilder,
  inputs: BlockInputs,
  window?: number,
): AttentionBlock[] {
  const { blocks } = inputs;
  const first = graph.ints([1], [0]);
  const columns = graph.ints([1], [1]);
  const item = (values: Value, index: number) =>
    graph.op("Slice", [values, graph.ints([1], [index]), graph.ints([1], [index + 1])]);
  const range = (from: Value, to: Value) =>
    graph.op("Range", [
      graph.op("Squeeze", [from]),
      graph.op("Squeeze", [to]),
      graph.ints([], [1]),
    ]);
  const starts = splitBlocks(graph, inputs.starts, inputs, 0);
  let from = first;
  return Array.from({ length: blocks }, (_, block) => {
    const keyStart = item(inputs.blockKeys, block);
    const keyEnd = graph.op("Add", [from, item(inputs.blockLengths, block)]);
    const keys = range(keyStart, keyEnd);
    const queries = graph.op("Unsqueeze", [range(from, keyEnd), columns]);
    let seen = graph.op("And", [
      graph.op("LessOrEqual", [keys, queries]),
      graph.op("GreaterOrEqual", [keys, graph.op("Unsqueeze", [starts[block], columns])]),
    ]);
    if (window !== undefined) {
      const gone = graph.op("Sub", [queries, graph.ints([], [window])]);
      seen = graph.op("And", [seen, graph.op("Greater", [keys, gone])]);
    }
    from = keyEnd;
    return {
      keyStart,
      keyEnd,
      keyPlaces: graph.op("Unsqueeze", [keys, columns]),
      mask: graph.op("Where", [seen, graph.scalar(0), graph.scalar(HIDDEN)]),
    };
  });
}

/** Cuts a value into its blocks along `axis`. */
export function splitBlocks(
  graph: GraphBuilder,
  value: Value,
  inputs: Pick<BlockInputs, "blockLengths" | "blocks">,
  axis: number,
): Value[] {
  if (inputs.blocks === 1) return [value];
  return graph.node("Split", [value, inputs.blockLengths], { axis: { int: axis } }, {
    outputs: inputs.blocks,
  });
}
