import { GraphBuilder, type Value } from "../../onnx/graph_builder.ts";
import { attentionScale, hasWindow, headSize, type StudentConfig, windowRope } from "../config.ts";
import type { Quantizer } from "../quantize/weight_type.ts";
import type { Weights } from "../weights.ts";
import { InferenceBlocks, MICROSOFT } from "./inference_blocks.ts";

/**
 * The graph that adds one token to each of many samples. Samples of one prompt form a group: they
 * share the prompt's keys and values (the prefix), which are read once for all of them, and each has
 * a slot for the keys and values of its own tokens (the suffix).
 *
 * | name | type, shape | meaning |
 * |---|---|---|
 * | `ids` | int64 [rows] | the last token of each running sample |
 * | `positions` | int64 [rows] | its place in the sequence |
 * | `slot_rows` | int64 [groups * slots] | the row in each slot; any row where a slot is empty |
 * | `row_slots` | int64 [rows] | the slot of each row |
 * | `slots` | int64 [1] | slots of a group |
 * | `prefix_bias` | float32 [groups, 1, 1, prefix] | 0 where the prefix is filled, else -infinity |
 * | `suffix_bias` | float32 [groups, 1, slots, 1, suffix] | the same for the suffixes |
 * | `prefix_key.N`, `prefix_value.N` | float32 [groups, kv heads, prefix, head size] | |
 * | `suffix_key.N`, `suffix_value.N` | float32 [groups, kv heads, slots, suffix, head size] | |
 * | `logits` (output) | float32 [rows, vocab] | |
 * | `new` (output) | float32 [groups * slots, layers * 2 * kv heads * head size] | keys and values |
 *
 * The caches are read where they lie; the caller writes `new` into the suffixes. A row's result does
 * not depend on the other rows, nor, bit for bit, on how far prefix and suffix are filled up when
 * their lengths are multiples of 64 (see the tests).
 *
 * @param quantizer makes the matrices smaller; without one they are float32
 */
