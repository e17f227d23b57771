import { GraphBuilder, type Value } from "../../onnx/graph_builder.ts";
import type { ExecutionProvider } from "../../onnx/execution_provider.ts";
import { hasFusedProducts } from "../../onnx/scaled_product.ts";
import { hasWindow, headSize, type StudentConfig, windowRope } from "../config.ts";
import type { Quantizer } from "../quantize/weight_type.ts";
import type { Weights } from "../weights.ts";
import type { Constants } from "./constants.ts";
import {
  decodeAttention,
  type DecodeInputs,
  DecodeShapes,
  windowBias,
} from "./decode_attention.ts";
import { InferenceBlocks } from "./inference_blocks.ts";
import { newPlaces, plainReadAttention } from "./plain_read_attention.ts";
import { readAttention, readsApart } from "./read_attention.ts";

/**
 * The graph that reads prompts and adds tokens to samples: one graph for both, so that the weights
 * are there once. `reads` chooses; inputs of the other work are then empty.
 *
 * | name | type, shape | meaning |
 * |---|---|---|
 * | `reads` | bool [1] | true: new tokens of one sequence; false: a token for each of many samples |
 * | `ids` | int64 [tokens] | the new tokens, or the last token of each sample |
 * | `rows` | int64 [rows] | which of them to give logits for |
 * | `logits` (output) | float32 [rows, vocab] | |
 * | `key.N`, `value.N` (output) | float32 | of layer N: the whole sequence's or the new tokens' |
 *
 * **Reading** takes `last` and `total` (int32 [1]: index of the last token, length of the sequence)
 * and `past_key.N`, `past_value.N`, [1, kv heads, past, head size]; it gives `key.N` and `value.N`,
 * [1, kv heads, past + tokens, head size]. Tokens are at least 2 unless there is no past. Keys are
 * stored rotated. Each token's result depends only on the tokens before it, bit for bit, however the
 * sequence is cut into runs of at least two tokens.
 *
 * **Adding tokens**: samples of one prompt form a group: they share the prompt's keys and values (the
 * prefix), which are read once for all of them, and each has a slot for the keys and values of its own
 * tokens (the suffix). See {@link DecodeInputs} for the inputs; `prefix_key.N`, `prefix_value.N` are
 * [groups, kv heads, prefix, head size] and `suffix_key.N`, `suffix_value.N` [groups, kv heads, slots,
 * suffix, head size]. The output `new`, [groups * slots, 2 * layers * kv heads, 1, head size], has the
 * new keys and values, which the caller writes into the suffixes. A row's result does not depend on
 * the other rows, nor, bit for bit, on how far prefix and suffix are filled up when their lengths are
 * multiples of 64 (see the tests).
 *
 * @param quantizer makes the matrices smaller; without one they are float32
 * @param store keeps the weights. @default in the graph
 * @param provider the hardware that the graph is for. @default "cpu"
 */
