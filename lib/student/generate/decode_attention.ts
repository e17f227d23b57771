import type { GraphBuilder, Value } from "../../onnx/graph_builder.ts";
import { scaledProduct } from "../../onnx/scaled_product.ts";
import { attentionScale, headSize, type StudentConfig } from "../config.ts";
import type { Projections } from "./inference_blocks.ts";

/** Inputs of attention when a token is added to each of many samples, the same for all layers. */
export interface DecodeInputs {
  /** int64 [rows]: place of each running sample's last token in its sequence. */
  readonly positions: Value;
  /** int64 [groups * slots]: the row in each slot; any row where a slot is empty. */
  readonly slotRows: Value;
  /** int64 [rows]: the slot of each row. */
  readonly rowSlots: Value;
  /** int64 [1]: slots of a group. */
  readonly slots: Value;
  /** float32 [groups, 1, 1, prefix]: 0 where the prefix is filled, else -infinity. */
  readonly prefixBias: Value;
  /** float32 [groups, 1, slots, 1, suffix]: the same for the suffixes. */
  readonly suffixBias: Value;
}

/** Keys and values that a layer has of the tokens before. */
export interface LayerCache {
  /** float32 [groups, kv heads, prefix, head size]. */
  readonly prefixKey: Value;
  /** As `prefixKey`. */
  readonly prefixValue: Value;
  /** float32 [groups, kv heads, slots, suffix, head size]. */
  readonly suffixKey: Value;
  /** As `suffixKey`. */
  readonly suffixValue: Value;
}

/** What is added to scores in layers with a window. */
export interface WindowBias {
  /** [groups, 1, slots, 1, prefix]. */
  readonly prefix: Value;
  /** [groups, 1, slots, 1, suffix]. */
  readonly suffix: Value;
}

/** Settings of a layer's attention. */
export interface DecodeOptions {
  /** What is added to scores in a layer with a window; null elsewhere. */
  readonly window: WindowBias | null;
  /** True if products are one node of onnxruntime's own; see `scaledProduct`. */
  readonly isFused: boolean;
}

/** Shapes that depend on the inputs, made once for all layers. */
export class DecodeShapes {
  /** [groups, kv heads, queries of a group, head size]. */
  readonly queryByGroup: Value;
  /** [groups, kv heads, slots, queries of a head, head size]. */
  readonly queryBySlot: Value;
  /** [groups, kv heads, slots, 1, head size]. */
  readonly keyBySlot: Value;
  /** [groups, kv heads, queries of a group, prefix]. */
  readonly scoresByGroup: Value;
  /** [groups, kv heads, slots, queries of a head, prefix]. */
  readonly scoresBySlot: Value;
  /** [groups, kv heads, slots, queries of a head * head size]. */
  readonly headsBySlot: Value;
  /** [groups, slots, kv heads, queries of a head * head size]. */
  readonly queryGathered: Value;
  /** [groups, slots, kv heads, head size]. */
  readonly keyGathered: Value;
  /** [groups * slots, kv heads, 1, head size]. */
  readonly fresh: Value;
  /** Widths of prefix, suffix and new token. */
  readonly widths: Value;

  /** Shapes in `graph` for its inputs. */
  constructor(graph: GraphBuilder, config: StudentConfig, inputs: DecodeInputs) {
    const size = headSize(config);
    const keyHeads = config.num_key_value_heads;
    const perKey = config.num_attention_heads / keyHeads;
    const { slots } = inputs;
    this.widths = graph.shape(
      graph.op("Shape", [inputs.prefixBias], { start: { int: 3 } }),
      graph.op("Shape", [inputs.suffixBias], { start: { int: 4 } }),
      1,
    );
    const prefix = graph.op("Slice", [this.widths, graph.ints([1], [0]), graph.ints([1], [1])]);
    const queries = graph.op("Mul", [slots, graph.ints([1], [perKey])]);
    // Slots come first in what is gathered, heads of keys in what attention works on.
    this.queryGathered = graph.shape(-1, slots, keyHeads, perKey * size);
    this.keyGathered = graph.shape(-1, slots, keyHeads, size);
    this.queryByGroup = graph.shape(-1, keyHeads, queries, size);
    this.queryBySlot = graph.shape(-1, keyHeads, slots, perKey, size);
    this.keyBySlot = graph.shape(-1, keyHeads, slots, 1, size);
    this.scoresByGroup = graph.shape(-1, keyHeads, queries, prefix);
    this.scoresBySlot = graph.shape(-1, keyHeads, slots, perKey, prefix);
    this.headsBySlot = graph.shape(-1, keyHeads, slots, perKey * size);
    this.fresh = graph.ints([4], [-1, keyHeads, 1, size]);
  }
}

