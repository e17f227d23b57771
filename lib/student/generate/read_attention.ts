import type { GraphBuilder, Value } from "../../onnx/graph_builder.ts";
import { architectureOf } from "../architecture.ts";
import { attentionScale, hasWindow, headSize, type StudentConfig } from "../config.ts";
import { MICROSOFT, type Projections, type RotaryTables } from "./inference_blocks.ts";

/** Inputs of attention when a prompt is read, the same for all layers. */
export interface ReadInputs {
  /** int32 [1]: index of the last token in the whole sequence. */
  readonly last: Value;
  /** int32 [1]: length of the whole sequence. */
  readonly total: Value;
}

/**
 * Attention of new tokens of one sequence to those before them.
 *
 * @param projected as `InferenceBlocks.unrotated` or `packedProjections` give them
 * @param past keys and values, [1, kv heads, past, head size]
 * @returns the heads' outputs side by side, [tokens, heads * head size], and the new keys and values,
 *   rotated, [1, kv heads, past + tokens, head size]
 * @source https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md (GroupQueryAttention)
 */
export function readAttention(
  graph: GraphBuilder,
  config: StudentConfig,
  layer: number,
  { last, total }: ReadInputs,
  projected: Projections | Value,
  past: readonly [Value, Value],
  tables: RotaryTables,
): readonly [Value, Value, Value] {
  const size = headSize(config);
  const [heads, keyHeads] = [config.num_attention_heads, config.num_key_value_heads];
  const batched = (value: Value, width: number) =>
    graph.reshape(value, graph.ints([3], [1, -1, width * size]));
  const inputs = typeof projected === "string"
    ? [batched(projected, heads + 2 * keyHeads), null, null]
    : [
      batched(projected.query, heads),
      batched(projected.key, keyHeads),
      batched(projected.value, keyHeads),
    ];
  const [attended, key, value] = graph.node(
    "GroupQueryAttention",
    [...inputs, ...past, last, total, tables.cos, tables.sin],
    {
      num_heads: { int: heads },
      kv_num_heads: { int: keyHeads },
      do_rotary: { int: 1 },
      ...(config.query_pre_attn_scalar === undefined
        ? {}
        : { scale: { float: attentionScale(config) } }),
      ...(hasWindow(config, layer) ? { local_window_size: { int: config.sliding_window! } } : {}),
    },
    { domain: MICROSOFT, outputs: 3 },
  );
  return [graph.reshape(attended, graph.ints([2], [-1, heads * size])), key, value];
}

/** True if {@link readAttention} takes queries, keys and values apart. */
export function readsApart(config: StudentConfig): boolean {
  return architectureOf(config).headNorms;
}
