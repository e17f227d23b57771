import assert from "node:assert/strict";
import { join } from "node:path";
import { readCheckpoint, writeCheckpoint } from "../../lib/student/checkpoint/checkpoint_folder.ts";
import { parseStudentConfig } from "../../lib/student/parse_student_config.ts";
import { initWeights } from "../../lib/student/weights.ts";

type Fields = Record<string, unknown>;

const COMMON = {
  attention_dropout: 0,
  initializer_range: 0.02,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  use_cache: true,
};
const QWEN25: Fields = {
  ...COMMON,
  architectures: ["Qwen2ForCausalLM"],
  bos_token_id: 151643,
  eos_token_id: 151645,
  hidden_act: "silu",
  hidden_size: 896,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  model_type: "qwen2",
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  sliding_window: 32768,
  use_sliding_window: false,
  vocab_size: 151936,
};
const QWEN3: Fields = {
  ...QWEN25,
  architectures: ["Qwen3ForCausalLM"],
  attention_bias: false,
  head_dim: 128,
  hidden_size: 1024,
  intermediate_size: 3072,
  max_position_embeddings: 40960,
  max_window_layers: 28,
  model_type: "qwen3",
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  rope_scaling: null,
  sliding_window: null,
};
const SCALING = {
  factor: 32,
  high_freq_factor: 4,
  low_freq_factor: 1,
  original_max_position_embeddings: 8192,
  rope_type: "llama3",
};
const LLAMA32: Fields = {
  ...COMMON,
  architectures: ["LlamaForCausalLM"],
  attention_bias: false,
  bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009],
  head_dim: 64,
  hidden_act: "silu",
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: "llama",
  num_attention_heads: 32,
  num_hidden_layers: 16,
  num_key_value_heads: 8,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: SCALING,
  rope_theta: 500000,
  vocab_size: 128256,
};
const SMOLLM2: Fields = {
  ...LLAMA32,
  bos_token_id: 1,
  eos_token_id: 2,
  head_dim: null,
  hidden_size: 576,
  intermediate_size: 1536,
  is_llama_config: true,
  max_position_embeddings: 8192,
  num_attention_heads: 9,
  num_hidden_layers: 30,
  num_key_value_heads: 3,
  pad_token_id: 2,
  rope_interleaved: false,
  rope_scaling: null,
  rope_theta: 100000,
  "transformers.js_config": { kv_cache_dtype: { fp16: "float16" } },
  vocab_size: 49152,
};
const GEMMA3: Fields = {
  ...COMMON,
  architectures: ["Gemma3ForCausalLM"],
  attention_bias: false,
  attn_logit_softcapping: null,
  bos_token_id: 2,
  cache_implementation: "hybrid",
  eos_token_id: [1, 106],
  final_logit_softcapping: null,
  head_dim: 256,
  hidden_activation: "gelu_pytorch_tanh",
  hidden_size: 1152,
  intermediate_size: 6912,
  max_position_embeddings: 32768,
  model_type: "gemma3_text",
  num_attention_heads: 4,
  num_hidden_layers: 26,
  num_key_value_heads: 1,
  pad_token_id: 0,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_local_base_freq: 10000,
  rope_scaling: null,
  rope_theta: 1000000,
  sliding_window: 512,
  sliding_window_pattern: 6,
  tie_word_embeddings: undefined,
  vocab_size: 262144,
};

