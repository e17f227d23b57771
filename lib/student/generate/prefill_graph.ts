import { GraphBuilder, type Value } from "../../onnx/graph_builder.ts";
import { architectureOf } from "../architecture.ts";
import { attentionScale, hasWindow, headSize, type StudentConfig, windowRope } from "../config.ts";
import type { Quantizer } from "../quantize/weight_type.ts";
import type { Weights } from "../weights.ts";
import { InferenceBlocks, MICROSOFT } from "./inference_blocks.ts";

/**
 * The graph that reads new tokens of one sequence.
 *
 * | name | type, shape | meaning |
 * |---|---|---|
 * | `ids` | int64 [tokens] | the new tokens, at least 2 unless there is no past |
 * | `rows` | int64 [rows] | which of them to give logits for |
 * | `last` | int32 [1] | index of the last token in the whole sequence |
 * | `total` | int32 [1] | length of the whole sequence |
 * | `past_key.N`, `past_value.N` | float32 [1, kv heads, past, head size] | cache of layer N |
 * | `logits` (output) | float32 [rows, vocab] | |
 * | `key.N`, `value.N` (output) | float32 [1, kv heads, past + tokens, head size] | new cache |
 *
 * Keys are stored rotated. Each token's result depends only on the tokens before it, bit for bit,
 * however the sequence is cut into runs of at least two tokens.
 *
 * @param quantizer makes the matrices smaller; without one they are float32
 * @source https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md (GroupQueryAttention)
 */
export function buildPrefillGraph(
  config: StudentConfig,
  weights: Weights,
  quantizer?: Quantizer,
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder("prefill");
  const blocks = new InferenceBlocks(graph, config, weights, quantizer);
  const size = headSize(config);
  const [heads, keyHeads] = [config.num_attention_heads, config.num_key_value_heads];
  const ids = graph.input("ids", "int64", ["tokens"]);
  const rows = graph.input("rows", "int64", ["rows"]);
  const last = graph.input("last", "int32", [1]);
  const total = graph.input("total", "int32", [1]);
  const cos = graph.input("cos", "float32", ["angles", size / 2]);
  const sin = graph.input("sin", "float32", ["angles", size / 2]);
  const windowTables = windowRope(config) === null
    ? [cos, sin]
    : ["window_cos", "window_sin"].map((name) =>
      graph.input(name, "float32", ["window_angles", size / 2])
    );
  const { headNorms } = architectureOf(config);
  const batched = (headNorms ? [heads, keyHeads] : [heads + 2 * keyHeads]).map((heads) =>
    graph.ints([3], [1, -1, heads * size])
  );
  const flat = graph.ints([2], [-1, heads * size]);
  let x = blocks.embed(ids);
  let normed = blocks.norm(x, blocks.firstNorm(0));
  const caches: [string, Value][] = [];
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const past = ["past_key", "past_value"].map((name) =>
      graph.input(`${name}.${layer}`, "float32", [1, keyHeads, "past", size])
    );
    const windowed = hasWindow(config, layer);
    const rotary = windowed ? windowTables : [cos, sin];
    let projected: (Value | null)[];
    if (headNorms) {
      const { query, key, value } = blocks.unrotated(normed, layer);
      projected = [[query, batched[0]], [key, batched[1]], [value, batched[1]]].map((pair) =>
        graph.op("Reshape", pair)
      );
    } else {
      const packed = blocks.packedProjections(normed, layer);
      projected = [graph.op("Reshape", [packed, batched[0]]), null, null];
    }
    const [attended, key, value] = graph.node(
      "GroupQueryAttention",
      [...projected, ...past, last, total, ...rotary],
      {
        num_heads: { int: heads },
        kv_num_heads: { int: keyHeads },
        do_rotary: { int: 1 },
        ...(config.query_pre_attn_scalar === undefined
          ? {}
          : { scale: { float: attentionScale(config) } }),
        ...(windowed ? { local_window_size: { int: config.sliding_window! } } : {}),
      },
      { domain: MICROSOFT, outputs: [`attention.${layer}`, `key.${layer}`, `value.${layer}`] },
    );
    caches.push([`key.${layer}`, key], [`value.${layer}`, value]);
    const written = blocks.attentionOutput(graph.op("Reshape", [attended, flat]), layer);
    const inner = blocks.addAndNorm(
      x,
      written,
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
  for (const [name, value] of caches) {
    graph.output(name, value, "float32", [1, keyHeads, "total", size]);
  }
  return graph.encode();
}
