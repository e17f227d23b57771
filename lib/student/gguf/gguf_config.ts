import { type Architecture, ARCHITECTURES } from "../architecture.ts";
import type { StudentConfig } from "../config.ts";
import { parseStudentConfig } from "../parse_student_config.ts";
import { rotaryFrequencies } from "../rope_scaling.ts";
import type { GgufReader } from "./read_gguf.ts";

/** Keys of `<architecture>.` that the configuration is made of, and its fields. */
const FIELDS: Readonly<Record<string, string>> = {
  block_count: "num_hidden_layers",
  context_length: "max_position_embeddings",
  embedding_length: "hidden_size",
  feed_forward_length: "intermediate_size",
  "attention.head_count": "num_attention_heads",
  "attention.head_count_kv": "num_key_value_heads",
  "attention.key_length": "head_dim",
  "attention.layer_norm_rms_epsilon": "rms_norm_eps",
  "rope.freq_base": "rope_theta",
};

/** Keys that are read otherwise, or say what the tensors say. */
const OTHER = [
  "attention.value_length",
  "rope.dimension_count",
  "rope.scaling.type",
  "rope.scaling.factor",
  "rope.scale_linear",
  "rope.scaling.original_context_length",
  "rope.scaling.yarn_beta_fast",
  "rope.scaling.yarn_beta_slow",
  "rope.scaling.finetuned",
  "vocab_size",
];

/**
 * The configuration of a student in a GGUF file.
 *
 * @param path names the file in errors
 * @param endIds tokens that end a text
 * @throws {Error} naming the file and the key that is missing, does not fit, or is not understood
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md ("Standardized key-value pairs")
 */
export async function ggufConfig(
  reader: GgufReader,
  path: string,
  endIds: readonly number[],
): Promise<StudentConfig> {
  const { metadata, tensors } = reader;
  const fail = (key: string, wanted: string): never => {
    throw new RangeError(
      `Cannot use ${path}: ${key} must be ${wanted}, not ${shown(metadata[key])}`,
    );
  };
  const [modelType, architecture] = architectureFor(metadata, fail);
  const prefix = `${architecture.gguf.name}.`;
  const own = new Map(
    Object.entries(metadata)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), plain(value)]),
  );
  for (const [key, value] of own) {
    const isKnown = key in FIELDS || OTHER.includes(key) || key in architecture.gguf.fields;
    if (!isKnown && value !== false && value !== "") {
      fail(prefix + key, "absent: what it changes is not known here");
    }
  }
  const fields: Record<string, unknown> = { model_type: modelType };
  for (const [key, field] of Object.entries({ ...FIELDS, ...architecture.gguf.fields })) {
    if (own.has(key)) fields[field] = own.get(key);
  }
  const rows = tensors.get("token_embd.weight")?.shape[0];
  const width = Number(
    fields.head_dim ?? Number(fields.hidden_size) / Number(fields.num_attention_heads),
  );
  for (const key of ["attention.value_length", "rope.dimension_count"]) {
    if ((own.get(key) ?? width) !== width) fail(prefix + key, `${width}, the width of a head`);
  }
  const scaling = await ropeScaling(
    reader,
    own,
    width,
    (key, wanted) => fail(key === "rope_freqs.weight" ? key : prefix + key, wanted),
  );
  const id = (name: string) => plain(metadata[`tokenizer.ggml.${name}_token_id`]);
  // llama.cpp divides scores by the root of a head's width, but in Gemma 3 27B.
  const isLargest = architecture.gguf.name === "gemma3" && fields.num_hidden_layers === 62;
  const scalar = isLargest
    ? Number(fields.hidden_size) / Number(fields.num_attention_heads)
    : width;
  return parseStudentConfig({
    ...fields,
    ...(architecture.windows === null ? {} : { query_pre_attn_scalar: scalar }),
    ...(scaling === undefined ? {} : { rope_scaling: scaling }),
    vocab_size: rows,
    tie_word_embeddings: !tensors.has("output.weight"),
    ...(id("bos") === undefined ? {} : { bos_token_id: id("bos") }),
    ...(endIds.length === 0 ? {} : { eos_token_id: endIds.length === 1 ? endIds[0] : endIds }),
    ...(id("padding") === undefined ? {} : { pad_token_id: id("padding") }),
  }, path);
}

/** A student's architecture by the name that GGUF gives it. */
function architectureFor(
  metadata: Readonly<Record<string, unknown>>,
  fail: (key: string, wanted: string) => never,
): [string, Architecture] {
  const name = metadata["general.architecture"];
  const found = Object.entries(ARCHITECTURES).find(([, { gguf }]) => gguf.name === name);
  const known = Object.values(ARCHITECTURES).map(({ gguf }) => `"${gguf.name}"`);
  return found ?? fail("general.architecture", known.join(" or "));
}

/** The `rope_scaling` of a configuration: from the metadata, or from Llama 3's list of divisors. */
async function ropeScaling(
  { tensors, numbers }: GgufReader,
  own: ReadonlyMap<string, unknown>,
  width: number,
  fail: (key: string, wanted: string) => never,
): Promise<Record<string, unknown> | undefined> {
  const divisors = tensors.get("rope_freqs.weight");
  if (divisors !== undefined) {
    const base = Number(own.get("rope.freq_base") ?? 10_000);
    return llama3Scaling(await numbers(divisors), base, width) ??
      fail("rope_freqs.weight", "the divisors of Llama 3");
  }
  const type = own.get("rope.scaling.type") ?? (own.has("rope.scale_linear") ? "linear" : "none");
  const factor = own.get("rope.scaling.factor") ?? own.get("rope.scale_linear");
  if (type === "none") return undefined;
  if (type === "linear") return factor === 1 ? undefined : { rope_type: "linear", factor };
  if (type !== "yarn") return fail("rope.scaling.type", '"none", "linear" or "yarn"');
  const optional = (field: string, key: string) => own.has(key) ? { [field]: own.get(key) } : {};
  return {
    rope_type: "yarn",
    factor,
    ...optional("original_max_position_embeddings", "rope.scaling.original_context_length"),
    ...optional("beta_fast", "rope.scaling.yarn_beta_fast"),
    ...optional("beta_slow", "rope.scaling.yarn_beta_slow"),
  };
}

/**
 * The settings whose divisors a file holds. A file keeps no more than the divisors; all models of
 * Llama 3 have the same settings but for the factor, which is the largest divisor.
 */
function llama3Scaling(divisors: Float32Array, base: number, width: number) {
  const settings = {
    rope_type: "llama3",
    factor: divisors.reduce((a, b) => Math.max(a, b), 1),
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  } as const;
  const plain = { rope_theta: base, max_position_embeddings: 1 };
  const kept = rotaryFrequencies(plain, width).frequencies;
  const scaled = rotaryFrequencies({ ...plain, rope_scaling: settings }, width).frequencies;
  const fits = divisors.length === kept.length &&
    divisors.every((divisor, i) => Math.abs(kept[i] / scaled[i] / divisor - 1) < 1e-4);
  return fits ? settings : null;
}

/** A value of the metadata with whole numbers as numbers, and 1e-5 for its nearest float32. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "number") return value;
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === value ? short : value;
}

function shown(value: unknown): string {
  return (JSON.stringify(plain(value)) ?? "missing").slice(0, 80);
}
