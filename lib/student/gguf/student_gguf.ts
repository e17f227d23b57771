import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { architectureOf } from "../architecture.ts";
import { attentionScale, headSize, type StudentConfig } from "../config.ts";
import { rotaryFrequencies } from "../rope_scaling.ts";
import { checkWeights, type Weights } from "../weights.ts";
import { GGUF_TYPES, type GgufTensor, type GgufType, type GgufValue } from "./gguf_file.ts";
import { ggufName, reorderPairs } from "./gguf_names.ts";
import { ggufTokenizer } from "./gguf_tokenizer.ts";

/** A student as the parts of a GGUF file. */
export interface StudentGguf {
  /** Metadata, in the order of the file. */
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** Tensors, in the order of the file. */
  readonly tensors: readonly GgufTensor[];
  /** The numbers of tensor `i`, row-major. */
  numbers(i: number): Float32Array;
}

/** Options of writing a student as GGUF. */
export interface StudentGgufOptions {
  /** Number format of matrices; norms and biases stay float32. @default "f16" */
  readonly type?: GgufType;
  /** The model's name in the file. @default "student" */
  readonly name?: string;
  /** llama.cpp's name of the pre-tokenizer. @default the one that fits the tokenizer */
  readonly preTokenizer?: string;
}

/** GGUF's numbers of whole files' types. @source llama.h, llama_ftype */
const FILE_TYPES: Readonly<Record<GgufType, number>> = { f32: 0, f16: 1, q8_0: 7 };

/**
 * A student as llama.cpp wants it: architecture `qwen2` or `llama`, tensors under llama.cpp's names,
 * the tokenizer with its merges and its chat template. With `q8_0`, matrices whose rows are no
 * multiple of 32 numbers are stored as float16.
 *
 * @throws {RangeError} when weights, tokenizer and configuration do not fit each other, or llama.cpp
 *   has no counterpart for the tokenizer or the rotary scaling
 * @source https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function studentGguf(
  student: {
    readonly config: StudentConfig;
    readonly weights: Weights;
    readonly tokenizer: Tokenizer;
  },
  options: StudentGgufOptions = {},
): StudentGguf {
  const { config, weights, tokenizer } = student;
  const { type = "f16", name = "student", preTokenizer } = options;
  const architecture = architectureOf(config);
  checkWeights(config, weights, "the student");
  if (tokenizer.vocabSize > config.vocab_size) {
    throw new RangeError(
      `Cannot export the student: its tokenizer has ${tokenizer.vocabSize} tokens and its ` +
        `configuration's vocab_size is ${config.vocab_size}`,
    );
  }
  const width = config.num_attention_heads * headSize(config);
  if (config.model_type === "qwen2" && width !== config.hidden_size) {
    throw new RangeError(
      "Cannot export the student: llama.cpp wants heads of qwen2 that are together as wide as " +
        `hidden_size (${config.hidden_size}), and they are ${width} wide`,
    );
  }
  const rope = ropeScaling(config);
  const tensors: GgufTensor[] = [];
  const readers: (() => Float32Array)[] = [];
  for (const [from, { shape, data }] of weights) {
    tensors.push({ name: ggufName(architecture, from), shape, type: typeFor(shape, type) });
    readers.push(() => stored(config, from, data));
  }
  if (rope.factors !== undefined) {
    const factors = rope.factors;
    tensors.push({ name: "rope_freqs.weight", shape: [factors.length], type: "f32" });
    readers.push(() => factors);
  }
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", { string: architecture.gguf.name }],
    ["general.name", { string: name }],
    ["general.file_type", { uint32: FILE_TYPES[type] }],
    ["general.quantization_version", { uint32: 2 }],
  ]);
  for (const [key, value] of Object.entries({ ...shapeMetadata(config), ...rope.metadata })) {
    metadata.set(`${architecture.gguf.name}.${key}`, value);
  }
  for (const [key, value] of ggufTokenizer(config, tokenizer, preTokenizer)) {
    metadata.set(key, value);
  }
  return { metadata, tensors, numbers: (i) => readers[i]() };
}

function shapeMetadata(config: StudentConfig): Record<string, GgufValue> {
  const size = headSize(config);
  return {
    block_count: { uint32: config.num_hidden_layers },
    context_length: { uint32: config.max_position_embeddings },
    embedding_length: { uint32: config.hidden_size },
    feed_forward_length: { uint32: config.intermediate_size },
    "attention.head_count": { uint32: config.num_attention_heads },
    "attention.head_count_kv": { uint32: config.num_key_value_heads },
    "attention.key_length": { uint32: size },
    "attention.value_length": { uint32: size },
    "attention.layer_norm_rms_epsilon": { float32: config.rms_norm_eps },
    "rope.freq_base": { float32: config.rope_theta },
    ...windowMetadata(config),
    "rope.dimension_count": { uint32: size },
    vocab_size: { uint32: config.vocab_size },
  };
}

/** What llama.cpp is told of the layers with a window. */
function windowMetadata(config: StudentConfig): Record<string, GgufValue> {
  const { sliding_window: window, layer_types: types, rope_local_base_freq: base } = config;
  if (window === undefined || types === undefined) return {};
  const refuse = (wanted: string): never => {
    throw new RangeError(`Cannot export the student: llama.cpp wants ${wanted}`);
  };
  if (base !== 10_000) refuse("rope_local_base_freq 10000");
  const { layersPerFull } = architectureOf(config).windows!;
  const isFull = (layer: number) => (layer + 1) % layersPerFull === 0;
  if (types.some((type, layer) => (type === "full_attention") !== isFull(layer))) {
    refuse(`full attention in every layer that is a multiple of ${layersPerFull}, and no other`);
  }
  if (attentionScale(config) !== 1 / Math.sqrt(headSize(config))) {
    refuse("query_pre_attn_scalar to be the width of a head");
  }
  return { "attention.sliding_window": { uint32: window } };
}

