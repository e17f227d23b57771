import { ARCHITECTURES, type StudentArchitecture } from "./architecture.ts";
import type { StudentConfig } from "./config.ts";
import { unknownConfigField } from "./config_fields.ts";
import { parseRope } from "./rope_scaling.ts";

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

function optional<Name extends string, T>(name: Name, value: T | undefined): { [K in Name]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [K in Name]?: T };
}
