import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { AutoTokenizer, env } from "@huggingface/transformers";
import { Random } from "../../lib/records/random.ts";
import { splitPieces } from "../../lib/tokenizer/pre_tokenizer.ts";
import { loadChatTemplate } from "../../lib/tokenizer/load_chat_template.ts";
import { loadTokenizer, saveTokenizer } from "../../lib/tokenizer/tokenizer_folder.ts";
import { Tokenizer } from "../../lib/tokenizer/tokenizer.ts";
import { trainTokenizer } from "../../lib/tokenizer/train_tokenizer.ts";
import { madeUpName, sampleTexts } from "./sample_texts.ts";

const template = await loadChatTemplate();
const tokenizer = trainTokenizer(sampleTexts(300, "train"), template, {
  vocabSize: 700,
  capitalisedWeight: 0,
  capitalisedMinShare: 0.1,
});

const ODD_TEXTS = [
  "",
  " ",
  "\r\n\t\n  \n x",
  "naïve Ærø — “quoted” 東京 🇫🇷 e\u0301",
  "snake_case __name__ camelCase HTTPServer x1_2",
  "3.14e-10, 1,234 and -7/22",
  "    if a <= b:\n        return {'k': [1, 2]}",
  "\\boxed{\\frac{1}{2}} \\nParis",
  "\u0085 \u00a0 \ufeff",
];

Deno.test("any text decodes back to itself", () => {
  for (const text of [...sampleTexts(50, "other"), ...ODD_TEXTS]) {
    assert.equal(splitPieces(text).join(""), text);
    assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
  }
});

Deno.test("a name has the same tokens wherever it stands", () => {
  const random = new Random("copy");
  const around = [" ", '"', "'", "\n", "(", "[", '("', " (", "\\n", ", ", "/", "=", "\t", ">"];
  const after = ["", ".", ",", '"', ")", '")', "\n", " is", "'s", ":", "-", "!"];
  for (let n = 0; n < 200; n++) {
    const name = madeUpName(random);
    const ids = [...tokenizer.encode(name)];
    for (const before of around) {
      for (const end of after) {
        const whole = tokenizer.encode(before + name + end);
        const parts = [...tokenizer.encode(before), ...ids, ...tokenizer.encode(end)];
        assert.deepEqual([...whole], parts, JSON.stringify(before + name + end));
      }
    }
  }
});

Deno.test("a number is cut into threes of digits, wherever it stands", () => {
  for (const number of ["1234567890", "42", "2024", "500"]) {
    const threes = number.match(/\d{1,3}/g)!;
    for (const text of [number, ` ${number}`, `(${number})`, `x${number}`, `-${number}.`]) {
      const tokens = [...tokenizer.encode(text)].map((id) => tokenizer.decode([id]));
      const digits = tokens.filter((token) => /\d/.test(token));
      let at = 0;
      for (const three of threes) {
        let read = "";
        while (read.length < three.length) read += digits[at++];
        assert.equal(read, three);
      }
      assert.equal(at, digits.length);
    }
  }
});

Deno.test("a lower-case word has its space, template words are one token", () => {
  const show = (text: string) => [...tokenizer.encode(text)].map((id) => tokenizer.decode([id]));
  assert.deepEqual(show("Thought: I need the capital of"), [
    "Thought",
    ":",
    " ",
    "I",
    " need",
    " the",
    " capital",
    " of",
  ]);
});

Deno.test("special tokens are one id, and can be refused", () => {
  const ids = tokenizer.encode("<|im_start|>user\nhi<|im_end|>");
  assert.equal(ids[0], tokenizer.specialId("<|im_start|>"));
  assert.equal(ids.at(-1), tokenizer.specialId("<|im_end|>"));
  assert.ok(tokenizer.isSpecial(ids[0]) && !tokenizer.isSpecial(ids[1]));
  assert.equal(tokenizer.decode(ids, { skipSpecialTokens: true }), "user\nhi");
  assert.throws(() => tokenizer.encode("a<|im_end|>", { specialTokens: "refuse" }), /<\|im_end\|>/);
  assert.throws(() => tokenizer.specialId("<s>"), /Cannot find the special token <s>/);
  assert.throws(() => tokenizer.decode([9999]), /Cannot decode token 9999/);
});

