import assert from "node:assert/strict";
import { loadChatTemplate } from "../../lib/tokenizer/load_chat_template.ts";
import { Tokenizer } from "../../lib/tokenizer/tokenizer.ts";
import type { JsonObject } from "../../lib/tokenizer/tokenizer_json.ts";
import { trainTokenizer } from "../../lib/tokenizer/train_tokenizer.ts";
import { withChatTemplate } from "../../lib/tokenizer/with_chat_template.ts";
import { tokenizeConversation } from "../../lib/training_data/tokenize_conversation.ts";

const made = trainTokenizer(["What is it?"], await loadChatTemplate(), { vocabSize: 270 });

/** A tokenizer with further special tokens, an `eos_token` and a template, as published models have. */
function withTokens(contents: readonly string[], config: JsonObject): Tokenizer {
  const { tokenizer, config: own } = made.files;
  const added = [...tokenizer.added_tokens as JsonObject[]].filter(({ content }) =>
    content !== "<|im_end|>"
  );
  for (const content of contents) added.push({ ...added[0], content, id: 300 + added.length });
  return new Tokenizer({
    tokenizer: { ...tokenizer, added_tokens: added },
    config: { ...own, ...config, added_tokens_decoder: null },
  });
}

/** Templates in the form of published ones. */
const GEMMA = "{{ bos_token }}{% for m in messages %}<start_of_turn>{{ m.role }}\n" +
  "{{ m.content | trim }}<end_of_turn>\n{% endfor %}" +
  "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}";
const LLAMA = "{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n" +
  "{{ m.content | trim }}<|eot_id|>{% endfor %}";
const ZEPHYR = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content + eos_token }}\n{% endfor %}";

const cases: [name: string, tokens: string[], config: JsonObject, end: string][] = [
  ["Gemma's, with <eos> as eos_token", ["<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"], {
    bos_token: "<bos>",
    eos_token: "<eos>",
    chat_template: GEMMA,
  }, "<end_of_turn>"],
  ["Llama 3's, of a base model", ["<|end_of_text|>", "<|eot_id|>"], {
    eos_token: "<|end_of_text|>",
    chat_template: LLAMA,
  }, "<|eot_id|>"],
  ["Zephyr's", ["</s>"], { eos_token: "</s>", chat_template: ZEPHYR }, "</s>"],
  ["no template", ["</s>"], { eos_token: "</s>", chat_template: null }, "</s>"],
  ["one that marks no end", ["</s>"], {
    eos_token: "</s>",
    chat_template: "{% for m in messages %}{{ m.content }}\n{% endfor %}",
  }, "</s>"],
];

for (const [name, tokens, config, end] of cases) {
  Deno.test(`the end of a turn is what the template writes: ${name}`, () => {
    const tokenizer = withTokens(tokens, config);
    assert.equal(tokenizer.endOfTurn, end);
    if (config.chat_template === null || !name.includes("'s")) return;
    const { ids, trained } = tokenizeConversation(tokenizer, tokenizer.chatTemplate(), [
      { role: "user", content: "What?" },
      { role: "assistant", content: "It." },
    ]);
    assert.equal(tokenizer.decode(ids.filter((_, i) => trained[i] === 1)), `It.${end}`);
  });
}

Deno.test("a chat template of a file, or one of several names, takes the place of the tokenizer's", async () => {
  const named = withTokens([], {
    chat_template: [{ name: "default", template: "d" }, { name: "tool_use", template: "t" }],
  });
  assert.equal(named.chatTemplate().render([]), "d");
  const chosen = await withChatTemplate(named, "tool_use");
  assert.equal(chosen.chatTemplate().render([]), "t");
  assert.equal(chosen.files.config.chat_template, "t");
  await assert.rejects(withChatTemplate(named, "rag"), /template rag: .* has default, tool_use/);
  await assert.rejects(withChatTemplate(named, "no/such.jinja"), /chat template no\/such\.jinja: /);
  const path = await Deno.makeTempFile({ suffix: ".jinja" });
  await Deno.writeTextFile(path, "{% if %}");
  await assert.rejects(withChatTemplate(named, path), /Cannot use the chat template .*\.jinja: /);
  await Deno.writeTextFile(path, LLAMA);
  const other = await withChatTemplate(withTokens(["<|eot_id|>"], {}), path);
  assert.equal(other.endOfTurn, "<|eot_id|>");
  await Deno.remove(path);
});
