import assert from "node:assert/strict";
import { LlamaCpp } from "../../bench/llama_cpp.ts";
import { Random } from "../../lib/records/random.ts";
import type { StudentConfig } from "../../lib/student/config.ts";
import type { StudentParts } from "../../lib/student/generate/engine_options.ts";
import { StudentEngine } from "../../lib/student/generate/student_engine.ts";
import { exportGguf } from "../../lib/student/gguf/export_gguf.ts";
import { GGUF_TYPES, ggufHeader } from "../../lib/student/gguf/gguf_file.ts";
import { ggufTensorBytes } from "../../lib/student/gguf/gguf_tensor_bytes.ts";
import { preTokenizerName } from "../../lib/student/gguf/pre_tokenizer_name.ts";
import { studentGguf } from "../../lib/student/gguf/student_gguf.ts";
import { initWeights } from "../../lib/student/weights.ts";
import { sampleTexts } from "../tokenizer/sample_texts.ts";
import { randomIds, smallStudent } from "./small_student.ts";

Deno.test("float16 and 8-bit blocks hold the numbers they can hold", () => {
  const random = new Random("blocks");
  const data = Float32Array.from({ length: 96 }, (_, i) => i < 32 ? 0 : random.normal());
  const half = ggufTensorBytes(data, "f16");
  assert.deepEqual([...new Float16Array(half.buffer)], [...new Float16Array(data)]);
  const bytes = ggufTensorBytes(data, "q8_0");
  const { blockSize, blockBytes } = GGUF_TYPES.q8_0;
  assert.equal(bytes.length, (96 / blockSize) * blockBytes);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) {
    const at = Math.floor(i / blockSize) * blockBytes;
    const scale = view.getFloat16(at, true);
    const got = scale * view.getInt8(at + 2 + (i % blockSize));
    assert.ok(Math.abs(got - data[i]) <= 0.51 * scale + 1e-3 * Math.abs(data[i]), `${i}`);
  }
  assert.throws(() => ggufTensorBytes(Float32Array.of(1e6), "f16"), /1000000 as float16/);
});

Deno.test("a header longer than its first buffer is whole", () => {
  const strings = Array.from({ length: 30_000 }, (_, i) => `token ${i}`);
  const text = new TextDecoder().decode(ggufHeader(new Map([["tokens", { strings }]]), []));
  assert.deepEqual(text.match(/token \d+/g), strings);
});

Deno.test("what llama.cpp has no counterpart for is refused", async () => {
  const student = await smallStudent();
  const scaling = {
    rope_type: "llama3",
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 512,
  } as const;
  const scaled = { ...student.config, rope_scaling: scaling };
  assert.throws(() => studentGguf({ ...student, config: scaled }), /as Llama 3 in llama only/);
  const wide = await smallStudent({ head_dim: 32 });
  assert.throws(() => studentGguf(wide), /hidden_size \(64\), and they are 128 wide/);
  const small = { ...student.config, vocab_size: 300 };
  assert.throws(() => studentGguf({ ...student, config: small }), RangeError);
  const split = { type: "Split", pattern: { Regex: "x" }, behavior: "Isolated", invert: false };
  assert.throws(() => preTokenizerName({ pre_tokenizer: split }), /\["x"\]; name one/);
  const folder = await Deno.makeTempDir();
  await assert.rejects(exportGguf(`${folder}/a.gguf`, { ...student, config: small }));
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder);
});

/** What llama.cpp takes for a contraction, as in Kavél'Minor: it cuts after the letters. */
const FALSE_CONTRACTION = /'(s|t|m|d|re|ve|ll)\p{L}/iu;

/** Texts of agents: code, numbers, names with accents, quotes, odd spaces, special tokens. */
function texts(): string[] {
  const all = [
    ...sampleTexts(60, "gguf"),
    "Population: 1234567, of 12 in 2018.\n\n\n    x = 3.14159  # ok",
    '<|im_start|>user\nWhere is "São Tomé"?<|im_end|>\n<|im_start|>assistant\n',
    "Thought: I'll see, we've 7 l'Île-d'Orléans\t\tand 東京 🎉 it's\r\n  done ",
    "for i, (name, _) in enumerate(rows):\n        total += values[name]['count']\n",
    "print(rows[0]['name'], 'and', \"it's\")\n    return  'x' if a_b else  c",
  ];
  const fitting = all.filter((text) => !FALSE_CONTRACTION.test(text));
  assert.ok(fitting.length > 40, `${fitting.length} texts`);
  return fitting;
}

