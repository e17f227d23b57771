import assert from "node:assert/strict";
import { Random } from "../../lib/records/random.ts";
import type { Message } from "../../lib/records/message.ts";
import { ChatTemplate } from "../../lib/tokenizer/chat_template.ts";
import { loadChatTemplate } from "../../lib/tokenizer/load_chat_template.ts";
import { trainTokenizer } from "../../lib/tokenizer/train_tokenizer.ts";
import {
  ConversationError,
  tokenizeConversation,
} from "../../lib/training_data/tokenize_conversation.ts";
import { tokenizeConversations } from "../../lib/training_data/tokenize_conversations.ts";
import { madeUpName, sampleTexts } from "../tokenizer/sample_texts.ts";

const template = await loadChatTemplate();
const tokenizer = trainTokenizer(sampleTexts(200, "train"), template, { vocabSize: 600 });

/** Contents that could mislead a mask: template words, edges of blanks, many scripts. */
function randomContent(random: Random): string {
  const parts = [
    "assistant\n",
    "user",
    "\n\n",
    " ",
    "```py\n",
    "<end_code>",
    "im_end",
    "<|im",
    "end|>",
    "é東🇫🇷",
    "42",
    "the ",
    madeUpName(random),
  ];
  let text = "";
  for (let n = random.integer(1, 8); n > 0; n--) text += random.pick(parts);
  return text.replaceAll("<|im_end|>", "");
}

function randomConversation(random: Random): Message[] {
  const messages: Message[] = [];
  if (random.chance(0.5)) messages.push({ role: "system", content: randomContent(random) });
  for (let n = random.integer(1, 4); n > 0; n--) {
    messages.push({ role: "user", content: randomContent(random) });
    messages.push({ role: "assistant", content: randomContent(random) });
  }
  return messages;
}

const learnedText = (example: { ids: Int32Array; trained: Uint8Array }) =>
  tokenizer.decode(example.ids.filter((_, i) => example.trained[i] === 1));

Deno.test("learned tokens are the assistant contents and their end, exactly", () => {
  const random = new Random("mask");
  for (let n = 0; n < 300; n++) {
    const messages = randomConversation(random);
    const contents = messages.filter((m) => m.role === "assistant").map((m) => m.content);
    const all = tokenizeConversation(tokenizer, template, messages);
    assert.equal(learnedText(all), contents.map((c) => c + "<|im_end|>").join(""));
    const last = tokenizeConversation(tokenizer, template, messages, { train: "last-assistant" });
    assert.equal(learnedText(last), contents.at(-1) + "<|im_end|>");
    assert.deepEqual(last.ids, all.ids);
    assert.equal(tokenizer.decode(all.ids) + "\n", template.render(messages));
    assert.equal(all.trained.at(-1), 1);
  }
});

Deno.test("the tokens of each prompt are a prefix of the tokens trained on", () => {
  const random = new Random("prefix");
  for (let n = 0; n < 300; n++) {
    const messages = randomConversation(random);
    const { ids, trained } = tokenizeConversation(tokenizer, template, messages);
    messages.forEach(({ role }, i) => {
      if (role !== "assistant") return;
      const prompt = tokenizer.encode(
        template.render(messages.slice(0, i), { addGenerationPrompt: true }),
      );
      assert.deepEqual([...ids.subarray(0, prompt.length)], [...prompt]);
      assert.equal(trained[prompt.length - 1], 0);
      assert.equal(trained[prompt.length], 1);
    });
  }
});

Deno.test("defects are told apart and nothing is cut", () => {
  const user: Message = { role: "user", content: "a" };
  const answer: Message = { role: "assistant", content: "b" };
  const defect = (messages: Message[], options = {}, with_ = template) => {
    try {
      tokenizeConversation(tokenizer, with_, messages, options);
    } catch (error) {
      assert.ok(error instanceof ConversationError, String(error));
      return error.defect;
    }
    return null;
  };
  assert.equal(defect([user, answer]), null);
  assert.equal(defect([]), "nothing-to-train");
  assert.equal(defect([user]), "nothing-to-train");
  assert.equal(defect([user, { role: "assistant", content: "" }]), "nothing-to-train");
  assert.equal(defect([user, answer, user]), "unfinished");
  const { length } = tokenizeConversation(tokenizer, template, [user, answer]).ids;
  assert.equal(defect([user, answer], { maxTokens: length }), null);
  assert.equal(defect([user, answer], { maxTokens: length - 1 }), "too-long");
  const other = new ChatTemplate("{% for m in messages %}{{ m.content }}</s>{% endfor %}");
  assert.equal(defect([user, answer], {}, other), "template");
  const trims = new ChatTemplate("{% for m in messages %}{{ m.content | trim }}{% endfor %}");
  assert.equal(defect([user, { ...answer, content: "b " }], {}, trims), "template");
});

Deno.test("a set of conversations reports what it drops", () => {
  const result = tokenizeConversations(tokenizer, template, [
    { id: "good", messages: [{ role: "user", content: "a" }, { role: "assistant", content: "b" }] },
    { id: "cut", messages: [{ role: "user", content: "a" }] },
  ]);
  assert.equal(result.examples.length, 1);
  assert.equal(result.tokens, result.examples[0].ids.length);
  assert.equal(result.trainedTokens, 2);
  assert.deepEqual(result.dropped.map(({ id, defect }) => [id, defect]), [
    ["cut", "nothing-to-train"],
  ]);
});