/**
 * Attention of one new token of each sample to its prompt, which the samples of a group share, to its
 * own tokens and to itself. The caches are read where they lie.
 *
 * @param projected rotated, as `InferenceBlocks.projections` gives them
 * @returns the heads' outputs side by side, [rows, heads * head size], and the new keys and values by
 *   slot, [groups * slots, kv heads, 1, head size]
 */
export function decodeAttention(
  graph: GraphBuilder,
  config: StudentConfig,
  inputs: DecodeInputs,
  shapes: DecodeShapes,
  projected: Projections,
  { prefixKey, prefixValue, suffixKey, suffixValue }: LayerCache,
  { window, isFused }: DecodeOptions,
): readonly [Value, Value, Value] {
  const scale = attentionScale(config);
  const dot = (a: Value, b: Value, rank: number) =>
    scaledProduct(graph, a, b, { rank, transB: true, scale }, isFused);
  const swap = (value: Value) => graph.op("Transpose", [value], { perm: { ints: [0, 2, 1, 3] } });
  const toSlots = (value: Value) => graph.op("Gather", [value, inputs.slotRows]);
  const [key, value] = [toSlots(projected.key), toSlots(projected.value)];
  const query = swap(graph.reshape(toSlots(projected.query), shapes.queryGathered));
  const queries = graph.reshape(query, shapes.queryBySlot);
  const newKey = graph.reshape(swap(graph.reshape(key, shapes.keyGathered)), shapes.keyBySlot);
  const newValue = graph.reshape(swap(graph.reshape(value, shapes.keyGathered)), shapes.keyBySlot);
  const prefixScores = dot(graph.reshape(query, shapes.queryByGroup), prefixKey, 4);
  const scores = graph.concat([
    window !== null
      ? graph.op("Add", [graph.reshape(prefixScores, shapes.scoresBySlot), window.prefix])
      : graph.reshape(graph.op("Add", [prefixScores, inputs.prefixBias]), shapes.scoresBySlot),
    graph.op("Add", [dot(queries, suffixKey, 5), window?.suffix ?? inputs.suffixBias]),
    dot(queries, newKey, 5),
  ], 4);
  const [prefixShare, suffixShare, newShare] = graph.node(
    "Split",
    [graph.op("Softmax", [scores], { axis: { int: 4 } }), shapes.widths],
    { axis: { int: 4 } },
    { outputs: 3 },
  );
  const fromPrefix = graph.op("MatMul", [
    graph.reshape(prefixShare, shapes.scoresByGroup),
    prefixValue,
  ]);
  const fromSuffix = graph.op("MatMul", [suffixShare, suffixValue]);
  const fromNew = graph.op("Mul", [newShare, newValue]);
  const own = graph.op("Add", [fromSuffix, fromNew]);
  const sum = graph.op("Add", [graph.reshape(fromPrefix, shapes.queryBySlot), own]);
  const bySlot = swap(graph.reshape(sum, shapes.headsBySlot));
  const flat = graph.ints([2], [-1, config.num_attention_heads * headSize(config)]);
  const attended = graph.op("Gather", [graph.reshape(bySlot, flat), inputs.rowSlots]);
  return [attended, graph.reshape(key, shapes.fresh), graph.reshape(value, shapes.fresh)];
}

/**
 * What is added to scores in layers with a window: -infinity for tokens before the window of a slot,
 * too.
 */
export function windowBias(
  graph: GraphBuilder,
  window: number,
  { prefixBias, suffixBias, positions, slotRows, slots }: DecodeInputs,
): readonly [Value, Value] {
  const places = (bias: Value, axis: number) => {
    const width = graph.op("Shape", [bias], { start: { int: axis }, end: { int: axis + 1 } });
    return graph.op("Range", [
      graph.ints([], [0]),
      graph.op("Squeeze", [width]),
      graph.ints([], [1]),
    ]);
  };
  const place = graph.reshape(
    graph.op("Gather", [positions, slotRows]),
    graph.shape(-1, 1, slots, 1, 1),
  );
  const gone = graph.op("Sub", [place, graph.ints([1], [window])]);
  const within = (places: Value, bias: Value) =>
    graph.op("Where", [graph.op("Greater", [places, gone]), bias, graph.scalar(-Infinity)]);
  const prefix = graph.op("Unsqueeze", [prefixBias, graph.ints([1], [2])]);
  // As many tokens as are not hidden: the suffix goes on from there.
  const filled = graph.op("Cast", [graph.op("Equal", [prefix, graph.scalar(0)])], {
    to: { int: 7 },
  });
  const length = graph.op("ReduceSum", [filled, graph.ints([1], [4])], { keepdims: { int: 1 } });
  return [
    within(places(prefixBias, 3), prefix),
    within(graph.op("Add", [places(suffixBias, 4), length]), suffixBias),
  ];
}
