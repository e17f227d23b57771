import assert from "node:assert/strict";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import { findStudent } from "../../lib/student/find_student.ts";
import { StudentEngine } from "../../lib/student/generate/student_engine.ts";
import { dequantize, READABLE_TYPES } from "../../lib/student/gguf/dequantize.ts";
import { exportGguf } from "../../lib/student/gguf/export_gguf.ts";
import { ggufHeader, type GgufValue } from "../../lib/student/gguf/gguf_file.ts";
import { loadGguf } from "../../lib/student/gguf/load_gguf.ts";
import { studentGguf } from "../../lib/student/gguf/student_gguf.ts";
import { tokenizerOfGguf } from "../../lib/student/gguf/tokenizer_of_gguf.ts";
import { loadStudent } from "../../lib/student/load_student.ts";
import { openStartingStudent } from "../../lib/student/starting_student.ts";
import { weightsSha256 } from "../../lib/student/checkpoint/weights_hash.ts";
import { sampleTexts } from "../tokenizer/sample_texts.ts";
import { randomIds, smallStudent } from "./small_student.ts";

interface Block {
  code: number;
  bytes: string;
  first: number[];
  last: number[];
  weighted: number;
}

/** Made by gguf-py's `dequantize` from random bytes. */
const blocks: Record<string, Block> = JSON.parse(
  await Deno.readTextFile(new URL("gguf_blocks.json", import.meta.url)),
);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("each type has the numbers that gguf-py reads", () => {
  assert.deepEqual(Object.keys(blocks).sort(), [...READABLE_TYPES].sort());
  for (const [name, block] of Object.entries(blocks)) {
    const got = dequantize(Buffer.from(block.bytes, "base64"), block.code);
    assert.deepEqual([...got.subarray(0, 4)], block.first, name);
    assert.deepEqual([...got.subarray(-3)], block.last, name);
    const weighted = got.reduce((sum, value, i) => sum + value * (i + 1), 0);
    assert.ok(Math.abs(weighted - block.weighted) < 1e-6 * Math.abs(block.weighted) + 1e-9, name);
  }
});

Deno.test("types that are not read are named, and bytes that are no whole blocks refused", () => {
  assert.throws(() => dequantize(new Uint8Array(84), 10), /type 10 of GGUF .* Q4_K/);
  assert.throws(() => dequantize(new Uint8Array(33), 8), /33 bytes are no multiple of 34/);
});

for (const model of ["qwen2", "llama"] as const) {
  Deno.test(`a student of ${model} comes back from its GGUF file`, async () => {
    const architectures = [model === "qwen2" ? "Qwen2ForCausalLM" : "LlamaForCausalLM"];
    const made = await smallStudent();
    const config = { ...made.config, model_type: model, architectures };
    const weights = new Map(
      [...made.weights].filter(([name]) => model === "qwen2" || !name.endsWith(".bias")),
    );
    const student = { config, weights, tokenizer: made.tokenizer };
    await inFolder(async (folder) => {
      const path = join(folder, "small.gguf");
      await exportGguf(path, student, { type: "f32" });
      const read = await loadGguf(path);
      assert.deepEqual(
        { ...read.config, head_dim: 16, initializer_range: 0.3, eos_token_id: 0 },
        { ...config, head_dim: 16, eos_token_id: 0 },
      );
      assert.equal([read.config.eos_token_id].flat()[0], config.eos_token_id);
      assert.deepEqual([...read.weights.keys()].sort(), [...weights.keys()].sort());
      for (const [name, { shape, data }] of weights) {
        assert.deepEqual(read.weights.get(name)!.shape, shape, name);
        assert.deepEqual(read.weights.get(name)!.data, data, name);
      }
      for (const text of sampleTexts(20, "read back")) {
        assert.deepEqual(read.tokenizer.encode(text), made.tokenizer.encode(text));
        assert.equal(read.tokenizer.decode(read.tokenizer.encode(text)), text);
      }
      const chat = [{ role: "user", content: "a <|im_end|> b" }] as const;
      assert.equal(
        read.tokenizer.chatTemplate().render(chat),
        made.tokenizer.chatTemplate().render(chat),
      );
      assert.deepEqual(read.tokenizer.specialTokens, made.tokenizer.specialTokens);
    });
  });
}