export function buildStudentGraph(
  config: StudentConfig,
  weights: Weights,
  quantizer?: Quantizer,
  store?: Constants,
  provider: ExecutionProvider = "cpu",
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder("student");
  const blocks = new InferenceBlocks(graph, config, weights, quantizer, store);
  const size = headSize(config);
  const [heads, keyHeads] = [config.num_attention_heads, config.num_key_value_heads];
  const reads = graph.input("reads", "bool", [1]);
  const ids = graph.input("ids", "int64", ["tokens"]);
  const rows = graph.input("rows", "int64", ["rows"]);
  const readInputs = {
    last: graph.input("last", "int32", [1]),
    total: graph.input("total", "int32", [1]),
  };
  const decodeInputs: DecodeInputs = {
    positions: graph.input("positions", "int64", ["samples"]),
    slotRows: graph.input("slot_rows", "int64", ["all_slots"]),
    rowSlots: graph.input("row_slots", "int64", ["samples"]),
    slots: graph.input("slots", "int64", [1]),
    prefixBias: graph.input("prefix_bias", "float32", ["groups", 1, 1, "prefix"]),
    suffixBias: graph.input("suffix_bias", "float32", ["groups", 1, "slots", 1, "suffix"]),
  };
  const angles = (prefix: string) => ({
    cos: graph.input(`${prefix}cos`, "float32", [`${prefix}angles`, size / 2]),
    sin: graph.input(`${prefix}sin`, "float32", [`${prefix}angles`, size / 2]),
  });
  const tables = angles("");
  const windowTables = windowRope(config) === null ? tables : angles("window_");
  const isFused = hasFusedProducts(provider);
  const shapes = new DecodeShapes(graph, config, decodeInputs);
  const bias = config.sliding_window === undefined ? null : windowBiases(
    graph,
    reads,
    config.sliding_window,
    decodeInputs,
  );
  const cacheShape = ["sequences", keyHeads, "cached", size];
  const prefixShape = ["groups", keyHeads, "prefix", size];
  const suffixShape = ["groups", keyHeads, "slots", "suffix", size];

  let x = blocks.embed(ids);
  let normed = blocks.norm(x, blocks.firstNorm(0));
  const caches: Value[] = [];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const input = (name: string, shape: readonly (number | string)[]) =>
      graph.input(`${name}.${layer}`, "float32", shape);
    const windowed = hasWindow(config, layer);
    const rotary = windowed ? windowTables : tables;
    const past = [
      input("past_key", [1, keyHeads, "past", size]),
      input("past_value", [1, keyHeads, "past", size]),
    ] as const;
    const cache = {
      prefixKey: input("prefix_key", prefixShape),
      prefixValue: input("prefix_value", prefixShape),
      suffixKey: input("suffix_key", suffixShape),
      suffixValue: input("suffix_value", suffixShape),
    };
    const projected = readsApart(config)
      ? blocks.unrotated(normed, layer)
      : blocks.packedProjections(normed, layer);
    const [attended, key, value] = graph.branch(
      reads,
      [["tokens", heads * size], cacheShape, cacheShape],
      (branch) => {
        if (provider === "cpu") {
          return readAttention(branch, config, layer, readInputs, projected, past, rotary);
        }
        const places = newPlaces(branch, ids, past[0]);
        const rotated = blocks.rotated(branch, projected, places, rotary);
        return plainReadAttention(branch, config, layer, places, rotated, past, isFused);
      },
      (branch) => {
        const { positions } = decodeInputs;
        const rotated = blocks.rotated(branch, projected, positions, rotary);
        return decodeAttention(branch, config, decodeInputs, shapes, rotated, cache, {
          window: windowed ? bias : null,
          isFused,
        });
      },
    );
    caches.push(key, value);
    graph.output(`key.${layer}`, key, "float32", cacheShape);
    graph.output(`value.${layer}`, value, "float32", cacheShape);
    const inner = blocks.addAndNorm(
      x,
      blocks.attentionOutput(attended, layer),
      blocks.secondNorm(layer),
    );
    const change = blocks.feedForward(inner.norm, layer);
    // Only the wanted rows go through the last norm and the output layer.
    const isLast = layer + 1 === config.num_hidden_layers;
    const pick = (value: Value) => isLast ? graph.op("Gather", [value, rows]) : value;
    ({ sum: x, norm: normed } = blocks.addAndNorm(
      pick(inner.sum),
      pick(change),
      blocks.normAfter(layer),
    ));
  }
  graph.output("logits", blocks.logits(normed), "float32", ["rows", config.vocab_size]);
  const width = caches.length * keyHeads;
  const none = graph.floats([0, width, 1, size], []);
  const [fresh] = graph.branch(
    reads,
    [["all_slots", width, 1, size]],
    (branch) => [branch.op("Identity", [none])],
    (branch) => [branch.concat(caches, 1)],
  );
  graph.output("new", fresh, "float32", ["all_slots", width, 1, size]);
  return graph.encode();
}

function windowBiases(
  graph: GraphBuilder,
  reads: Value,
  window: number,
  inputs: DecodeInputs,
): { readonly prefix: Value; readonly suffix: Value } {
  const none = graph.floats([0, 1, 1, 1, 0], []);
  const [prefix, suffix] = graph.branch(
    reads,
    [["groups", 1, "slots", 1, "prefix"], ["groups", 1, "slots", 1, "suffix"]],
    (branch) => [branch.op("Identity", [none]), branch.op("Identity", [none])],
    (branch) => windowBias(branch, window, inputs),
  );
  return { prefix, suffix };
}