export function buildDecodeGraph(
  config: StudentConfig,
  weights: Weights,
  quantizer?: Quantizer,
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder("decode");
  const blocks = new InferenceBlocks(graph, config, weights, quantizer);
  const size = headSize(config);
  const [heads, keyHeads] = [config.num_attention_heads, config.num_key_value_heads];
  const perKey = heads / keyHeads;
  const ids = graph.input("ids", "int64", ["rows"]);
  const positions = graph.input("positions", "int64", ["rows"]);
  const slotRows = graph.input("slot_rows", "int64", ["all_slots"]);
  const rowSlots = graph.input("row_slots", "int64", ["rows"]);
  const slots = graph.input("slots", "int64", [1]);
  const prefixBias = graph.input("prefix_bias", "float32", ["groups", 1, 1, "prefix"]);
  const suffixBias = graph.input("suffix_bias", "float32", ["groups", 1, "slots", 1, "suffix"]);
  const tables = {
    cos: graph.input("cos", "float32", ["angles", size / 2]),
    sin: graph.input("sin", "float32", ["angles", size / 2]),
  };
  const windowTables = windowRope(config) === null ? tables : {
    cos: graph.input("window_cos", "float32", ["window_angles", size / 2]),
    sin: graph.input("window_sin", "float32", ["window_angles", size / 2]),
  };
  const scale = { alpha: { float: attentionScale(config) } };
  const dot = (a: Value, b: Value) =>
    graph.op("FusedMatMul", [a, b], { transB: { int: 1 }, ...scale }, MICROSOFT);
  const [zero, one] = [graph.ints([1], [0]), graph.ints([1], [1])];
  const widths = graph.shape(
    graph.op("Shape", [prefixBias], { start: { int: 3 } }),
    graph.op("Shape", [suffixBias], { start: { int: 4 } }),
    1,
  );
  const prefixWidth = graph.op("Slice", [widths, zero, one]);
  const queriesOfGroup = graph.op("Mul", [slots, graph.ints([1], [perKey])]);
  // Slots come first in what is gathered, heads of keys in what attention works on.
  const swap = { perm: { ints: [0, 2, 1, 3] } };
  const gathered = (width: number) => graph.shape(-1, slots, keyHeads, width);
  const queryGathered = gathered(perKey * size);
  const keyGathered = gathered(size);
  const queryByGroup = graph.shape(-1, keyHeads, queriesOfGroup, size);
  const queryBySlot = graph.shape(-1, keyHeads, slots, perKey, size);
  const keyBySlot = graph.shape(-1, keyHeads, slots, 1, size);
  const scoresByGroup = graph.shape(-1, keyHeads, queriesOfGroup, prefixWidth);
  const scoresBySlot = graph.shape(-1, keyHeads, slots, perKey, prefixWidth);
  const headsBySlot = graph.shape(-1, keyHeads, slots, perKey * size);
  const flat = graph.ints([2], [-1, heads * size]);

  const window = windowBias(graph, config, {
    prefixBias,
    suffixBias,
    positions: () =>
      graph.reshape(graph.op("Gather", [positions, slotRows]), graph.shape(-1, 1, slots, 1, 1)),
  });

  let x = blocks.embed(ids);
  let normed = blocks.norm(x, blocks.firstNorm(0));
  const fresh: Value[] = [];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const windowed = hasWindow(config, layer);
    const cache = (name: string, dims: readonly (number | string)[]) =>
      graph.input(`${name}.${layer}`, "float32", dims);
    const prefixShape = ["groups", keyHeads, "prefix", size];
    const suffixShape = ["groups", keyHeads, "slots", "suffix", size];
    const prefixKey = cache("prefix_key", prefixShape);
    const prefixValue = cache("prefix_value", prefixShape);
    const suffixKey = cache("suffix_key", suffixShape);
    const suffixValue = cache("suffix_value", suffixShape);
    const projected = blocks.projections(
      normed,
      layer,
      positions,
      windowed ? windowTables : tables,
    );
    const toSlots = (value: Value) => graph.op("Gather", [value, slotRows]);
    const [key, value] = [toSlots(projected.key), toSlots(projected.value)];
    fresh.push(key, value);
    const swapped = (value: Value, to: Value) =>
      graph.op("Transpose", [graph.reshape(value, to)], swap);
    const query = swapped(toSlots(projected.query), queryGathered);
    const queries = graph.reshape(query, queryBySlot);
    const newKey = graph.reshape(swapped(key, keyGathered), keyBySlot);
    const newValue = graph.reshape(swapped(value, keyGathered), keyBySlot);
    const prefixScores = dot(graph.reshape(query, queryByGroup), prefixKey);
    const scores = graph.concat([
      windowed
        ? graph.op("Add", [graph.reshape(prefixScores, scoresBySlot), window!.prefix])
        : graph.reshape(graph.op("Add", [prefixScores, prefixBias]), scoresBySlot),
      graph.op("Add", [dot(queries, suffixKey), windowed ? window!.suffix : suffixBias]),
      dot(queries, newKey),
    ], 4);
    const [prefixShare, suffixShare, newShare] = graph.node(
      "Split",
      [graph.op("Softmax", [scores], { axis: { int: 4 } }), widths],
      { axis: { int: 4 } },
      { outputs: 3 },
    );
    const fromPrefix = graph.op("MatMul", [graph.reshape(prefixShare, scoresByGroup), prefixValue]);
    const fromSuffix = graph.op("MatMul", [suffixShare, suffixValue]);
    const fromNew = graph.op("Mul", [newShare, newValue]);
    const own = graph.op("Add", [fromSuffix, fromNew]);
    const sum = graph.op("Add", [graph.reshape(fromPrefix, queryBySlot), own]);
    const bySlot = graph.op("Transpose", [graph.reshape(sum, headsBySlot)], swap);
    const attended = graph.op("Gather", [graph.reshape(bySlot, flat), rowSlots]);
    const inner = blocks.addAndNorm(
      x,
      blocks.attentionOutput(attended, layer),
      blocks.secondNorm(layer),
    );
    ({ sum: x, norm: normed } = blocks.addAndNorm(
      inner.sum,
      blocks.feedForward(inner.norm, layer),
      blocks.normAfter(layer),
    ));
  }
  graph.output("logits", blocks.logits(normed), "float32", ["rows", config.vocab_size]);
  graph.output("new", graph.concat(fresh, 1), "float32", [
    "all_slots",
    fresh.length * keyHeads * size,
  ]);
  return graph.encode();
}

/**
 * What is added to scores in layers with a window, [groups, 1, slots, 1, prefix] and
 * [groups, 1, slots, 1, suffix]: -infinity for tokens before the window of a slot, too. Null where no
 * layer has a window.
 */
function windowBias(
  graph: GraphBuilder,
  { sliding_window: window }: StudentConfig,
  { prefixBias, suffixBias, positions }: {
    readonly prefixBias: Value;
    readonly suffixBias: Value;
    /** int64 [groups, 1, slots, 1, 1]: the place of each slot's new token. */
    readonly positions: () => Value;
  },
): { readonly prefix: Value; readonly suffix: Value } | null {
  if (window === undefined) return null;
  const places = (bias: Value, axis: number) => {
    const width = graph.op("Shape", [bias], { start: { int: axis }, end: { int: axis + 1 } });
    return graph.op("Range", [
      graph.ints([], [0]),
      graph.op("Squeeze", [width]),
      graph.ints([], [1]),
    ]);
  };
  const gone = graph.op("Sub", [positions(), graph.ints([1], [window])]);
  const within = (places: Value, bias: Value) =>
    graph.op("Where", [graph.op("Greater", [places, gone]), bias, graph.scalar(-Infinity)]);
  const axis = graph.ints([1], [2]);
  const prefix = graph.op("Unsqueeze", [prefixBias, axis]);
  // As many tokens as are not hidden: the suffix goes on from there.
  const filled = graph.op("Cast", [graph.op("Equal", [prefix, graph.scalar(0)])], {
    to: { int: 7 },
  });
  const length = graph.op("ReduceSum", [filled, graph.ints([1], [4])], { keepdims: { int: 1 } });
  return {
    prefix: within(places(prefixBias, 3), prefix),
    suffix: within(graph.op("Add", [places(suffixBias, 4), length]), suffixBias),
  };
}
