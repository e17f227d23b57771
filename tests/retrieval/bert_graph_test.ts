import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { encodeSafetensors } from "../../lib/onnx/safetensors.ts";
import { bertGraph } from "../../lib/retrieval/encoder/bert_graph.ts";
import { loadOnnxEncoder } from "../../lib/retrieval/encoder/onnx_encoder.ts";
import { loadTextTokenizer } from "../../lib/retrieval/encoder/text_tokenizer.ts";
import { writeWordPieceTokenizer } from "../../lib/retrieval/encoder/word_piece_tokenizer.ts";
import golden from "./bert_golden.json" with { type: "json" };

const { config, rows, states } = golden;

/** The weights of bert_golden.py. */
function tensors(): Map<string, { shape: number[]; data: Float32Array }> {
  return new Map(
    Object.entries(golden.shapes).map(([name, shape], place) => {
      const middle = name.endsWith("LayerNorm.weight") ? 1 : 0;
      const count = shape.reduce((product, size) => product * size, 1);
      const data = Float32Array.from(
        { length: count },
        (_, i) => middle + 0.4 * Math.sin(1.7 * i + place),
      );
      return [name, { shape, data }];
    }),
  );
}

async function write(content = tensors()): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "potstill-bert-"));
  await writeFile(join(folder, "model.safetensors"), encodeSafetensors(content));
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  const vocab = Object.fromEntries(
    ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]", ..."abcdefghijklmnopqrstuvwxyz123456789"]
      .map((token, id) => [token, id]),
  );
  await writeWordPieceTokenizer(folder, vocab, 12);
  return folder;
}

Deno.test("a BERT in safetensors gives the states of transformers", async () => {
  const model = await bertGraph(join(await write(), "model.safetensors"), config);
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const width = rows[0].length;
  const padded = rows.flatMap((row) => [...row, ...Array(width - row.length).fill(0)]);
  const mask = rows.flatMap((row) => [...row.map(() => 1), ...Array(width - row.length).fill(0)]);
  const tensor = (values: number[]) =>
    new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [rows.length, width]);
  const { last_hidden_state: found } = await session.run({
    input_ids: tensor(padded),
    attention_mask: tensor(mask),
  });
  const data = found.data as Float32Array;
  states.forEach((expected, i) => {
    const start = i * width * config.hidden_size;
    expected.forEach((value, j) => {
      assert.ok(
        Math.abs(value - data[start + j]) < 1e-5,
        `${i} ${j}: ${data[start + j]}, ${value}`,
      );
    });
  });
  await session.release();
});

Deno.test("names with bert. before them, those of TensorFlow, and parts that are not needed", async () => {
  const plain = await loadOnnxEncoder(await write(), { threads: 1 });
  const other = new Map(
    [...tensors()].map(([name, tensor]) => [
      `bert.${name}`.replace("LayerNorm.weight", "LayerNorm.gamma")
        .replace("LayerNorm.bias", "LayerNorm.beta"),
      tensor,
    ]),
  );
  other.set("bert.pooler.dense.weight", { shape: [1], data: new Float32Array(1) });
  other.set("cls.predictions.bias", { shape: [1], data: new Float32Array(1) });
  const renamed = await loadOnnxEncoder(await write(other), { threads: 1 });
  const texts = ["a b", "c"];
  assert.deepEqual(await renamed.encode(texts, "query"), await plain.encode(texts, "query"));
  await plain.dispose();
  await renamed.dispose();
});

Deno.test("weights that are no BERT's, or do not fit their config, are refused by name", async () => {
  const path = join(await write(), "model.safetensors");
  for (
    const [change, wanted] of [
      [
        { model_type: "mpnet" },
        /model_type "mpnet"; of weights in safetensors, only those of bert/,
      ],
      [{ hidden_act: "gelu_new" }, /hidden_act "gelu_new"/],
      [{ position_embedding_type: "relative_key" }, /only absolute is run/],
      [{ num_attention_heads: 5 }, /num_attention_heads 5; .* it must divide hidden_size 16/],
      [{ vocab_size: 41 }, /word_embeddings\.weight has the shape \[40,16\], .* says \[41,16\]/],
      [{ num_hidden_layers: 3 }, /there is no encoder\.layer\.2\.attention\.self\.query\.weight/],
      [{ num_hidden_layers: 1 }, /a BertModel has no encoder\.layer\.1\./],
      [{ layer_norm_eps: "small" }, /layer_norm_eps "small"/],
      [{ hidden_size: undefined }, /hidden_size must be a whole number above 0/],
    ] as const
  ) await assert.rejects(bertGraph(path, { ...config, ...change }), wanted);
});

Deno.test("word pieces as Hugging Face's tokenizers cut them, old Unicode tables and all", async () => {
  const folder = await mkdtemp(join(tmpdir(), "potstill-pieces-"));
  const vocab = [
    ...["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "σ", "##σ", "a", "##a", "e", "##e", "b"],
    ...["##b", "東", "京", ".", "i", "##i", "x", "##x"],
  ];
  await writeWordPieceTokenizer(folder, Object.fromEntries(vocab.map((v, id) => [v, id])), 64);
  const tokenizer = await loadTextTokenizer(folder);
  const pieces = (text: string) =>
    tokenizer.encode(text, 64).slice(1, -1).map((id) => vocab[id]).join(" ");
  for (
    const [text, wanted] of [
      // A sigma at a word's end is lowered as any other.
      ["ΣΣ", "σ ##σ"],
      ["É e\u0301", "e e"],
      ["東京a", "東 京 a"],
      ["a.b", "a . b"],
      ["a\u0000\u200b\ufffdb", "a ##b"],
      ["a\u00a0b\u2028e", "a b e"],
      // Punctuation since Unicode 14, a mark since Unicode 11: neither is known to be one.
      ["a\u061db", "[UNK]"],
      ["a\u09feb", "[UNK]"],
      ["a[SEP]b [sep]", "a [SEP] b [UNK] [UNK] [UNK]"],
      ["x".repeat(100), Array.from({ length: 100 }, (_, i) => i === 0 ? "x" : "##x").join(" ")],
      ["x".repeat(101), "[UNK]"],
      ["İ", "i"],
      ["", ""],
    ] as const
  ) {
    const cut = text.length === 100
      ? tokenizer.encode(text, 200).slice(1, -1).map((id) => vocab[id]).join(" ")
      : pieces(text);
    assert.equal(cut, wanted, JSON.stringify(text));
  }
  assert.equal(tokenizer.encode("a b a b", 4).map((id) => vocab[id]).join(" "), "[CLS] a b [SEP]");
});
