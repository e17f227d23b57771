import { architectureOf, ARCHITECTURES, type StudentArchitecture } from "./architecture.ts";
import { unknownConfigField } from "./config_fields.ts";
import { parseRope, type RopeScaling } from "./rope_scaling.ts";

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

/** The sizes that {@link studentPreset} knows, by rounded parameter count; the lab's teacher has 10M. */
export type StudentPreset = typeof studentPresets[number];

/** Names of the sizes, from small to large. */
export const studentPresets = ["0.3M", "1M", "4M", "10M"] as const;

const PRESETS: Readonly<Record<StudentPreset, readonly [number, number, number, number, number]>> =
  {
    // hidden, intermediate, layers, heads, key-value heads
    "0.3M": [64, 192, 5, 4, 2],
    "1M": [128, 352, 4, 4, 2],
    "4M": [256, 704, 5, 8, 4],
    "10M": [384, 1056, 6, 12, 6],
  };

/**
 * Upper limits of a configuration, several times those of published models of these architectures:
 * a file beyond them is broken, or made to use up memory.
 */
const MOST = {
  hidden_size: 2 ** 17,
  intermediate_size: 2 ** 20,
  num_hidden_layers: 1000,
  num_attention_heads: 4096,
  num_key_value_heads: 4096,
  head_dim: 4096,
  vocab_size: 2 ** 22,
  max_position_embeddings: 2 ** 30,
  sliding_window: 2 ** 30,
} as const;

/**
 * A small student of the lab.
 *
 * @example
 * ```ts
 * import { parameterCount, studentPreset } from "@potstill/student";
 * const config = studentPreset("1M", 1024);
 * if (parameterCount(config) !== 870_528) throw new Error(`${parameterCount(config)}`);
 * ```
 * @throws {RangeError} when a field of `overrides` is out of range
 */
export function studentPreset(
  preset: StudentPreset,
  vocabSize: number,
  overrides: Partial<StudentConfig> = {},
): StudentConfig {
  const [hidden, intermediate, layers, heads, keyValueHeads] = PRESETS[preset];
  return parseStudentConfig({
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    vocab_size: vocabSize,
    max_position_embeddings: 2048,
    rope_theta: 10_000,
    tie_word_embeddings: true,
    initializer_range: 0.1,
    ...overrides,
  }, `preset ${preset}`);
}

/**
 * Checks the value of a `config.json` and fills in what Hugging Face leaves to defaults.
 *
 * @param source where the value came from, for the error
 * @throws {RangeError} naming `source`, the field and its value
 */