Deno.test("streaming gives whole characters only", () => {
  const text = "Ærø 東京 🇫🇷 end";
  const decoder = tokenizer.streamDecoder();
  let streamed = "";
  for (const id of tokenizer.encode(text)) {
    const part = decoder.push(id);
    assert.equal(part.includes("\uFFFD"), false);
    streamed += part;
  }
  assert.equal(streamed + decoder.end(), text);
  const cut = tokenizer.streamDecoder();
  cut.push(tokenizer.encode("東")[0]);
  assert.equal(cut.end(), "\uFFFD");
});

Deno.test("a saved folder loads again, here and in transformers.js, with the same tokens", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await saveTokenizer(folder, tokenizer);
    const loaded = await loadTokenizer(folder);
    env.allowRemoteModels = false;
    const theirs = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
    const messages = [{ role: "user", content: "Where is Kavél?" }];
    for (const text of [...sampleTexts(20, "third"), ...ODD_TEXTS.slice(1)]) {
      const ids = [...tokenizer.encode(text)];
      assert.deepEqual([...loaded.encode(text)], ids);
      assert.deepEqual(theirs.encode(text), ids);
      assert.equal(theirs.decode(ids), text);
    }
    assert.equal(
      theirs.apply_chat_template(messages, { tokenize: false, add_generation_prompt: true }),
      "<|im_start|>user\nWhere is Kavél?<|im_end|>\n<|im_start|>assistant\n",
    );
    assert.equal(loaded.chatTemplate().source, template.source);
  } finally {
    await rm(folder, { recursive: true });
  }
});

Deno.test("a folder without a tokenizer, or with another kind, is refused by name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(loadTokenizer(folder), /Cannot read .*tokenizer\.json/);
    await Deno.writeTextFile(`${folder}/tokenizer.json`, "{");
    await assert.rejects(loadTokenizer(folder), /Cannot read .*tokenizer\.json/);
    await Deno.writeTextFile(`${folder}/tokenizer.json`, "{}");
    await Deno.writeTextFile(`${folder}/tokenizer_config.json`, "{}");
    await assert.rejects(loadTokenizer(folder), /Cannot load the tokenizer of/);
  } finally {
    await rm(folder, { recursive: true });
  }
  const { files } = tokenizer;
  const model = { ...(files.tokenizer.model as object), vocab: { "▁the": 0 }, merges: [] };
  assert.throws(
    () => new Tokenizer({ ...files, tokenizer: { ...files.tokenizer, model } }),
    /is not byte-level/,
  );
});

Deno.test("digits of every script are taken one by one", () => {
  const made = tokenizer.files;
  const digits = { type: "Digits", individual_digits: true };
  const bytes = { type: "ByteLevel", add_prefix_space: false, use_regex: true };
  const merged = trainTokenizer(["12345 १२३", "12345 १२३", "123 १२३"], template, {
    vocabSize: 300,
  });
  assert.ok(merged.encode("१२३").length < 3, "the vocabulary joins digits");
  const steps = { type: "Sequence", pretokenizers: [digits, bytes] };
  const apart = new Tokenizer({
    config: made.config,
    tokenizer: { ...merged.files.tokenizer, pre_tokenizer: steps },
  });
  for (const text of ["12345", "१२३", "a12b१3"]) {
    const ids = [...apart.encode(text)];
    assert.equal(apart.decode(ids), text);
    const ownDigits = ids.map((id) => apart.decode([id]).match(/\p{N}/gu)?.length ?? 0);
    assert.ok(ownDigits.every((count) => count <= 1), `${text}: ${ownDigits}`);
  }
});