async function compare(student: StudentParts, type: "f32" | "f16" | "q8_0", length: number) {
  const path = await Deno.makeTempFile({ suffix: ".gguf" });
  let llama: LlamaCpp | null = null;
  const engine = await StudentEngine.create(student, { threads: 1 });
  try {
    await exportGguf(path, student, { type });
    llama = await LlamaCpp.load(path, { threads: 1, contextSize: 1024 });
    const all = texts();
    const ids = await llama.tokenize(all);
    for (const [i, text] of all.entries()) {
      assert.deepEqual(ids[i], [...student.tokenizer.encode(text)], JSON.stringify(text));
    }
    assert.equal(await llama.template(), student.tokenizer.files.config.chat_template);
    const prompts = Array.from(
      { length: 24 },
      (_, i) => randomIds(student.tokenizer, 2 + 17 * i, `gguf ${i}`),
    );
    const theirs = await llama.greedy(prompts, length);
    let same = 0;
    for (const [i, prompt] of prompts.entries()) {
      const [sample] = (await engine.generate({ prompt, maxNewTokens: length })).samples;
      if (type === "f32") assert.deepEqual(theirs[i], [...sample.ids], `prompt ${i}`);
      if (theirs[i][0] === sample.ids[0]) same++;
    }
    return same / prompts.length;
  } finally {
    await llama?.close();
    await engine.dispose();
    await Deno.remove(path);
  }
}

const shapes: readonly (readonly [string, Partial<StudentConfig>])[] = [
  ["Qwen2, grouped heads, tied output", {}],
  ["Qwen2, plain heads, separate output", { tie_word_embeddings: false, num_key_value_heads: 4 }],
  ["Llama, wide heads", {
    head_dim: 32,
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    intermediate_size: 96,
  }],
  ["Llama 3's scaled angles", {
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    rope_scaling: {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 128,
    },
  }],
  ["Qwen3, wide heads", {
    head_dim: 32,
    model_type: "qwen3",
    architectures: ["Qwen3ForCausalLM"],
  }],
  ["Gemma 3, past its window", {
    model_type: "gemma3_text",
    architectures: ["Gemma3ForCausalLM"],
    hidden_act: "gelu_pytorch_tanh",
    num_hidden_layers: 7,
    head_dim: 16,
    query_pre_attn_scalar: 16,
    sliding_window: 24,
    rope_theta: 1_000_000,
  }],
  ["Qwen2.5's YaRN", {
    rope_scaling: { rope_type: "yarn", factor: 4, original_max_position_embeddings: 256 },
  }],
];
for (const [name, overrides] of shapes) {
  Deno.test(`llama.cpp reads the same tokens and writes the same ones: ${name}`, async () => {
    const student = await shaped(overrides);
    await orSkip(() => compare(student, "f32", 40));
  });
}

for (const type of ["f16", "q8_0"] as const) {
  Deno.test(`llama.cpp loads ${type} and most often writes the same first token`, async () => {
    const student = await smallStudent();
    const same = await orSkip(() => compare(student, type, 4));
    if (same !== null) assert.ok(same >= 0.7, `${same}`);
  });
}

async function shaped(overrides: Partial<StudentConfig>): Promise<StudentParts> {
  const student = await smallStudent(overrides);
  if (overrides.model_type !== "llama") return student;
  const config = { ...student.config, ...overrides };
  const weights = initWeights(config, "llama");
  for (const [name, { data }] of weights) {
    if (/(o|down)_proj/.test(name)) data.forEach((x, i) => data[i] = 5 * x);
  }
  return { ...student, config, weights };
}

async function orSkip<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error as Error).message.startsWith("Cannot install node-llama-cpp")) throw error;
    console.log(`skipped: ${(error as Error).message}`);
    return null;
  }
}
