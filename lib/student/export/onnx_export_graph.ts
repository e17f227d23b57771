import { GraphBuilder, type Value } from "../../onnx/graph_builder.ts";
import { attentionScale, hasWindow, headSize, type StudentConfig, windowRope } from "../config.ts";
import { InferenceBlocks } from "../generate/inference_blocks.ts";
import { rotaryTables } from "../rotary_tables.ts";
import type { Quantizer } from "../quantize/weight_type.ts";
import type { Weights } from "../weights.ts";

/** Takes the place of -infinity in masks: the lowest float32, so that no row is without a number. */
const MASKED = -3.4028234663852886e38;

/** Most positions of an exported file, which holds the angles of each. */
const MAX_POSITIONS = 2 ** 20;

/**
 * The student as `onnx/model.onnx`, with the inputs and outputs of the exports that transformers.js
 * and optimum run. Rows may be padded on the left.
 *
 * | name | type, shape |
 * |---|---|
 * | `input_ids` | int64 [batch, tokens] |
 * | `attention_mask` | int64 [batch, past + tokens], 1 for a token and 0 for padding |
 * | `position_ids` | int64 [batch, tokens] |
 * | `past_key_values.N.key`, `.value` | float32 [batch, kv heads, past, head size] |
 * | `logits` (output) | float32 [batch, tokens, vocab] |
 * | `present.N.key`, `.value` (output) | float32 [batch, kv heads, past + tokens, head size] |
 *
 * @param quantizer makes the matrices smaller; without one they are float32
 * @source https://huggingface.co/docs/optimum/exporters/onnx/overview (text-generation-with-past)
 */
export function buildExportGraph(
  config: StudentConfig,
  weights: Weights,
  quantizer?: Quantizer,
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder("qwen2");
  const blocks = new InferenceBlocks(graph, config, weights, quantizer);
  const size = headSize(config);
  const [heads, keyHeads] = [config.num_attention_heads, config.num_key_value_heads];
  const perKey = heads / keyHeads;
  const inputIds = graph.input("input_ids", "int64", ["batch", "tokens"]);
  const attentionMask = graph.input("attention_mask", "int64", ["batch", "total"]);
  const positionIds = graph.input("position_ids", "int64", ["batch", "tokens"]);
  if (config.max_position_embeddings > MAX_POSITIONS) {
    throw new RangeError(
      `Cannot export the student: the file would hold angles for ${config.max_position_embeddings} ` +
        `positions (max_position_embeddings), and ${MAX_POSITIONS} are the most`,
    );
  }
  const angles = (name: string, rope: StudentConfig) => {
    const { shape, cos, sin } = rotaryTables(rope, size, config.max_position_embeddings);
    return {
      cos: graph.initializer(`${name}.cos`, "float32", shape, cos),
      sin: graph.initializer(`${name}.sin`, "float32", shape, sin),
    };
  };
  const tables = angles("rotary", config);
  const windowRotary = windowRope(config);
  const windowTables = windowRotary === null ? tables : angles("window_rotary", windowRotary);
  const dimension = (x: Value, axis: number) =>
    graph.op("Shape", [x], { start: { int: axis }, end: { int: axis + 1 } });
  const transpose = (x: Value, perm: readonly number[]) =>
    graph.op("Transpose", [x], { perm: { ints: perm } });

  const [batch, tokens] = [dimension(inputIds, 0), dimension(inputIds, 1)];
  const total = dimension(attentionMask, 1);
  const flat = graph.ints([1], [-1]);
  const bias = maskBias(graph, attentionMask, tokens, total);
  const windowBias = config.sliding_window === undefined
    ? bias
    : maskBias(graph, attentionMask, tokens, total, config.sliding_window);
  const byQueryHead = graph.shape(batch, tokens, heads, size);
  const byKeyHead = graph.shape(batch, tokens, keyHeads, size);
  // Queries that share a head of keys are rows of one product.
  const grouped = graph.shape(
    batch,
    keyHeads,
    graph.op("Mul", [tokens, graph.ints([1], [perKey])]),
    size,
  );
  const separate = graph.shape(batch, keyHeads, perKey, tokens, total);
  const together = graph.shape(batch, keyHeads, -1, total);
  const outputs: [string, Value][] = [];
  let x = blocks.embed(graph.reshape(inputIds, flat));
  let normed = blocks.norm(x, blocks.firstNorm(0));
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const windowed = hasWindow(config, layer);
    const past = (kind: string) =>
      graph.input(`past_key_values.${layer}.${kind}`, "float32", [
        "batch",
        keyHeads,
        "past",
        size,
      ]);
    const projected = blocks.projections(
      normed,
      layer,
      graph.reshape(positionIds, flat),
      windowed ? windowTables : tables,
    );
    const present = (kind: string, fresh: Value) => {
      const heads = transpose(graph.reshape(fresh, byKeyHead), [0, 2, 1, 3]);
      const value = graph.concat([past(kind), heads], 2);
      outputs.push([`present.${layer}.${kind}`, value]);
      return value;
    };
    const key = present("key", projected.key);
    const value = present("value", projected.value);
    const query = graph.reshape(
      transpose(graph.reshape(projected.query, byQueryHead), [0, 2, 1, 3]),
      grouped,
    );
    const scaled = graph.op("Mul", [query, graph.scalar(attentionScale(config))]);
    const scores = graph.op("MatMul", [scaled, transpose(key, [0, 1, 3, 2])]);
    const masked = graph.op("Add", [graph.reshape(scores, separate), windowed ? windowBias : bias]);
    const shares = graph.reshape(graph.op("Softmax", [masked], { axis: { int: -1 } }), together);
    const perHead = graph.reshape(
      graph.op("MatMul", [shares, value]),
      graph.shape(batch, heads, tokens, size),
    );
    const attended = graph.reshape(
      transpose(perHead, [0, 2, 1, 3]),
      graph.ints([2], [-1, heads * size]),
    );
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
  const logits = graph.reshape(
    blocks.logits(normed),
    graph.shape(batch, tokens, config.vocab_size),
  );
  graph.output("logits", logits, "float32", ["batch", "tokens", config.vocab_size]);
  for (const [name, value] of outputs) {
    graph.output(name, value, "float32", ["batch", keyHeads, "total", size]);
  }
  return graph.encode();
}

/** Mask added to the scores, [batch, 1, 1, tokens, total]: 0 for tokens that may be seen. */
function maskBias(
  graph: GraphBuilder,
  mask: Value,
  tokens: Value,
  total: Value,
  window?: number,
): Value {
  const scalar = (x: Value) => graph.op("Squeeze", [x]);
  const zero = graph.ints([], [0]);
  const one = graph.ints([], [1]);
  const places = graph.op("Range", [zero, scalar(total), one]);
  const own = graph.op("Range", [
    scalar(graph.op("Sub", [total, tokens])),
    scalar(total),
    one,
  ]);
  const notLater = graph.op("LessOrEqual", [
    places,
    graph.op("Unsqueeze", [own, graph.ints([1], [1])]),
  ]);
  const near = window === undefined ? notLater : graph.op("And", [
    notLater,
    graph.op("Greater", [
      places,
      graph.op("Sub", [
        graph.op("Unsqueeze", [own, graph.ints([1], [1])]),
        graph.ints([], [window]),
      ]),
    ]),
  ]);
  const real = graph.op("Cast", [mask], { to: { int: 9 } });
  const seen = graph.op("And", [
    graph.op("Unsqueeze", [real, graph.ints([3], [1, 2, 3])]),
    near,
  ]);
  return graph.op("Where", [seen, graph.scalar(0), graph.scalar(MASKED)]);
}
