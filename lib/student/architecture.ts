/** The architectures that a student may have, by `model_type` of their `config.json`. */
export type StudentArchitecture = "qwen2" | "llama";

/** Norms of a block, by their names in a checkpoint; one that is absent is not applied. */
export interface BlockNorms {
  /** Of what attention reads. */
  readonly beforeAttention: string;
  /** Of what attention writes, before it is added to the residual stream. */
  readonly afterAttention?: string;
  /** Of what the gated layer reads. */
  readonly beforeFeedForward: string;
  /** Of what the gated layer writes. */
  readonly afterFeedForward?: string;
}

/**
 * All that tells one architecture from another. The training graph, the graphs for generation and
 * export, the names in checkpoints and in GGUF files, and the checks of a `config.json` read this
 * record and know no architecture by name.
 */
export interface Architecture {
  /** Its class in transformers. */
  readonly modelClass: string;
  /** Activation of the gated layer, as `config.json` names it. */
  readonly activation: "silu";
  /** True if query, key and value have biases. There are no others. */
  readonly attentionBias: boolean;
  /** Norms of a block. */
  readonly norms: BlockNorms;
  /** Form in GGUF files. */
  readonly gguf: {
    /** Value of `general.architecture`. */
    readonly name: string;
    /** Names of a block's parts, here and there. */
    readonly parts: Readonly<Record<string, string>>;
    /** Keys of the metadata, after the name and a dot, that it alone has, and their fields. */
    readonly fields: Readonly<Record<string, string>>;
    /** True if queries and keys are stored so that neighbours are rotated together. */
    readonly rotatesNeighbours: boolean;
  };
}

const PRE_NORMS: BlockNorms = {
  beforeAttention: "input_layernorm",
  beforeFeedForward: "post_attention_layernorm",
};

const GGUF_PARTS = {
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  post_attention_layernorm: "ffn_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
} as const;

/** The architectures, by their `model_type`. */
export const ARCHITECTURES: Readonly<Record<StudentArchitecture, Architecture>> = {
  qwen2: {
    modelClass: "Qwen2ForCausalLM",
    activation: "silu",
    attentionBias: true,
    norms: PRE_NORMS,
    gguf: { name: "qwen2", parts: GGUF_PARTS, fields: {}, rotatesNeighbours: false },
  },
  llama: {
    modelClass: "LlamaForCausalLM",
    activation: "silu",
    attentionBias: false,
    norms: PRE_NORMS,
    gguf: { name: "llama", parts: GGUF_PARTS, fields: {}, rotatesNeighbours: true },
  },
};

/** The record of a student's architecture. */
export function architectureOf(
  config: { readonly model_type: StudentArchitecture },
): Architecture {
  return ARCHITECTURES[config.model_type];
}
