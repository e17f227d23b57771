import assert from "node:assert/strict";
import { join } from "node:path";
import { Random } from "../../lib/records/random.ts";
import { studentPreset } from "../../lib/student/student_presets.ts";
import { exportGguf } from "../../lib/student/gguf/export_gguf.ts";
import { ggufHeader, type GgufValue } from "../../lib/student/gguf/gguf_file.ts";
import { loadGguf } from "../../lib/student/gguf/load_gguf.ts";
import { openGguf } from "../../lib/student/gguf/read_gguf.ts";
import { tokenizerOfGguf } from "../../lib/student/gguf/tokenizer_of_gguf.ts";
import { initWeights } from "../../lib/student/weights.ts";
import { loadTokenizer, saveTokenizer } from "../../lib/tokenizer/tokenizer_folder.ts";
import { Tokenizer } from "../../lib/tokenizer/tokenizer.ts";
import type { JsonObject } from "../../lib/tokenizer/tokenizer_json.ts";

const NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4, BYTE = 6;

/** A vocabulary as a model's file has it: text, kind, score. */
const PIECES: [string, number, number][] = [
  ["<pad>", CONTROL, -1000],
  ["<eos>", CONTROL, -1000],
  ["<bos>", CONTROL, -1000],
  ["<unk>", UNKNOWN, -1000],
  ["<end_of_turn>", CONTROL, -1000],
  ["\n", USER_DEFINED, -1000],
  ["\n\n", USER_DEFINED, -1000],
  ["  ", USER_DEFINED, -1000],
  ["   ", USER_DEFINED, -1000],
  ["<b>", USER_DEFINED, -1000],
  ...Array.from(
    { length: 256 },
    (_, byte): [string, number, number] => [
      `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
      BYTE,
      0,
    ],
  ),
  ...["▁t", "he", "in", "▁the", "▁a", "er", "▁in", "ther", "▁▁t", "#", "\ufeff#", "\ufeff", "é"]
    .map((
      text,
      i,
    ): [string, number, number] => [text, NORMAL, -i]),
  ...[..."▁abcdefghijklmnopqrstuvwxyz<>.पु"].map((
    text,
    i,
  ): [string, number, number] => [text, NORMAL, -100 - i]),
];

function metadataOf(addsSpace: boolean): Map<string, GgufValue> {
  return new Map<string, GgufValue>([
    ["general.architecture", { string: "llama" }],
    ["tokenizer.ggml.model", { string: "llama" }],
    ["tokenizer.ggml.tokens", { strings: PIECES.map(([text]) => text) }],
    ["tokenizer.ggml.scores", { float32s: PIECES.map(([, , score]) => score) }],
    ["tokenizer.ggml.token_type", { int32s: PIECES.map(([, kind]) => kind) }],
    ["tokenizer.ggml.bos_token_id", { uint32: 2 }],
    ["tokenizer.ggml.eos_token_id", { uint32: 1 }],
    ["tokenizer.ggml.unknown_token_id", { uint32: 3 }],
    ["tokenizer.ggml.padding_token_id", { uint32: 0 }],
    ["tokenizer.ggml.add_bos_token", { bool: true }],
    ["tokenizer.ggml.add_space_prefix", { bool: addsSpace }],
  ]);
}

async function tokenizerIn(folder: string, addsSpace: boolean): Promise<Tokenizer> {
  const path = join(folder, "tokenizer.gguf");
  await Deno.writeFile(path, ggufHeader(metadataOf(addsSpace), []));
  const reader = await openGguf(path);
  try {
    return tokenizerOfGguf(reader.metadata, path);
  } finally {
    await reader.close();
  }
}

/** SentencePiece's own rule: of all neighbours join the pair with the highest score, from the left. */
function reference(text: string): number[] {
  const ids = new Map(PIECES.map(([text], id) => [text.replaceAll(" ", "▁"), id]));
  const out: number[] = [];
  const added = PIECES.filter(([, kind]) => kind === USER_DEFINED).map(([text]) => text)
    .sort((a, b) => b.length - a.length);
  const encode = (part: string) => {
    const symbols = [...part.replaceAll(" ", "▁")];
    for (;;) {
      let [best, at] = [-Infinity, -1];
      for (let i = 0; i + 1 < symbols.length; i++) {
        const id = ids.get(symbols[i] + symbols[i + 1]);
        if (id !== undefined && PIECES[id][1] === NORMAL && PIECES[id][2] > best) {
          [best, at] = [PIECES[id][2], i];
        }
      }
      if (at < 0) break;
      symbols.splice(at, 2, symbols[at] + symbols[at + 1]);
    }
    for (const symbol of symbols) {
      const id = ids.get(symbol);
      if (id !== undefined) out.push(id);
      else for (const byte of new TextEncoder().encode(symbol)) out.push(10 + byte);
    }
  };
  let plain = "";
  for (let at = 0; at < text.length;) {
    const found = added.find((token) => text.startsWith(token, at));
    if (found === undefined) plain += text[at++];
    else {
      encode(plain);
      plain = "";
      out.push(ids.get(found.replaceAll(" ", "▁"))!);
      at += found.length;
    }
  }
  encode(plain);
  return out;
}

const random = new Random("sentence pieces");
const PARTS = [
  " the",
  "there",
  " in",
  "in ther",
  "  ",
  "   t",
  "\n",
  "\n\n",
  "<b>",
  "é",
  "#",
  "\ufeff#",
];
const TEXTS = Array.from(
  { length: 300 },
  () =>
    Array.from(
      { length: random.integer(1, 9) },
      () => random.chance(0.2) ? "नु😀\u0000Z9"[random.integer(0, 3)] : random.pick(PARTS),
    ).join("").toWellFormed(),
);

Deno.test("SentencePiece's tokens are those of its own rule, and decode to the text", async () => {
  const folder = await Deno.makeTempDir();
  const tokenizer = await tokenizerIn(folder, false);
  for (const text of [...TEXTS, "", " ", "ther\ufeff#", "ther#"]) {
    const ids = [...tokenizer.encode(text)];
    assert.deepEqual(ids, reference(text), JSON.stringify(text));
    assert.equal(tokenizer.decode(ids), text);
  }
  await saveTokenizer(folder, tokenizer);
  const stored = await loadTokenizer(folder);
  for (const text of TEXTS) assert.deepEqual(stored.encode(text), tokenizer.encode(text));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a tokenizer of SentencePiece comes back from a student's GGUF file", async () => {
  const folder = await Deno.makeTempDir();
  const tokenizer = await tokenizerIn(folder, false);
  const config = studentPreset("0.3M", tokenizer.vocabSize, {
    eos_token_id: [1, 4],
    bos_token_id: 2,
  });
  const path = join(folder, "student.gguf");
  await exportGguf(path, { config, weights: initWeights(config, 1), tokenizer });
  const read = await loadGguf(path);
  assert.deepEqual(read.config.eos_token_id, [1, 4]);
  for (const text of TEXTS) assert.deepEqual(read.tokenizer.encode(text), tokenizer.encode(text));
  assert.deepEqual(read.tokenizer.specialTokens, tokenizer.specialTokens);
  assert.deepEqual(read.tokenizer.templateVariables.bos_token, "<bos>");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a vocabulary that puts a space before a text does so here", async () => {
  const folder = await Deno.makeTempDir();
  const tokenizer = await tokenizerIn(folder, true);
  assert.deepEqual([...tokenizer.encode("the")], reference(" the"));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a text that goes on from another gets no space before it, and decoding takes none", async () => {
  const folder = await Deno.makeTempDir();
  const [made, plain] = [await tokenizerIn(folder, true), await tokenizerIn(folder, false)];
  await Deno.remove(folder, { recursive: true });
  const { tokenizer, config } = made.files;
  const once: JsonObject = {
    ...tokenizer,
    normalizer: null,
    pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "first", split: false },
  };
  for (const one of [made, new Tokenizer({ tokenizer: once, config })]) {
    const [whole, part] = [one.encode("the"), one.encode("the", { continues: true })];
    assert.equal(one.decode(whole, { continues: true }), " the");
    assert.equal(one.decode(part, { continues: true }), "the");
    assert.equal(one.decode(whole), "the");
    assert.deepEqual([...one.encode("a the")], [
      ...one.encode("a"),
      ...one.encode(" the", {
        continues: true,
      }),
    ]);
    assert.equal(one.isContinued(""), false);
    assert.equal(one.isContinued("a"), true);
  }
  // Here each part between added tokens has a beginning, there the text alone.
  assert.equal(made.isContinued("a<end_of_turn>"), false);
  assert.equal(new Tokenizer({ tokenizer: once, config }).isContinued("a<end_of_turn>"), true);
  // Gemma's encoding puts nothing before a text.
  assert.deepEqual(plain.encode("the"), plain.encode("the", { continues: true }));
  assert.equal(plain.decode(plain.encode(" the")), " the");
});
