import assert from "node:assert/strict";
import { ChatTemplate } from "../../lib/tokenizer/chat_template.ts";
import { loadChatTemplate } from "../../lib/tokenizer/load_chat_template.ts";
import type { Message } from "../../lib/records/message.ts";

const template = await loadChatTemplate();
const messages: Message[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: " 1 + 1?\n" },
  { role: "assistant", content: "2" },
];

Deno.test("renders ChatML and adds nothing of its own", () => {
  assert.equal(
    template.render(messages),
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n 1 + 1?\n<|im_end|>\n" +
      "<|im_start|>assistant\n2<|im_end|>\n",
  );
  assert.equal(
    template.render([{ role: "user", content: "a" }], { addGenerationPrompt: true }),
    "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n",
  );
});

Deno.test("continues the final message exactly where it stops", () => {
  const begun: Message[] = [...messages.slice(0, 2), { role: "assistant", content: "It is " }];
  const text = template.render(begun, { continueFinalMessage: true });
  assert.ok(text.endsWith("<|im_start|>assistant\nIt is "));
  assert.equal(text, template.render(begun.slice(0, 2), { addGenerationPrompt: true }) + "It is ");
});

Deno.test("refuses what cannot be continued", () => {
  assert.throws(
    () => template.render(messages.slice(0, 2), { continueFinalMessage: true }),
    /it is the user's/,
  );
  assert.throws(() => template.render([], { continueFinalMessage: true }), /missing/);
  assert.throws(
    () => template.render(messages, { continueFinalMessage: true, addGenerationPrompt: true }),
    /exclude each other/,
  );
});

Deno.test("spans hold the contents, also empty and repeated ones", () => {
  const same: Message[] = [
    { role: "user", content: "2" },
    { role: "assistant", content: "" },
    { role: "user", content: "assistant\n2" },
    { role: "assistant", content: "2" },
  ];
  const { text, spans } = template.renderWithSpans(same);
  assert.equal(text, template.render(same));
  assert.deepEqual(spans.map(({ start, end }) => text.slice(start, end)), [
    "2",
    "",
    "assistant\n2",
    "2",
  ]);
});

Deno.test("templates that change, drop or repeat a content are refused", () => {
  const loop = (body: string) => new ChatTemplate(`{% for m in messages %}${body}{% endfor %}`);
  for (
    const changed of [
      loop("{{ m.content[1:] }}"),
      loop("{% if not loop.first %}{{ m.content }}{% endif %}"),
      loop("{{ m.content }}{{ m.content }}"),
      loop("{{ m.content | upper }}"),
    ]
  ) assert.throws(() => changed.renderWithSpans(messages), /changes, drops or repeats/);
  assert.throws(() => new ChatTemplate("{% for %}"), /Cannot parse the chat template/);
  assert.throws(
    () => loop("{{ raise_exception('no system') }}").render(messages),
    /Cannot render the chat: .*no system/,
  );
});
