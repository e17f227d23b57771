import assert from "node:assert/strict";
import { weightSpans } from "@potstill/training_data/span_weights.ts";
import { tokenizeConversation } from "@potstill/training_data/tokenize_conversation.ts";
import { loadChatTemplate } from "@potstill/tokenizer/load_chat_template.ts";
import { trainTokenizer } from "@potstill/tokenizer/train_tokenizer.ts";

const template = await loadChatTemplate();
const tokenizer = trainTokenizer(["a"], template, { vocabSize: 260 });
const spans = { thought: 0.5, code: 1, names: 2 };

Deno.test("each token of a turn has the weight of the span that it begins in", () => {
  const turns = [
    'Thought: "Élan" is a name.\nCode:\n```py\nprint(web_search("capital of Élan"), \'x\')\n```<end_code>',
    "Thought: no code here.",
  ];
  const example = tokenizeConversation(tokenizer, template, [
    { role: "user", content: "?" },
    { role: "assistant", content: turns[0] },
    { role: "user", content: "Observation: Oslo" },
    { role: "assistant", content: turns[1] },
  ]);
  const { ids, trained, weights } = weightSpans(tokenizer, example, spans);
  assert.equal(trained, example.trained);
  const of = (weight: number) => tokenizer.decode(ids.filter((_, i) => weights![i] === weight));
  assert.equal(of(2), "capital of Élanx");
  assert.equal(of(0.5), 'Thought: "Élan" is a name.\n' + turns[1] + "<|im_end|>");
  assert.equal(of(1), "Code:\n```py\nprint(web_search(\"\"), '')\n```<end_code><|im_end|>");
  trained.forEach((mark, i) => assert.equal(weights![i] === 0, mark === 0));
});

Deno.test("names are what stands in strings, whatever is escaped, and not what comments quote", () => {
  const namesOf = (code: string) => {
    const content = `Thought: a\nCode:\n\`\`\`py\n${code}\n\`\`\`<end_code>`;
    const example = tokenizeConversation(tokenizer, template, [
      { role: "user", content: "?" },
      { role: "assistant", content },
    ]);
    const { ids, weights } = weightSpans(tokenizer, example, spans);
    return tokenizer.decode(ids.filter((_, i) => weights![i] === 2));
  };
  assert.equal(namesOf(String.raw`print("a\n", "b")`), String.raw`a\nb`);
  assert.equal(
    namesOf(String.raw`web_search("Who wrote \"Dune\"?")`),
    String.raw`Who wrote \"Dune\"?`,
  );
  assert.equal(namesOf(`# it's Oslo's\nx = 'y'`), "y");
  assert.equal(namesOf(`x = """two\n"lines" """ + "#z"`), 'two\n"lines" #z');
  assert.equal(namesOf(`x = ""\ny = 'z'`), "z");
});

Deno.test("a weight that is no number is refused by its name", () => {
  const example = { ids: Int32Array.of(1, 2), trained: Uint8Array.of(0, 1) };
  assert.throws(
    () => weightSpans(tokenizer, example, { ...spans, code: NaN }),
    /code must be a number, and is NaN/,
  );
});
