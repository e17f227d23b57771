import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStudentModel } from "@potstill/student/student_model.ts";
import { readCheckpoint } from "@potstill/student/checkpoint/checkpoint_folder.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsError,
} from "@potstill/onnx/safetensors.ts";
import { readSafetensorsFile } from "@potstill/onnx/safetensors_file.ts";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { buildExportGraph } from "@potstill/student/export/onnx_export_graph.ts";
import { parseAdapterConfig } from "@potstill/student/lora/adapter_folder.ts";
import { Tokenizer } from "@potstill/tokenizer/tokenizer.ts";
import type { JsonObject } from "@potstill/tokenizer/tokenizer_json.ts";
import { smallStudent } from "./small_student.ts";

const base = {
  model_type: "llama",
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 300,
  max_position_embeddings: 512,
};
const parse = (extra: object) => parseStudentConfig({ ...base, ...extra }, "x");
const ropeOf = (extra: object) => {
  const { rope_theta: theta, rope_scaling: scaling } = parse(extra);
  return [theta, scaling?.rope_type ?? null];
};

Deno.test("rotary parameters as transformers 5.24.0 reads them", () => {
  const rope_parameters = { rope_type: "default", rope_theta: 500_000 };
  assert.deepEqual(ropeOf({ rope_parameters }), [500_000, null]);
  assert.deepEqual(ropeOf({ rope_theta: 10_000, rope_parameters }), [500_000, null]);
  assert.deepEqual(ropeOf({ rope_parameters: { rope_theta: 7 } }), [7, null]);
  assert.deepEqual(ropeOf({ rope_theta: 5, rope_scaling: { type: "linear", factor: 2 } }), [
    5,
    "linear",
  ]);
  assert.deepEqual(
    ropeOf({ rope_theta: 5, rope_scaling: { type: "linear", factor: 2, rope_theta: 7 } }),
    [7, "linear"],
  );
  assert.deepEqual(
    ropeOf({ rope_theta: 5, rope_parameters: { rope_type: "linear", factor: 2 } }),
    [5, "linear"],
  );
  assert.deepEqual(ropeOf({}), [10_000, null]);
  assert.deepEqual(ropeOf({ rope_scaling: {}, rope_parameters: {} }), [10_000, null]);
  assert.deepEqual(ropeOf({ rope_parameters: { ...rope_parameters, partial_rotary_factor: 1 } }), [
    500_000,
    null,
  ]);
});

Deno.test("what changes the computation and is not understood is refused by name", () => {
  const refused: [object, RegExp][] = [
    [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor must be 1 or absent, not 0.5/],
    [
      { rope_parameters: { rope_theta: 1, partial_rotary_factor: 0.25 } },
      /rope_parameters.partial_rotary_factor/,
    ],
    [{ rope_parameters: { full_attention: { rope_theta: 1 } } }, /rope_parameters.full_attention/],
    [{ rope_scaling: { type: "longrope" } }, /rope_scaling.rope_type must be .*"longrope"/],
    [
      { rope_scaling: { type: "default" }, rope_parameters: { rope_type: "linear", factor: 2 } },
      /rope_scaling must be absent or the same/,
    ],
    [{ rope_parameters: { rope_theta: "1e4" } }, /rope_theta must be a positive number, not "1e4"/],
    [{ final_logit_softcapping: 30 }, /final_logit_softcapping/],
    [{ query_pre_attn_scalar: 256 }, /query_pre_attn_scalar/],
    [{ embedding_multiplier: 12 }, /embedding_multiplier/],
    [{ logits_scaling: 8 }, /logits_scaling/],
    [{ residual_multiplier: 0 }, /residual_multiplier/],
    [{ num_local_experts: 8 }, /num_local_experts/],
    [{ use_qk_norm: true }, /use_qk_norm/],
    [{ sliding_window: 128 }, /sliding_window/],
    [{ model_type: "qwen2", layer_types: ["full_attention", "sliding_attention"] }, /layer_types/],
    [{ layer_types: "full_attention" }, /layer_types/],
    [{ auto_map: { AutoModelForCausalLM: "modeling.My" } }, /auto_map/],
    [{ is_encoder_decoder: true }, /is_encoder_decoder/],
    [{ hidden_activation: "gelu" }, /hidden_activation/],
  ];
  for (const [extra, message] of refused) assert.throws(() => parse(extra), message);
  parse({
    transformers_version: "5.0",
    use_cache: true,
    attention_dropout: 0.1,
    pretraining_tp: 1,
    sliding_window: null,
    layer_types: ["full_attention"],
    use_qk_norm: false,
    auto_map: null,
    final_logit_softcapping: null,
    id2label: { 0: "a" },
    something: [],
    pad_token_id: -1,
  });
  parse({
    model_type: "qwen2",
    use_sliding_window: false,
    sliding_window: 4096,
    max_window_layers: 28,
  });
});

