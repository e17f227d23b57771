import type { Value } from "../../onnx/graph_builder.ts";
import { headSize, type StudentConfig } from "../config.ts";
import type { AttentionBlock, BlockInputs } from "./attention_blocks.ts";
import { takeRows } from "./embedding.ts";
import { packedAttention } from "./packed_attention.ts";
import { type ParameterSource, projection, required } from "./projection.ts";
import { rmsNorm } from "./rms_norm.ts";
import { rotaryEmbedding } from "./rotary_embedding.ts";
import { swiglu } from "./swiglu.ts";
import type { Tape } from "./tape.ts";

/** Inputs that all blocks share: where tokens are, and the tables of the rotary angles. */
export interface PlaceInputs extends BlockInputs {
  /** int64 [n]: place in the example, for rotary positions. */
  readonly positions: Value;
  /** [positions, headSize / 2] */
  readonly cos: Value;
  /** [positions, headSize / 2] */
  readonly sin: Value;
}

/** Inputs of {@link transformerBlock} besides its parameters. */
export interface BlockContext {
  /** The student's shape. */
  readonly config: StudentConfig;
  /** Positions of the tokens. */
  readonly inputs: PlaceInputs;
  /** From `attentionBlocks(graph, inputs)`. */
  readonly attention: readonly AttentionBlock[];
  /** Factor of adapters. @default 1 */
  readonly loraScale?: number;
  /** int32 [m]: the only rows that are computed after attention. @default all */
  readonly rows?: Value;
}

/**
 * A transformer block, attention and SwiGLU, each after an RMSNorm and added to the residual
 * stream: [n, width] gives [n, width], or [m, width] with `rows`.
 *
 * @param parameter finds parameters by their names within the block, such as `mlp.up_proj.weight`
 */
export function transformerBlock(
  tape: Tape,
  hidden: Value,
  parameter: ParameterSource,
  context: BlockContext,
): Value {
  const { config, inputs, rows, loraScale } = context;
  const { num_attention_heads: heads, num_key_value_heads: keyValueHeads } = config;
  const size = headSize(config);
  const norm = { epsilon: config.rms_norm_eps, width: config.hidden_size };
  const project = (x: Value, name: string, addTo?: Value) =>
    projection(tape, x, name, parameter, { addTo, loraScale });

  const attended = rmsNorm(tape, hidden, required(parameter, "input_layernorm.weight"), norm);
  const rotated = (name: string, count: number) =>
    rotaryEmbedding(tape, project(attended, name), { ...inputs, width: count * size });
  const query = rotated("self_attn.q_proj", heads);
  const key = rotated("self_attn.k_proj", keyValueHeads);
  const value = project(attended, "self_attn.v_proj");
  const shape = { heads, keyValueHeads, headSize: size };
  let mixed = packedAttention(tape, query, key, value, shape, inputs, context.attention);
  let residual = hidden;
  if (rows !== undefined) {
    mixed = takeRows(tape, mixed, rows);
    residual = takeRows(tape, residual, rows);
  }
  residual = project(mixed, "self_attn.o_proj", residual);
  const scale = required(parameter, "post_attention_layernorm.weight");
  const normed = rmsNorm(tape, residual, scale, norm);
  const inner = swiglu(tape, project(normed, "mlp.gate_proj"), project(normed, "mlp.up_proj"));
  return project(inner, "mlp.down_proj", residual);
}