Deno.test("8-bit weights decode as those that the file holds", async () => {
  const student = await smallStudent();
  await inFolder(async (folder) => {
    const path = join(folder, "small.gguf");
    await exportGguf(path, student, { type: "q8_0" });
    const read = await loadStudent(path);
    for (const [name, { data }] of student.weights) {
      const largest = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const got = read.weights.get(name)!.data;
      assert.ok(got.every((value, i) => Math.abs(value - data[i]) <= largest / 200), name);
    }
    const engine = await StudentEngine.create(read);
    const { samples } = await engine.generate({
      prompt: randomIds(student.tokenizer, 12, "prompt"),
      maxNewTokens: 4,
    });
    assert.equal(samples.length, 1);
    await engine.dispose();
  });
});

Deno.test("Llama 3's angles come back from their divisors", async () => {
  const made = await smallStudent();
  const rope_scaling = {
    rope_type: "llama3",
    factor: 32,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  } as const;
  const config = {
    ...made.config,
    model_type: "llama" as const,
    architectures: ["LlamaForCausalLM"],
    rope_theta: 500_000,
    rope_scaling,
  };
  const weights = new Map([...made.weights].filter(([name]) => !name.endsWith(".bias")));
  await inFolder(async (folder) => {
    const path = join(folder, "small.gguf");
    await exportGguf(path, { ...made, config, weights });
    assert.deepEqual((await loadGguf(path)).config.rope_scaling, rope_scaling);
  });
});

Deno.test("a GGUF file is a student wherever one is named", async () => {
  const student = await smallStudent();
  await inFolder(async (folder) => {
    const path = join(folder, "tiny.gguf");
    await exportGguf(path, student, { type: "f32" });
    assert.deepEqual(await findStudent(path), { kind: "gguf", name: "tiny", path });
    assert.deepEqual(await findStudent(folder), { kind: "gguf", name: "tiny", path });
    const start = await openStartingStudent(path);
    assert.deepEqual(start.base, { name: "tiny", sha256: await weightsSha256(path) });
    await Deno.copyFile(path, join(folder, "other.gguf"));
    await assert.rejects(findStudent(folder), /name one of its files other.gguf, tiny.gguf/);
    await Deno.writeTextFile(join(folder, "x.bin"), "");
    await assert.rejects(findStudent(join(folder, "x.bin")), /neither a folder nor a .gguf file/);
    await assert.rejects(findStudent(join(folder, "none")), /no folder, no GGUF file/);
  });
});

Deno.test("files that are broken, or not understood, are refused with what is wrong", async () => {
  const student = await smallStudent();
  await inFolder(async (folder) => {
    const path = join(folder, "a.gguf");
    await exportGguf(path, student, { type: "f32" });
    const whole = await Deno.readFile(path);
    const refused = async (bytes: Uint8Array, wanted: RegExp) => {
      await Deno.writeFile(path, bytes);
      await assert.rejects(loadGguf(path), (error: Error) => {
        assert.match(error.message, wanted);
        assert.ok(error.message.includes(path), error.message);
        return true;
      });
    };
    await refused(whole.subarray(0, whole.length - 100_000), /file ends before the tensor/);
    await refused(whole.subarray(0, 200), /cut off or corrupt/);
    await refused(new TextEncoder().encode("no file of this kind at all"), /magic number/);
    await refused(new Uint8Array(0), /./);
    const empty = ggufHeader(new Map(), []);
    empty.subarray(4, 8).reverse();
    await refused(empty, /big-endian/);
    const newer = whole.slice();
    newer[4] = 9;
    await refused(newer, /version/i);
    const typed = whole.slice();
    const name = new TextEncoder().encode("blk.0.attn_q.weight");
    const at = Buffer.from(typed).indexOf(name) + name.length;
    // Two dimensions of 8 bytes each after their number, then the type.
    typed[at + 4 + 16] = 10;
    await refused(typed, /blk\.0\.attn_q\.weight: .*type 10/);
    typed[at + 4 + 16] = 200;
    await refused(typed, /blk\.0\.attn_q\.weight: .*type 200/);
    const changed = (key: string, value: GgufValue | null) => {
      const { metadata, tensors } = studentGguf(student, { type: "f32" });
      const other = new Map(metadata);
      if (value === null) other.delete(key);
      else other.set(key, value);
      return new Uint8Array([
        ...ggufHeader(other, tensors),
        ...new Uint8Array(whole.length),
      ]);
    };
    for (
      const [key, value, wanted] of [
        ["general.architecture", { string: "mamba" }, /general.architecture .* not "mamba"/],
        ["qwen2.logit_scale", { float32: 0.5 }, /qwen2.logit_scale must be absent/],
        ["qwen2.expert_count", { uint32: 8 }, /qwen2.expert_count must be absent/],
        ["qwen2.block_count", null, /num_hidden_layers must be a positive number/],
        ["qwen2.rope.scaling.type", { string: "longrope" }, /rope.scaling.type .* "longrope"/],
        ["tokenizer.ggml.pre", { string: "tekken" }, /tokenizer.ggml.pre .* not "tekken"/],
        ["tokenizer.ggml.model", { string: "bert" }, /tokenizer.ggml.model .* not "bert"/],
        ["tokenizer.ggml.merges", null, /merges must be a list/],
        ["tokenizer.ggml.tokens", null, /it has no tokenizer: tokenizer.ggml.tokens is missing/],
        ["split.count", { uint32: 3 }, /one of 3 parts; join them/],
        ["tokenizer.ggml.token_type", { int32s: [1] }, /token_type must be a list of/],
      ] as const
    ) {
      await refused(changed(key, value), wanted);
    }
  });
});

