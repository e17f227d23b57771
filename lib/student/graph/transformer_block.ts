import type { GraphBuilder, Value } from "../../onnx/graph_builder.ts";
import { architectureOf } from "../architecture.ts";
import { attentionScale, headSize, type StudentConfig } from "../config.ts";
import { type LoraConfig, loraScale as loraScaleOf } from "../lora/lora_config.ts";
import { type AttentionBlock, attentionBlocks, type BlockInputs } from "./attention_blocks.ts";
import { add, rewidened } from "./elementwise.ts";
import { geglu } from "./geglu.ts";
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
  /** Tables of the rotary angles. */
  readonly rotary: RotaryInputs;
  /** Those of layers with a window; null where none has one. */
  readonly windowRotary: RotaryInputs | null;
}

/** Cosines and sines as inputs of a graph. */
export interface RotaryInputs {
  /** [positions, headSize / 2] */
  readonly cos: Value;
  /** [positions, headSize / 2] */
  readonly sin: Value;
}

/** The masks of all layers: of those that see all tokens before, and of those with a window. */
export interface AttentionMasks {
  /** From `attentionBlocks(graph, inputs)`. */
  readonly full: readonly AttentionBlock[];
  /** The same with a window. @default none has one */
  readonly window?: readonly AttentionBlock[];
}

/** Prepares the attention of all layers that a graph has. */
export function attentionMasks(
  graph: GraphBuilder,
  config: StudentConfig,
  inputs: BlockInputs,
): AttentionMasks {
  const full = attentionBlocks(graph, inputs);
  const { sliding_window: window } = config;
  return window === undefined ? { full } : { full, window: attentionBlocks(graph, inputs, window) };
}

/** Inputs of {@link transformerBlock} besides its parameters. */
export interface BlockContext {
  /** The student's shape. */
  readonly config: StudentConfig;
  /** Positions of the tokens. */
  readonly inputs: PlaceInputs;
  /** From {@link attentionMasks}. */
  readonly attention: AttentionMasks;
  /** True for a layer with a window. @default false */
  readonly windowed?: boolean;
  /** The adapter, if there is one. */
  readonly lora?: LoraConfig | null;
  /** int32 [m]: the only rows that are computed after attention. @default all */
  readonly rows?: Value;
}

/**
 * A transformer block, attention and a gated layer, each with its norms and added to the residual
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
  const { config, inputs, rows, lora, windowed = false } = context;
  const loraScale = lora ? loraScaleOf(lora) : undefined;
  const { num_attention_heads: heads, num_key_value_heads: keyValueHeads } = config;
  const { norms, headNorms, normOffset: offset, activation } = architectureOf(config);
  const size = headSize(config);
  const epsilon = config.rms_norm_eps;
  const normed = (x: Value, name: string, width = config.hidden_size) =>
    rmsNorm(tape, x, required(parameter, `${name}.weight`), { epsilon, width, offset });
  const widths: Record<string, number> = {
    q_proj: heads * size,
    k_proj: keyValueHeads * size,
    v_proj: keyValueHeads * size,
    gate_proj: config.intermediate_size,
    up_proj: config.intermediate_size,
  };
  const project = (x: Value, name: string, addTo?: Value) => {
    const layer = name.slice(name.indexOf(".") + 1);
    const isRead = /^[qkv]_/.test(layer);
    return projection(tape, x, name, parameter, {
      addTo,
      loraScale,
      rank: lora?.rank,
      shape: [
        rows === undefined || isRead ? "tokens" : "trained",
        widths[layer] ?? config.hidden_size,
      ],
    });
  };
  /** What a layer writes, added to the residual stream, after a norm of its own if it has one. */
  const written = (x: Value, name: string, norm: string | undefined, residual: Value) =>
    norm === undefined
      ? project(x, name, residual)
      : add(tape, residual, normed(project(x, name), norm));

  const attended = normed(hidden, norms.beforeAttention);
  const rotary = windowed ? inputs.windowRotary! : inputs.rotary;
  const rotated = (name: "q" | "k", count: number) => {
    let x = project(attended, `self_attn.${name}_proj`);
    const width = count * size;
    if (headNorms) {
      const byHead = rewidened(tape, x, width, size);
      x = rewidened(tape, normed(byHead, `self_attn.${name}_norm`, size), size, width);
    }
    return rotaryEmbedding(tape, x, { positions: inputs.positions, ...rotary, width });
  };
  const query = rotated("q", heads);
  const key = rotated("k", keyValueHeads);
  const value = project(attended, "self_attn.v_proj");
  const shape = { heads, keyValueHeads, headSize: size, scale: attentionScale(config) };
  const blocks = windowed ? context.attention.window! : context.attention.full;
  let mixed = packedAttention(tape, query, key, value, shape, inputs, blocks);
  let residual = hidden;
  if (rows !== undefined) {
    mixed = takeRows(tape, mixed, rows);
    residual = takeRows(tape, residual, rows);
  }
  residual = written(mixed, "self_attn.o_proj", norms.afterAttention, residual);
  const read = normed(residual, norms.beforeFeedForward);
  const gated = activation === "silu" ? swiglu : geglu;
  const inner = gated(tape, project(read, "mlp.gate_proj"), project(read, "mlp.up_proj"));
  return written(inner, "mlp.down_proj", norms.afterFeedForward, residual);
}
