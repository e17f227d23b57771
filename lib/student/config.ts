import { architectureOf, type StudentArchitecture } from "./architecture.ts";
import type { RopeScaling } from "./rope_scaling.ts";

/**
 * Shape of a student: Hugging Face's `config.json` of an architecture in `ARCHITECTURES`, names
 * verbatim. All mean RMSNorm, rotary positions, grouped-query attention and a gated layer.
 *
 * @source https://huggingface.co/docs/transformers/model_doc/qwen2
 * @source https://huggingface.co/docs/transformers/model_doc/llama
 * @source https://huggingface.co/docs/transformers/model_doc/qwen3
 * @source https://huggingface.co/docs/transformers/model_doc/gemma3
 */
export interface StudentConfig {
  /** `qwen2`, also for Qwen2.5, `llama`, `qwen3` or `gemma3_text`. */
  readonly model_type: StudentArchitecture;
  /** The architecture's class, such as `Qwen2ForCausalLM`. */
  readonly architectures: readonly string[];
  /** Activation of the gated layer. */
  readonly hidden_act: "silu" | "gelu_pytorch_tanh";
  /** The same under Gemma's name, for Gemma alone. */
  readonly hidden_activation?: "gelu_pytorch_tanh";
  /** Width of the residual stream. */
  readonly hidden_size: number;
  /** Width of the SwiGLU layer. */
  readonly intermediate_size: number;
  /** Number of blocks of attention and SwiGLU. */
  readonly num_hidden_layers: number;
  /** Heads of queries. */
  readonly num_attention_heads: number;
  /** Heads of keys and values; divides `num_attention_heads`. */
  readonly num_key_value_heads: number;
  /** Width of one head, even. @default hidden_size / num_attention_heads */
  readonly head_dim?: number;
  /** Number of token ids. */
  readonly vocab_size: number;
  /** Longest sequence, in tokens. */
  readonly max_position_embeddings: number;
  /** Base of the rotary frequencies. */
  readonly rope_theta: number;
  /** Scaling of the rotary angles for longer texts. @default none */
  readonly rope_scaling?: RopeScaling;
  /** Base of the rotary frequencies of layers with a window. @default none has one */
  readonly rope_local_base_freq?: number;
  /** Tokens that a layer with a window sees, the own one among them. @default none has one */
  readonly sliding_window?: number;
  /** Which layers have a window: one text a layer. @default none has one */
  readonly layer_types?: readonly ("full_attention" | "sliding_attention")[];
  /** Scores of attention are divided by the root of this. @default the width of a head */
  readonly query_pre_attn_scalar?: number;
  /** Added to the mean square in RMSNorm. */
  readonly rms_norm_eps: number;
  /** True if the output layer is the embedding matrix. */
  readonly tie_word_embeddings: boolean;
  /** Standard deviation of the embeddings that `initWeights` draws. */
  readonly initializer_range: number;
  /** Type of the stored weights; a student computes in float32. */
  readonly torch_dtype: string;
  /** Token that begins a text. */
  readonly bos_token_id?: number;
  /** Token that ends a text, or several. */
  readonly eos_token_id?: number | readonly number[];
  /** Token that fills up rows. */
  readonly pad_token_id?: number;
}

/** True if query, key and value have biases, as in Qwen2 and not in Llama. */
export function hasAttentionBias(config: StudentConfig): boolean {
  return architectureOf(config).attentionBias;
}

/** Whether a layer sees no more than a window of the last tokens. */
export function hasWindow(config: StudentConfig, layer: number): boolean {
  return config.layer_types?.[layer] === "sliding_attention";
}

/** What scores of attention are multiplied by. */
export function attentionScale(config: StudentConfig): number {
  return 1 / Math.sqrt(config.query_pre_attn_scalar ?? headSize(config));
}

/** The configuration with the rotary base of the layers with a window; null where none has one. */
export function windowRope(config: StudentConfig): StudentConfig | null {
  const { rope_local_base_freq: base, rope_scaling: _, ...rest } = config;
  return base === undefined ? null : { ...rest, rope_theta: base };
}

/** Width of one attention head. */
export function headSize(config: StudentConfig): number {
  return config.head_dim ?? config.hidden_size / config.num_attention_heads;
}

/**
 * Names and shapes of a student's tensors in Hugging Face's naming and order; matrices are
 * [out, in].
 */
export function weightShapes(config: StudentConfig): Map<string, readonly number[]> {
  const hidden = config.hidden_size;
  const inner = config.intermediate_size;
  const query = config.num_attention_heads * headSize(config);
  const keyValue = config.num_key_value_heads * headSize(config);
  const shapes = new Map<string, readonly number[]>();
  const project = (name: string, out: number) => {
    shapes.set(`${name}.weight`, [out, hidden]);
    if (hasAttentionBias(config)) shapes.set(`${name}.bias`, [out]);
  };
  shapes.set("model.embed_tokens.weight", [config.vocab_size, hidden]);
  const { norms, headNorms } = architectureOf(config);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const at = `model.layers.${layer}`;
    const norm = (name: string | undefined) => {
      if (name !== undefined) shapes.set(`${at}.${name}.weight`, [hidden]);
    };
    norm(norms.beforeAttention);
    project(`${at}.self_attn.q_proj`, query);
    project(`${at}.self_attn.k_proj`, keyValue);
    project(`${at}.self_attn.v_proj`, keyValue);
    shapes.set(`${at}.self_attn.o_proj.weight`, [hidden, query]);
    if (headNorms) {
      shapes.set(`${at}.self_attn.q_norm.weight`, [headSize(config)]);
      shapes.set(`${at}.self_attn.k_norm.weight`, [headSize(config)]);
    }
    norm(norms.afterAttention);
    norm(norms.beforeFeedForward);
    shapes.set(`${at}.mlp.gate_proj.weight`, [inner, hidden]);
    shapes.set(`${at}.mlp.up_proj.weight`, [inner, hidden]);
    shapes.set(`${at}.mlp.down_proj.weight`, [hidden, inner]);
    norm(norms.afterFeedForward);
  }
  shapes.set("model.norm.weight", [hidden]);
  if (!config.tie_word_embeddings) shapes.set("lm_head.weight", [config.vocab_size, hidden]);
  return shapes;
}

/** Number of trained parameters; a tied output layer counts once. */
export function parameterCount(config: StudentConfig): number {
  let total = 0;
  for (const shape of weightShapes(config).values()) total += shape.reduce((a, b) => a * b, 1);
  return total;
}
