import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type Checkpoint,
  readCheckpoint,
  writeCheckpoint,
} from "@potstill/student/checkpoint/checkpoint_folder.ts";
import { decodeSafetensors, encodeSafetensors } from "@potstill/onnx/safetensors.ts";
import { parameterCount, type StudentConfig } from "@potstill/student/config.ts";
import { parseStudentConfig } from "@potstill/student/parse_student_config.ts";
import { studentPreset } from "@potstill/student/student_presets.ts";
import { initWeights } from "@potstill/student/weights.ts";

const config = studentPreset("0.3M", 40, { eos_token_id: 3, pad_token_id: 0 });

async function withFolder(run: (dir: string, checkpoint: Checkpoint) => Promise<void>) {
  const dir = await Deno.makeTempDir();
  try {
    const checkpoint = { config, weights: initWeights(config, 1) };
    await writeCheckpoint(dir, checkpoint, { max_new_tokens: 99 });
    await run(dir, checkpoint);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("a checkpoint folder holds what was written", () =>
  withFolder(async (dir, { weights }) => {
    const files = [...Deno.readDirSync(dir)].map((entry) => entry.name).sort();
    assert.deepEqual(files, ["config.json", "generation_config.json", "model.safetensors"]);
    const read = await readCheckpoint(dir);
    assert.deepEqual(read.config, config);
    assert.deepEqual([...read.weights], [...weights]);
    let total = 0;
    for (const { data } of read.weights.values()) total += data.length;
    assert.equal(total, parameterCount(config));
    const generation = JSON.parse(await Deno.readTextFile(join(dir, "generation_config.json")));
    assert.deepEqual(generation, {
      eos_token_id: 3,
      pad_token_id: 0,
      do_sample: false,
      max_new_tokens: 99,
    });
  }));

Deno.test("shards and an unused output layer are read", () =>
  withFolder(async (dir, { weights }) => {
    await Deno.remove(join(dir, "model.safetensors"));
    const entries = [...weights];
    const shards = {
      "a.safetensors": entries.slice(0, 20),
      "b.safetensors": [
        ...entries.slice(20),
        [
          "lm_head.weight",
          weights.get("model.embed_tokens.weight")!,
        ] as const,
      ],
    };
    const map: Record<string, string> = {};
    for (const [file, part] of Object.entries(shards)) {
      await Deno.writeFile(join(dir, file), encodeSafetensors(new Map(part)));
      for (const [name] of part) map[name] = file;
    }
    const index = join(dir, "model.safetensors.index.json");
    await Deno.writeTextFile(index, JSON.stringify({ weight_map: map }));
    assert.deepEqual([...(await readCheckpoint(dir)).weights], entries);
  }));

Deno.test("a bad folder gives one clear error", () =>
  withFolder(async (dir, { weights }) => {
    const path = join(dir, "model.safetensors");
    const fails = async (bytes: Uint8Array, message: RegExp) => {
      await Deno.writeFile(path, bytes);
      await assert.rejects(readCheckpoint(dir), message);
    };
    const good = await Deno.readFile(path);
    await fails(good.subarray(0, good.length - 4), /model\.safetensors: .*file is truncated/);
    await fails(good.subarray(0, 100), /its header should have \d+ bytes/);
    await fails(new Uint8Array(3), /3 bytes are too few/);
    const garbled = good.slice();
    garbled[8] = 0x21;
    await fails(garbled, /header is not JSON/);
    const without = new Map(weights);
    without.delete("model.norm.weight");
    await fails(encodeSafetensors(without), /tensor model\.norm\.weight is missing/);
    const extra = new Map(weights).set("model.extra", { shape: [1], data: new Float32Array(1) });
    await fails(encodeSafetensors(extra), /has no tensor model\.extra/);
    const norm = { shape: [2, 32], data: new Float32Array(64) };
    const misshapen = new Map(weights).set("model.norm.weight", norm);
    await fails(encodeSafetensors(misshapen), /model\.norm\.weight has shape \[2,32\]/);
    await Deno.remove(path);
    await assert.rejects(readCheckpoint(dir), /has no model\.safetensors/);
    await Deno.writeTextFile(join(dir, "config.json"), "{");
    await assert.rejects(readCheckpoint(dir), /config\.json: /);
  }));

Deno.test("half precision is read exactly", () => {
  const halves: Record<string, [number[], number[]]> = {
    F16: [[0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00, 0x8000], [
      1,
      -2,
      2 ** -24,
      65504,
      -Infinity,
      -0,
    ]],
    BF16: [[0x3f80, 0xc000, 0x3eab], [1, -2, 0.333984375]],
  };
  for (const [dtype, [bits, expected]] of Object.entries(halves)) {
    const header = JSON.stringify({
      x: { dtype, shape: [bits.length], data_offsets: [0, 2 * bits.length] },
    });
    const bytes = new Uint8Array(8 + header.length + 2 * bits.length);
    bytes[0] = header.length;
    bytes.set(new TextEncoder().encode(header), 8);
    bytes.set(new Uint8Array(Uint16Array.from(bits).buffer), 8 + header.length);
    assert.deepEqual([...decodeSafetensors(bytes, "memory").tensors.get("x")!.data], expected);
  }
  const int = encodeSafetensors(new Map([["x", { shape: [1], data: new Float32Array(1) }]]));
  int.set(new TextEncoder().encode('"I32"'), 8 + '{"x":{"dtype":'.length);
  assert.throws(
    () => decodeSafetensors(int, "memory"),
    /tensor x: its type "I32" is not one of/,
  );
});

Deno.test("configurations are checked field by field", () => {
  const parse = (change: object) => () =>
    parseStudentConfig({ ...config, ...change }, "config.json") as StudentConfig;
  assert.throws(parse({ hidden_size: undefined }), /config\.json: hidden_size must be/);
  assert.throws(parse({ num_key_value_heads: 3 }), /a divisor of num_attention_heads \(4\), not 3/);
  assert.throws(parse({ hidden_size: 66 }), /num_attention_heads must be a divisor of hidden_size/);
  assert.throws(parse({ head_dim: 5 }), /head_dim must be even/);
  assert.throws(
    parse({ model_type: "mistral" }),
    /config\.json: model_type must be "qwen2" or .* or "gemma3_text", not "mistral"/,
  );
  assert.throws(
    parse({ model_type: "llama" }),
    /architectures must be \["LlamaForCausalLM"\] .* not \["Qwen2ForCausalLM"\]/,
  );
  assert.throws(parse({ eos_token_id: 40 }), /eos_token_id must be a token id below/);
  assert.throws(parse({ eos_token_id: [3, 40] }), /eos_token_id must be token ids below/);
  assert.throws(parse({ use_sliding_window: true }), /use_sliding_window must be false/);
  assert.throws(parse({ rope_scaling: { type: "yarn" } }), /rope_scaling\.factor must be a pos/);
  assert.throws(() => parseStudentConfig([], "config.json"), /config\.json: it is not an object/);
  assert.deepEqual(parse({})(), config);
  assert.equal(parse({ eos_token_id: [3, 4] })().eos_token_id?.toString(), "3,4");
});