Deno.test("a text or a number is no answer to whether the output is the embedding", () => {
  for (const value of ["true", "false", 1, 0, []]) {
    assert.throws(
      () => parse({ tie_word_embeddings: value }),
      /tie_word_embeddings must be true or/,
    );
  }
  assert.equal(parse({ tie_word_embeddings: null }).tie_word_embeddings, false);
  // As SmolLM2 has it.
  const smol = { is_llama_config: true, rope_interleaved: false, tie_word_embeddings: true };
  assert.equal(parse(smol).tie_word_embeddings, true);
  assert.throws(
    () => parse({ ...smol, rope_interleaved: true }),
    /rope_interleaved must be absent/,
  );
});

Deno.test("adapters: settings that change what is computed are refused by name", () => {
  const plain = { peft_type: "LORA", r: 8, lora_alpha: 16, target_modules: ["q_proj"] };
  const adapter = (extra: object) => parseAdapterConfig({ ...plain, ...extra }, "x");
  const refused: [object, RegExp][] = [
    [{ alora_invocation_tokens: [5, 6] }, /alora_invocation_tokens/],
    [{ trainable_token_indices: [5] }, /trainable_token_indices/],
    [{ exclude_modules: ["k_proj"] }, /exclude_modules/],
    [{ layers_to_transform: 0 }, /layers_to_transform/],
    [{ target_parameters: ["x"] }, /target_parameters/],
    [{ use_qalora: true }, /use_qalora must be false, not true/],
    [{ use_dora: true }, /use_dora/],
    [{ lora_bias: true }, /lora_bias/],
    [{ init_lora_weights: "pissa" }, /init_lora_weights/],
    [{ init_lora_weights: "olora" }, /init_lora_weights/],
    [{ rank_pattern: { a: 1 } }, /rank_pattern/],
    [{ arrow_config: { top_k: 3 } }, /arrow_config/],
    [{ a_later_invention: 1 }, /a_later_invention/],
    [{ task_type: "SEQ_CLS" }, /task_type/],
    [{ r: 1e9 }, /rank must be at most/],
    [{ r: NaN }, /rank must be/],
    [{ lora_alpha: Infinity }, /alpha/],
  ];
  for (const [extra, message] of refused) assert.throws(() => adapter(extra), message);
  assert.throws(() => parseAdapterConfig([1], "x"), /not an object/);
  assert.equal(
    adapter({
      alora_invocation_tokens: null,
      use_qalora: false,
      modules_to_save: [],
      loftq_config: {},
      init_lora_weights: "gaussian",
      qalora_group_size: 16,
      megatron_core: "megatron.core",
      peft_version: "0.18",
      base_model_name_or_path: "x",
      rank_pattern: {},
    }).rank,
    8,
  );
});

Deno.test("sizes beyond any model's are refused before anything is made", () => {
  for (
    const name of [
      "num_hidden_layers",
      "hidden_size",
      "vocab_size",
      "intermediate_size",
      "head_dim",
    ]
  ) {
    assert.throws(() => parse({ [name]: 1e9 }), new RegExp(`${name} must be at most`));
    for (const size of [NaN, "NaN", Infinity, -1, 0, 1.5, "8", [8], true]) {
      assert.throws(() => parse({ [name]: size }), new RegExp(`${name} must be`));
    }
  }
  assert.throws(() => parse({ max_position_embeddings: 1e18 }), /max_position_embeddings/);
  assert.throws(() => parse({ eos_token_id: 1e9 }), /eos_token_id/);
});