/** As newer versions of transformers write it. */
const without = (fields: Fields, ...names: string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

const read: [name: string, fields: Fields, wanted: Fields][] = [
  ["Qwen2.5-0.5B", QWEN25, { eos_token_id: 151645, rope_theta: 1e6, tie_word_embeddings: true }],
  ["Qwen3-0.6B", QWEN3, { head_dim: 128, num_key_value_heads: 8 }],
  ["Llama-3.2-1B", LLAMA32, { eos_token_id: [128001, 128008, 128009], rope_scaling: SCALING }],
  ["Llama-3.2-1B, untied", { ...LLAMA32, tie_word_embeddings: false }, {
    tie_word_embeddings: false,
  }],
  [
    "Llama-3.2-1B of transformers 5",
    {
      ...without(LLAMA32, "rope_scaling", "rope_theta", "torch_dtype"),
      dtype: "bfloat16",
      rope_parameters: { ...SCALING, rope_theta: 500000 },
    },
    { rope_theta: 500000, rope_scaling: SCALING },
  ],
  ["SmolLM2-135M", SMOLLM2, { rope_theta: 1e5, pad_token_id: 2 }],
  ["Gemma 3 1B", GEMMA3, { sliding_window: 512, tie_word_embeddings: true }],
  [
    "Gemma 3 1B of transformers 5",
    {
      ...without(GEMMA3, "rope_scaling", "rope_theta", "rope_local_base_freq"),
      rope_parameters: {
        full_attention: { rope_type: "default", rope_theta: 1e6 },
        sliding_attention: { rope_type: "default", rope_theta: 1e4 },
      },
    },
    { rope_theta: 1e6, rope_local_base_freq: 1e4 },
  ],
];

for (const [name, fields, wanted] of read) {
  Deno.test(`the configuration of ${name} is read`, () => {
    const config = { ...parseStudentConfig(fields, name) } as Fields;
    for (const [field, value] of Object.entries(wanted)) {
      assert.deepEqual(config[field], value, field);
    }
  });
}

const refused: [fields: Fields, message: RegExp][] = [
  [{ model_type: "gemma3", text_config: GEMMA3 }, /model_type must be .*, not "gemma3"/],
  [{ ...LLAMA32, model_type: "mistral" }, /model_type must be .*, not "mistral"/],
  [{ model_type: "phi3" }, /model_type must be .*, not "phi3"/],
  [{ ...QWEN3, model_type: "qwen3_moe", num_experts: 8 }, /model_type .* not "qwen3_moe"/],
  [{ architectures: ["GPT2LMHeadModel"] }, /architectures must be .* not \["GPT2LMHeadModel"\]/],
  [{ ...LLAMA32, attention_bias: true }, /attention_bias must be false/],
  [{ ...QWEN3, attention_bias: true }, /attention_bias must be false/],
  [{ ...LLAMA32, mlp_bias: true }, /mlp_bias must be false/],
  [{ ...QWEN25, use_sliding_window: true }, /use_sliding_window must be false/],
  [{ ...LLAMA32, rope_scaling: { type: "dynamic", factor: 2 } }, /rope_type .* not "dynamic"/],
  [{ ...LLAMA32, rope_scaling: { rope_type: "longrope" } }, /rope_type .* not "longrope"/],
  [{ ...QWEN25, rope_scaling: { type: "mrope" } }, /rope_type .* not "mrope"/],
  [{ ...SMOLLM2, rope_interleaved: true }, /rope_interleaved must be absent/],
  [{ ...GEMMA3, final_logit_softcapping: 30 }, /final_logit_softcapping must be absent.* not 30/],
  [{ ...GEMMA3, attn_logit_softcapping: 50 }, /attn_logit_softcapping must be absent.* not 50/],
  [{ ...LLAMA32, quantization_config: { bits: 4 } }, /quantization_config must be absent/],
  [{ ...LLAMA32, hidden_act: "gelu" }, /hidden_act must be "silu", not "gelu"/],
];

for (const [fields, message] of refused) {
  Deno.test(`a configuration of something else is refused: ${message.source}`, () => {
    assert.throws(() => parseStudentConfig(fields, "here"), (error: Error) => {
      assert.match(error.message, message);
      assert.match(error.message, /of here/);
      return true;
    });
  });
}

Deno.test("a text ends at every token that generation_config.json names", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "generation_config.json");
  const small = { ...SMOLLM2, hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1 };
  const shape = { num_attention_heads: 2, num_key_value_heads: 1, vocab_size: 300 };
  const config = parseStudentConfig({ ...small, ...shape }, "small");
  await writeCheckpoint(folder, { config, weights: initWeights(config, 1) });
  const endsOf = async (given: unknown) => {
    await Deno.writeTextFile(path, JSON.stringify(given));
    return (await readCheckpoint(folder)).config.eos_token_id;
  };
  assert.deepEqual(await endsOf({ eos_token_id: [7, 2, 9] }), [2, 7, 9]);
  assert.deepEqual(await endsOf({ eos_token_id: 7 }), [2, 7]);
  assert.equal(await endsOf({ eos_token_id: 2 }), 2);
  assert.equal(await endsOf({}), 2);
  assert.equal(await endsOf({ eos_token_id: null }), 2);
  await assert.rejects(
    endsOf({ eos_token_id: [300] }),
    /generation_config\.json: eos_token_id .* below vocab_size \(300\), not \[300\]/,
  );
  await Deno.writeTextFile(path, "{");
  await assert.rejects(readCheckpoint(folder), /Cannot read .*generation_config\.json/);
  await Deno.remove(path);
  assert.equal((await readCheckpoint(folder)).config.eos_token_id, 2);
  await Deno.remove(folder, { recursive: true });
});
