import assert from "node:assert/strict";
import { join } from "node:path";
import { Random } from "@potstill/records/random.ts";
import { readCheckpoint, writeCheckpoint } from "@potstill/student/checkpoint/checkpoint_folder.ts";
import type { StudentConfig } from "@potstill/student/config.ts";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { saveStudent } from "@potstill/student/export/save_student.ts";
import { loadStudent } from "@potstill/student/load_student.ts";
import { initWeights, type Weights } from "@potstill/student/weights.ts";
import { smallStudent } from "./small_student.ts";

const llama = parseStudentConfig({
  model_type: "llama",
  architectures: ["LlamaForCausalLM"],
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  vocab_size: 20,
  rope_theta: 500_000,
  max_position_embeddings: 64,
  rope_scaling: {
    rope_type: "llama3",
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 32,
  },
}, "the test");

async function withFolder(run: (dir: string) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A file as other programs write it, in any of the three types. */
function fileOf(tensors: Weights, dtype: "F32" | "F16" | "BF16"): Uint8Array {
  const header: Record<string, unknown> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, { shape, data }] of tensors) {
    const bytes = dtype === "F32"
      ? new Uint8Array(data.slice().buffer)
      : dtype === "F16"
      ? new Uint8Array(new Float16Array(data).buffer)
      : new Uint8Array(
        Uint16Array.from(new Uint32Array(data.slice().buffer), (bits) => bits >>> 16).buffer,
      );
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(8);
  new DataView(start.buffer).setBigUint64(0, BigInt(text.length), true);
  return new Uint8Array([start, text, ...parts].flatMap((part) => [...part]));
}

async function writeShards(dir: string, weights: Weights, dtype: "F32" | "F16" | "BF16") {
  const entries = new Random("shards").shuffle([...weights]);
  const map: Record<string, string> = {};
  for (let i = 0; i < 3; i++) {
    const file = `model-0000${i + 1}-of-00003.safetensors`;
    const part = entries.filter((_, k) => k % 3 === i);
    await Deno.writeFile(join(dir, file), fileOf(new Map(part), dtype));
    for (const [name] of part) map[name] = file;
  }
  const index = { metadata: { total_size: 1 }, weight_map: map };
  await Deno.writeTextFile(join(dir, "model.safetensors.index.json"), JSON.stringify(index));
  return map;
}

const writeConfig = (dir: string, config: object) =>
  Deno.writeTextFile(join(dir, "config.json"), JSON.stringify(config));

for (const dtype of ["F32", "F16", "BF16"] as const) {
  Deno.test(`a Llama-shaped folder in shards of ${dtype} is read`, () =>
    withFolder(async (dir) => {
      const weights = initWeights(llama, 1);
      assert.ok(!weights.has("model.layers.0.self_attn.q_proj.bias"));
      assert.ok(weights.has("lm_head.weight"));
      await writeShards(dir, weights, dtype);
      await writeConfig(dir, { ...llama, torch_dtype: "bfloat16", attention_bias: false });
      const read = await readCheckpoint(dir);
      assert.deepEqual(read.config.rope_scaling, llama.rope_scaling);
      const rounded = (value: number) => {
        if (dtype === "F32") return value;
        if (dtype === "F16") return Math.f16round(value);
        const bits = new Uint32Array(Float32Array.of(value).buffer);
        bits[0] &= 0xffff0000;
        return new Float32Array(bits.buffer)[0];
      };
      assert.equal(read.weights.size, weights.size);
      for (const [name, { shape, data }] of weights) {
        assert.deepEqual(read.weights.get(name)!.shape, shape);
        assert.deepEqual(read.weights.get(name)!.data, data.map(rounded), name);
      }
      // And back again, as one file.
      await writeCheckpoint(join(dir, "copy"), read);
      assert.deepEqual(await readCheckpoint(join(dir, "copy")), read);
    }));
}