Deno.test("tables of angles are made for the positions that are read", async () => {
  const { config, weights, tokenizer } = await smallStudent();
  const long = { ...config, max_position_embeddings: 300_000_000 };
  const model = await createStudentModel({ config: long, weights, tokenizer });
  const short = await createStudentModel({ config, weights, tokenizer });
  try {
    const request = {
      messages: [{ role: "user" as const, content: "a b c ".repeat(120) }],
      maxNewTokens: 4,
    };
    const [a, b] = [await model.complete(request), await short.complete(request)];
    assert.ok(a.promptTokens > 512);
    assert.deepEqual(a, b);
  } finally {
    await model.dispose();
    await short.dispose();
  }
  assert.throws(() => buildExportGraph(long, weights), /max_position_embeddings/);
});

const withHeader = (header: string, data = 8) => {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
};
const entry = (from: unknown, to: unknown, shape: unknown = [1]) =>
  JSON.stringify({ dtype: "F32", shape, data_offsets: [from, to] });

Deno.test("tensors that overlap, leave holes, stand twice or lie outside are refused", async () => {
  const bad: [Uint8Array, RegExp][] = [
    [withHeader(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4), /tensor b: .*within the tensor a/],
    [withHeader(`{"a":${entry(0, 8, [2])},"b":${entry(4, 8)}}`), /within the tensor a/],
    [withHeader(`{"a":${entry(4, 8)}}`), /4 after the header ends/],
    [withHeader(`{"a":${entry(0, 4)},"a":${entry(4, 8)}}`), /names a twice/],
    [withHeader(`{"a":${entry(0, 4)},"\\u0061":${entry(4, 8)}}`), /names a twice/],
    [withHeader(`{"a":${entry(0, 4e9, [1e9])}}`), /truncated/],
    [withHeader(`{"a":${entry(8, 4)}}`), /do not fit/],
    [withHeader(`{"a":${entry(0, 4, [1e300, 0])}}`), /its shape/],
    [withHeader(`{"a":${entry(0, 4, [2 ** 40, 2 ** 40])}}`), /do not fit/],
    [withHeader(`{"a":${entry(0, 4, "x")}}`), /its shape/],
    [withHeader(`{"a":null}`), /no object/],
    [withHeader(`{"__metadata__":3}`), /__metadata__/],
    [withHeader(`[1]`), /not a JSON object/],
    [withHeader(`{"a"`), /not JSON/],
    [new Uint8Array(3), /too few/],
  ];
  const huge = withHeader("{}");
  new DataView(huge.buffer).setBigUint64(0, 2n ** 63n, true);
  bad.push([huge, /truncated or foreign/]);
  const dir = await mkdtemp(join(tmpdir(), "strangers"));
  try {
    for (const [bytes, message] of bad) {
      const isOurs = (error: unknown) => {
        assert.ok(error instanceof SafetensorsError, String(error));
        assert.match(error.message, message);
        return true;
      };
      assert.throws(() => decodeSafetensors(bytes, "x"), isOurs);
      const path = join(dir, "model.safetensors");
      await writeFile(path, bytes);
      await assert.rejects(readSafetensorsFile(path), isOurs);
    }
    await writeFile(join(dir, "config.json"), JSON.stringify({ ...base, num_hidden_layers: 1e9 }));
    await assert.rejects(readCheckpoint(dir), /num_hidden_layers must be at most 1000/);
  } finally {
    await rm(dir, { recursive: true });
  }
  const whole = encodeSafetensors(new Map([["a", { shape: [0, 2], data: new Float32Array(0) }]]));
  assert.equal(decodeSafetensors(whole, "x").tensors.get("a")?.data.length, 0);
});