Deno.test("added tokens among the others keep their ids in every reader of tokenizer.json", async () => {
  const student = await smallStudent();
  const { metadata } = studentGguf(student);
  const list = (key: string) => {
    const value = metadata.get(`tokenizer.ggml.${key}`) as {
      strings?: string[];
      int32s?: number[];
    };
    return (value.strings ?? value.int32s) as (string | number)[];
  };
  const [tokens, types] = [list("tokens") as string[], list("token_type") as number[]];
  const read = (order: readonly number[]) => {
    const plain = Object.fromEntries([...metadata].map(([key, value]) => [
      key,
      Object.values(value)[0],
    ]));
    return tokenizerOfGguf({
      ...plain,
      "tokenizer.ggml.tokens": order.map((id) => tokens[id]),
      "tokenizer.ggml.token_type": order.map((id) => types[id]),
    }, "made.gguf");
  };
  const natural = read(tokens.map((_, id) => id));
  const CONTROL = 3, UNUSED = 5;
  const all = tokens.map((_, id) => id).filter((id) => types[id] !== UNUSED);
  const isAdded = (id: number) => types[id] === CONTROL;
  const [added, plain] = [all.filter(isAdded), all.filter((id) => !isAdded(id))];
  const orders = {
    after: [...plain, ...added],
    before: [...added, ...plain],
    between: [...plain.slice(0, 99), ...added, ...plain.slice(99)],
    apart: [added[0], ...plain, ...added.slice(1)],
  };
  for (const [where, order] of Object.entries(orders)) {
    const tokenizer = read(order);
    const { model, added_tokens: list } = tokenizer.files.tokenizer as {
      model: { vocab: Record<string, number> };
      added_tokens: { id: number; content: string }[];
    };
    assert.equal(list.length, added.length);
    // The library of `tokenizers` numbers those that the vocabulary has not from its size on.
    let next = Object.keys(model.vocab).length;
    for (const { id, content } of list) assert.equal(model.vocab[content] ?? next++, id, where);
    assert.equal(next > Object.keys(model.vocab).length, where === "after");
    for (const text of sampleTexts(5, where)) {
      const ids = natural.encode(text);
      assert.deepEqual([...tokenizer.encode(text)], [...ids].map((id) => order.indexOf(id)));
    }
    const end = student.tokenizer.specialId("<|im_end|>");
    assert.deepEqual([...tokenizer.encode("<|im_end|>")], [order.indexOf(end)], where);
    const spelled = tokenizer.encode("<|im_end|>", { specialTokens: "text" });
    assert.ok(!spelled.includes(order.indexOf(end)) && spelled.length > 1, where);
  }
});