Deno.test("a folder with shards that do not fit gives one clear error", () =>
  withFolder(async (dir) => {
    const weights = initWeights(llama, 1);
    await writeConfig(dir, llama);
    const index = join(dir, "model.safetensors.index.json");
    const second = join(dir, "model-00002-of-00003.safetensors");
    const fails = (message: RegExp) => assert.rejects(readCheckpoint(dir), message);
    let map = await writeShards(dir, weights, "BF16");
    const bytes = await Deno.readFile(second);
    await Deno.writeFile(second, bytes.subarray(0, bytes.length - 1));
    await fails(/model-00002-of-00003\.safetensors: tensor .*; the file is truncated/);
    await Deno.writeFile(second, bytes.subarray(0, 20));
    await fails(/model-00002-of-00003\.safetensors: its header should have \d+ bytes/);
    await Deno.writeTextFile(second, "version https://git-lfs.github.com/spec/v1");
    await fails(/model-00002-of-00003\.safetensors: .* it is truncated or foreign/);
    await Deno.remove(second);
    await fails(/model-00002-of-00003\.safetensors: .*index\.json names it but it is not there/);

    const less = new Map(weights);
    less.delete("lm_head.weight");
    await writeShards(dir, less, "F32");
    await fails(/the tensor lm_head\.weight is missing/);
    const bias = { shape: [24], data: new Float32Array(24) };
    await writeShards(dir, new Map(weights).set("model.layers.1.mlp.up_proj.bias", bias), "F32");
    await fails(/the configuration has no tensor model\.layers\.1\.mlp\.up_proj\.bias/);
    const flat = new Map(weights).set("model.norm.weight", { ...bias, shape: [24] });
    await writeShards(dir, flat, "F32");
    await fails(/model\.norm\.weight has shape \[24\] .* calls for \[16\]/);

    map = await writeShards(dir, weights, "F32");
    const name = Object.keys(map).find((name) => map[name].startsWith("model-00003"))!;
    const wrong = { weight_map: { ...map, "model.other": "model-00001-of-00003.safetensors" } };
    await Deno.writeTextFile(index, JSON.stringify(wrong));
    await fails(/model-00001-of-00003\.safetensors: .* says that it has the tensor model\.other/);
    const twice = fileOf(new Map([...weights].filter(([at]) => map[at] === map[name])), "F32");
    await Deno.writeFile(second, twice);
    await fails(/another shard has .* too/);
    await Deno.writeTextFile(index, JSON.stringify({ weight_map: { a: "../b.safetensors" } }));
    await fails(/index\.json: bad file name \.\.\/b\.safetensors/);
    await Deno.remove(index);
    await Deno.writeTextFile(join(dir, "pytorch_model.bin"), "");
    await fails(/has no model\.safetensors \(pytorch_model\.bin is of another format\)/);
  }));

Deno.test("a foreign architecture gives one clear error", () =>
  withFolder(async (dir) => {
    const fails = async (change: object, message: RegExp) => {
      await writeConfig(dir, { ...llama, ...change });
      await assert.rejects(readCheckpoint(dir), message);
    };
    await fails({ model_type: "gpt2" }, /config\.json: model_type must be .*, not "gpt2"/);
    await fails({ architectures: ["LlamaForSequenceClassification"] }, /architectures must be/);
    await fails({ attention_bias: true }, /attention_bias must be false/);
    await fails({ mlp_bias: true }, /mlp_bias must be false/);
    await fails({ hidden_act: "gelu" }, /hidden_act must be "silu", not "gelu"/);
    await fails({ quantization_config: { bits: 4 } }, /quantization_config must be absent/);
    await fails({ rope_scaling: { type: "longrope" } }, /rope_type must be .* not "longrope"/);
  }));

Deno.test("frequencies that old checkpoints of Llama hold are left out", () =>
  withFolder(async (dir) => {
    const weights = initWeights(llama, 1);
    const inv = { shape: [3], data: new Float32Array(3) };
    const more = new Map(weights).set("model.layers.0.self_attn.rotary_emb.inv_freq", inv);
    await writeConfig(dir, llama);
    await Deno.writeFile(join(dir, "model.safetensors"), fileOf(more, "F32"));
    assert.deepEqual([...(await readCheckpoint(dir)).weights.keys()], [...weights.keys()]);
  }));

Deno.test("a tokenizer that does not fit gives one clear error", () =>
  withFolder(async (dir) => {
    const student = await smallStudent();
    await saveStudent(dir, student, { onnx: false });
    assert.equal((await loadStudent(dir)).tokenizer.vocabSize, student.tokenizer.vocabSize);
    const { eos_token_id: _e, bos_token_id: _b, pad_token_id: _p, ...rest } = student.config;
    const config: StudentConfig = { ...rest, vocab_size: 300 };
    await writeCheckpoint(dir, { config, weights: initWeights(config, 1) });
    await assert.rejects(
      loadStudent(dir),
      /its tokenizer has \d+ tokens but vocab_size in its config\.json is 300/,
    );
    await Deno.remove(join(dir, "tokenizer.json"));
    await assert.rejects(loadStudent(dir), /Cannot read .*tokenizer\.json/);
  }));