export function parseStudentConfig(value: unknown, source: string): StudentConfig {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RangeError(`Cannot read the student configuration of ${source}: it is not an object`);
  }
  let fields = value as Record<string, unknown>;
  const fail = (name: string, wanted: string, got: unknown = fields[name]): never => {
    throw new RangeError(
      `Cannot use the student configuration of ${source}: ${name} must be ${wanted}, ` +
        `not ${JSON.stringify(got)}`,
    );
  };
  const number = (name: string, fallback?: number): number => {
    const got = fields[name] ?? fallback;
    return typeof got === "number" && Number.isFinite(got) && got > 0
      ? got
      : fail(name, "a positive number");
  };
  const integer = (name: keyof typeof MOST, fallback?: number): number => {
    const got = number(name, fallback);
    if (!Number.isInteger(got)) fail(name, "a positive whole number");
    return got <= MOST[name] ? got : fail(name, `at most ${MOST[name]}`);
  };
  const isTokenId = (id: unknown): id is number =>
    Number.isInteger(id) && Number(id) >= 0 && Number(id) < vocabSize;
  const tokenId = (name: string): number | undefined => {
    const got = fields[name] ?? undefined;
    // Older checkpoints of Llama write -1 for a token that they have not.
    if (got === undefined || got === -1) return undefined;
    return isTokenId(got) ? got : fail(name, `a token id below vocab_size (${vocabSize})`);
  };
  const architecture = fields.model_type ?? "qwen2";
  if (!Object.hasOwn(ARCHITECTURES, String(architecture))) {
    fail("model_type", Object.keys(ARCHITECTURES).map((name) => `"${name}"`).join(" or "));
  }
  const modelType = architecture as StudentArchitecture;
  const { modelClass, activation, defaults, windows } = ARCHITECTURES[modelType];
  const given = Object.entries(fields).filter(([, value]) => value != null);
  const present = Object.fromEntries(given);
  fields = { ...defaults, ...(windows === null ? present : flatRope(present)) };
  const classes = fields.architectures ?? [modelClass];
  if (!Array.isArray(classes) || !classes.includes(modelClass)) {
    fail("architectures", `["${modelClass}"] for the model type ${modelType}`);
  }
  // Gemma's first configurations name another under `hidden_act`, which its code does not read.
  const named = windows !== null && fields.hidden_activation !== undefined
    ? "hidden_activation"
    : "hidden_act";
  if ((fields[named] ?? activation) !== activation) fail(named, `"${activation}"`);
  if (fields.use_sliding_window) fail("use_sliding_window", "false (windows are not supported)");
  if (fields.attention_bias === true && !ARCHITECTURES[modelType].attentionBias) {
    const name = modelClass.replace("ForCausalLM", "");
    fail("attention_bias", `false (${name} with biases is not supported)`);
  }
  if (fields.mlp_bias) fail("mlp_bias", "false (biases in SwiGLU are not supported)");
  if (modelType === "llama" && fields.sliding_window) {
    fail("sliding_window", "null (windows are not supported)");
  }
  const layerTypes = fields.layer_types ?? [];
  if (windows === null) {
    if (!Array.isArray(layerTypes) || layerTypes.some((type) => type !== "full_attention")) {
      fail("layer_types", '"full_attention" in every layer');
    }
  }
  if ((fields.partial_rotary_factor ?? 1) !== 1) fail("partial_rotary_factor", "1 or absent");
  if (fields.use_bidirectional_attention) {
    fail("use_bidirectional_attention", "false");
  }
  if (typeof (fields.tie_word_embeddings ?? false) !== "boolean") {
    fail("tie_word_embeddings", "true or false");
  }
  const rope = parseRope(fields, fail);
  if (fields.quantization_config) fail("quantization_config", "absent (train in float32)");
  const unknown = unknownConfigField(fields, windows !== null);
  if (unknown !== null) {
    fail(unknown, "absent: its effect is not known here");
  }

  const vocabSize = integer("vocab_size");
  const heads = integer("num_attention_heads");
  const keyValueHeads = integer("num_key_value_heads", heads);
  const hidden = integer("hidden_size");
  if (heads % keyValueHeads !== 0) {
    fail("num_key_value_heads", `a divisor of num_attention_heads (${heads})`);
  }
  if (fields.head_dim == null && hidden % heads !== 0) {
    fail("num_attention_heads", `a divisor of hidden_size (${hidden}) when head_dim is absent`);
  }
  const headSize = integer("head_dim", hidden / heads);
  if (headSize % 2 !== 0) {
    fail("head_dim", `even for rotary positions (hidden_size / num_attention_heads: ${headSize})`);
  }
  const endIds = fields.eos_token_id;
  if (Array.isArray(endIds) && !endIds.every(isTokenId)) {
    fail("eos_token_id", `token ids below vocab_size (${vocabSize})`);
  }
  const eos = Array.isArray(endIds)
    ? { eos_token_id: endIds as readonly number[] }
    : optional("eos_token_id", tokenId("eos_token_id"));
  return {
    model_type: modelType,
    architectures: [modelClass],
    hidden_act: activation,
    ...(activation === "silu" ? {} : { hidden_activation: activation }),
    hidden_size: hidden,
    intermediate_size: integer("intermediate_size"),
    num_hidden_layers: integer("num_hidden_layers"),
    num_attention_heads: heads,
    num_key_value_heads: keyValueHeads,
    ...optional("head_dim", fields.head_dim == null ? undefined : headSize),
    ...(windows === null ? {} : {
      query_pre_attn_scalar: number("query_pre_attn_scalar"),
      rope_local_base_freq: number("rope_local_base_freq"),
      sliding_window: integer("sliding_window"),
      layer_types: parseLayerTypes(fields, integer("num_hidden_layers"), windows, fail),
    }),
    vocab_size: vocabSize,
    max_position_embeddings: integer("max_position_embeddings", 32_768),
    rope_theta: rope.theta,
    ...optional("rope_scaling", rope.scaling),
    rms_norm_eps: number("rms_norm_eps", 1e-6),
    tie_word_embeddings: fields.tie_word_embeddings === true,
    initializer_range: number("initializer_range", 0.02),
    torch_dtype: String(fields.torch_dtype ?? fields.dtype ?? "float32"),
    ...optional("bos_token_id", tokenId("bos_token_id")),
    ...eos,
    ...optional("pad_token_id", tokenId("pad_token_id")),
  };
}

/**
 * Which layers have a window: as a list says, or all but the last of every `sliding_window_pattern`.
 *
 * @source transformers, configuration_gemma3.py
 */
function parseLayerTypes(
  fields: Readonly<Record<string, unknown>>,
  layers: number,
  { layersPerFull }: { readonly layersPerFull: number },
  fail: (name: string, wanted: string) => never,
): ("full_attention" | "sliding_attention")[] {
  const { layer_types: given } = fields;
  if (given !== undefined) {
    const isList = Array.isArray(given) && given.length === layers &&
      given.every((type) => type === "full_attention" || type === "sliding_attention");
    return isList
      ? given
      : fail("layer_types", `${layers} times "full_attention" or "sliding_attention"`);
  }
  const name = "sliding_window_pattern" in fields
    ? "sliding_window_pattern"
    : "_sliding_window_pattern";
  const pattern = fields[name] ?? layersPerFull;
  if (!Number.isSafeInteger(pattern) || Number(pattern) < 1) fail(name, "a positive whole number");
  return Array.from(
    { length: layers },
    (_, layer) => (layer + 1) % Number(pattern) === 0 ? "full_attention" : "sliding_attention",
  );
}

/** Newer configurations keep the rotary settings of both kinds of layers under one name. */
function flatRope(fields: Record<string, unknown>): Record<string, unknown> {
  const both = fields.rope_parameters as Record<string, unknown> | undefined;
  const { full_attention: full, sliding_attention: local } = both ?? {};
  if (typeof full !== "object" || typeof local !== "object" || local === null) return fields;
  const { rope_theta: base, rope_type: type } = local as Record<string, unknown>;
  // Scaled angles of layers with windows are refused as a base that is no number.
  const localBase = (type ?? "default") === "default" ? base : type;
  return { ...fields, rope_parameters: full, rope_local_base_freq: localBase };
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

function optional<Name extends string, T>(name: Name, value: T | undefined): { [K in Name]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [K in Name]?: T };
}