Deno.test("tokenizers of strangers: ids, replacements and expressions within bounds", async () => {
  const { tokenizer: { files } } = await smallStudent();
  const { model, added_tokens: added } = files.tokenizer as {
    model: JsonObject;
    added_tokens: JsonObject[];
  };
  const with_ = (change: JsonObject) =>
    new Tokenizer({ tokenizer: { ...files.tokenizer, ...change }, config: files.config });
  const split = (Regex: string) => ({
    pre_tokenizer: { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false },
  });
  const vocab = model.vocab as JsonObject;
  const bad: [JsonObject, RegExp][] = [
    [{ added_tokens: [{ ...added[0], id: 1e9 }] }, /added_tokens\[0\].id must be an id below/],
    [{ added_tokens: [{ ...added[0], id: "1" }] }, /added_tokens\[0\].id/],
    [{ added_tokens: [{ ...added[0], content: "" }] }, /added_tokens\[0\].content/],
    [{ added_tokens: { a: 1 } }, /added_tokens must be a list/],
    [{ model: { ...model, vocab: { ...vocab, a: 1e9 } } }, /model.vocab\["a"\]/],
    [{ model: { ...model, vocab: { ...vocab, a: -1 } } }, /model.vocab\["a"\]/],
    [{ model: { ...model, vocab: [["a", 1]] } }, /model.vocab must be an object/],
    [{ model: { ...model, merges: [["a"]] } }, /model.merges\[0\]/],
    [{ model: { ...model, merges: null } }, /model.merges/],
    [{ model: null }, /model must be an object/],
    [
      { normalizer: { type: "Replace", pattern: { String: "a" }, content: "b".repeat(1e6) } },
      /normalizer.content/,
    ],
    [split("(a+)+$"), /repeats what repeats/],
    [split("(?:a|a)*b"), /repeats what repeats/],
    [split("(?:\\p{L}+\\s?)+$"), /repeats what repeats/],
    [split("([a-z]+){2,}x"), /repeats what repeats/],
    [split("a*a*a*a*a*b"), /repetitions without an end|takes too long/],
    [split("(?:a{1,900}){1,900}b"), /repeats what repeats/],
    [split("(?:" + "a".repeat(6000) + ")"), /6\d\d\d characters/],
    [split("("), /./],
  ];
  for (const [change, message] of bad) assert.throws(() => with_(change), message);
  const published = [
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    "[0-9][0-9][0-9]",
  ];
  for (const pattern of published) {
    const made = with_({
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          split(pattern).pre_tokenizer,
          (files.tokenizer.pre_tokenizer as { pretokenizers: JsonObject[] }).pretokenizers[1],
        ],
      },
    });
    const text = "It's 12345 “ÄÖ” words,\n\n  and\tmore…";
    assert.equal(made.decode(made.encode(text)), text, pattern);
  }
});

Deno.test("chat templates by name, and as lists", async () => {
  const { tokenizer: { files } } = await smallStudent();
  const made = (chat_template: JsonObject[string]) =>
    new Tokenizer({ tokenizer: files.tokenizer, config: { ...files.config, chat_template } });
  const list = [{ name: "default", template: "d" }, { name: "tool_use", template: "t" }];
  assert.equal(made(list).chatTemplate().source, "d");
  assert.equal(made(list).chatTemplate("tool_use").source, "t");
  assert.equal(made({ default: "d", rag: "r" }).chatTemplate("rag").source, "r");
  assert.throws(() => made(list).chatTemplate("rag"), /rag: .* has default, tool_use/);
  assert.throws(() => made([list[1]]).chatTemplate(), /default: .* has tool_use/);
  assert.throws(() => made([{ name: "default" }]).chatTemplate(), /chat_template\[0\]/);
  assert.throws(() => made([]).chatTemplate(), /no chat_template/);
  assert.throws(() => made(3).chatTemplate(), /is no text/);
  assert.throws(() => made("x").chatTemplate("rag"), /has one, unnamed/);
});