/** Metadata of a rotary scaling, or the divisors of the angles where llama.cpp reads a tensor. */
function ropeScaling(
  config: StudentConfig,
): { readonly metadata?: Record<string, GgufValue>; readonly factors?: Float32Array } {
  const scaling = config.rope_scaling;
  const refuse = (why: string): never => {
    throw new RangeError(`Cannot export the student: llama.cpp ${why}`);
  };
  if (scaling === undefined) return {};
  if (scaling.rope_type === "llama3") {
    if (config.model_type !== "llama") refuse("scales rotary angles as Llama 3 in llama only");
    const { rope_scaling: _, ...plain } = config;
    const size = headSize(config);
    const [kept, scaled] = [rotaryFrequencies(plain, size), rotaryFrequencies(config, size)];
    return {
      factors: Float32Array.from(kept.frequencies, (f, i) => f / scaled.frequencies[i]),
    };
  }
  const metadata: Record<string, GgufValue> = {
    "rope.scaling.type": { string: scaling.rope_type },
    "rope.scaling.factor": { float32: scaling.factor },
  };
  if (scaling.rope_type === "yarn") {
    if (scaling.attention_factor !== undefined) {
      refuse("computes rope_scaling.attention_factor itself; leave it out");
    }
    const { beta_fast: fast = 32, beta_slow: slow = 1 } = scaling;
    metadata["rope.scaling.original_context_length"] = {
      uint32: scaling.original_max_position_embeddings ?? config.max_position_embeddings,
    };
    metadata["rope.scaling.yarn_beta_fast"] = { float32: fast };
    metadata["rope.scaling.yarn_beta_slow"] = { float32: slow };
  }
  return { metadata };
}

function typeFor(shape: readonly number[], type: GgufType): GgufType {
  if (shape.length === 1) return "f32";
  return shape[1] % GGUF_TYPES[type].blockSize === 0 ? type : "f16";
}

/**
 * llama.cpp rotates neighbouring numbers of a head in `llama`, and numbers half a head apart in
 * others as Hugging Face does in all: queries' and keys' rows change places in the former. The norms of
 * `gemma3` are stored with the 1 that is added to them.
 */
function stored(config: StudentConfig, name: string, data: Float32Array): Float32Array {
  const { rotatesNeighbours, normOffset } = architectureOf(config).gguf;
  if (normOffset !== 0 && name.endsWith("norm.weight")) {
    return data.map((value) => value + normOffset);
  }
  if (!rotatesNeighbours || !/\.self_attn\.[qk]_proj\./.test(name)) return data;
  const width = name.endsWith(".weight") ? config.hidden_size : 1;
  return reorderPairs(data, headSize(config), width, "neighbours");
}
