/** The architectures that a student may have, by `model_type` of their `config.json`. */
export type StudentArchitecture = "qwen2" | "llama" | "qwen3" | "gemma3_text";

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
  readonly activation: "silu" | "gelu_pytorch_tanh";
  /** True if query, key and value have biases. There are no others. */
  readonly attentionBias: boolean;
  /** Norms of a block. */
  readonly norms: BlockNorms;
  /** True if each head's queries and keys are normed, before they are rotated. */
  readonly headNorms: boolean;
  /** Added to the weights of norms: 1 where a checkpoint holds differences from 1. */
  readonly normOffset: 0 | 1;
  /** True if embeddings are multiplied by the root of the hidden size. */
  readonly scalesEmbeddings: boolean;
  /**
   * True if some layers see a window of the last tokens alone, with a rotary base of their own; and of
   * how many layers the last sees everything, where `config.json` does not say.
   */
  readonly windows: { readonly layersPerFull: number } | null;
  /** Fields that a `config.json` may leave out, where not as in the others. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Form in GGUF files. */
  readonly gguf: {
    /** Value of `general.architecture`. */
    readonly name: string;
    /** Names of a block's parts, here and there. */
    readonly parts: Readonly<Record<string, string>>;
    /** Keys of the metadata, after the name and a dot, that it alone has, and their fields. */
    readonly fields: Readonly<Record<string, string>>;
    /** Added to the weights of norms there. */
    readonly normOffset: 0 | 1;
    /** True if queries and keys are stored so that neighbours are rotated together. */
    readonly rotatesNeighbours: boolean;
  };
}

const PRE_NORMS: BlockNorms = {
  beforeAttention: "input_layernorm",
  beforeFeedForward: "post_attention_layernorm",
};

/** What most architectures have. */
const USUAL = {
  activation: "silu",
  attentionBias: false,
  norms: PRE_NORMS,
  headNorms: false,
  normOffset: 0,
  scalesEmbeddings: false,
  windows: null,
  defaults: {},
} as const;

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

const GGUF_HEAD_NORMS = { "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm" };

/** The architectures, by their `model_type`. */
export const ARCHITECTURES: Readonly<Record<StudentArchitecture, Architecture>> = {
  qwen2: {
    ...USUAL,
    modelClass: "Qwen2ForCausalLM",
    attentionBias: true,
    gguf: {
      name: "qwen2",
      parts: GGUF_PARTS,
      fields: {},
      normOffset: 0,
      rotatesNeighbours: false,
    },
  },
  llama: {
    ...USUAL,
    modelClass: "LlamaForCausalLM",
    gguf: { name: "llama", parts: GGUF_PARTS, fields: {}, normOffset: 0, rotatesNeighbours: true },
  },
  qwen3: {
    ...USUAL,
    modelClass: "Qwen3ForCausalLM",
    headNorms: true,
    defaults: { head_dim: 128 },
    gguf: {
      name: "qwen3",
      parts: { ...GGUF_PARTS, ...GGUF_HEAD_NORMS },
      fields: {},
      normOffset: 0,
      rotatesNeighbours: false,
    },
  },
  gemma3_text: {
    modelClass: "Gemma3ForCausalLM",
    activation: "gelu_pytorch_tanh",
    attentionBias: false,
    norms: {
      beforeAttention: "input_layernorm",
      afterAttention: "post_attention_layernorm",
      beforeFeedForward: "pre_feedforward_layernorm",
      afterFeedForward: "post_feedforward_layernorm",
    },
    headNorms: true,
    normOffset: 1,
    scalesEmbeddings: true,
    windows: { layersPerFull: 6 },
    defaults: {
      head_dim: 256,
      max_position_embeddings: 131_072,
      query_pre_attn_scalar: 256,
      rope_local_base_freq: 10_000,
      rope_theta: 1_000_000,
      sliding_window: 4096,
      tie_word_embeddings: true,
    },
    gguf: {
      name: "gemma3",
      parts: {
        ...GGUF_PARTS,
        ...GGUF_HEAD_NORMS,
        post_attention_layernorm: "post_attention_norm",
        pre_feedforward_layernorm: "ffn_norm",
        post_feedforward_layernorm: "post_ffw_norm",
      },
      fields: {
        "attention.sliding_window": "sliding_window",
        "rope.freq_base_swa": "rope_local_base_freq",
      },
      normOffset: 1,
      rotatesNeighbours: false,
    },
  },
};

/** The record of a student's architecture. */
export function architectureOf(
  config: { readonly model_type: StudentArchitecture },
): Architecture {
  return ARCHITECTURES[config.model_type];
}
