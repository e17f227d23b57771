import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  countFirstThought,
  type FirstThoughtCase,
  noFirstThoughts,
  readFirstThought,
} from "@potstill/agent/read_first_thought.ts";
import { readJsonl } from "@potstill/runs/jsonl.ts";

const cases: [string, string | null, FirstThoughtCase[]][] = [
  ["First this.\n\nThen that.", "Thought: First this.", []],
  ["First this.\nStill.\n \t\nThen that.", "Thought: First this.\nStill.", []],
  ["First this.\r\n\r\nThen that.", "Thought: First this.", []],
  ["", null, ["empty"]],
  ["  \n\n ", null, ["empty"]],
  ["<think>never closed", null, ["thinking", "empty"]],
  ["<think>Hm.\n\nSo.</think>\n\nI add.\n\nDone.", "Thought: I add.", ["thinking"]],
  ["Hm.\n\n</think>\nI add.\n\nDone.", "Thought: I add.", ["thinking"]],
  ["Thought: I add.\n\nDone.", "Thought: I add.", ["labelled"]],
  ["**Thought:** I add.\n\nDone.", "Thought: I add.", ["labelled"]],
  ["It is 4.", "Thought: It is 4.", ["whole-answer"]],
  ["So the answer is 4.\n\n\\boxed{4}", "Thought: So the answer is 4.", ["states-answer"]],
  ["We have \\boxed{4}.\n\nDone.", "Thought: We have \\boxed{4}.", ["states-answer"]],
  ["We follow these steps:\n\n1. Add.", "Thought: We follow these steps:", ["lead-in"]],
  ["I add.\n```py\nprint(2)\n```\n\nDone.", "Thought: I add.", ["code"]],
  ["```py\nprint(2)\n```\n\nDone.", null, ["code"]],
  ["I add.\nimport math\nmath.sqrt(4)\n\nDone.", "Thought: I add.", ["code"]],
  ["I add. <code>print(2)</code>\n\nDone.", "Thought: I add.", ["code"]],
  ["I add.\nObservation: 4\n\nDone.", "Thought: I add.", ["code"]],
  ["We import goods from Oslo.\n\nDone.", "Thought: We import goods from Oslo.", []],
];

for (const [text, prefix, wanted] of cases) {
  Deno.test(`first thought of ${JSON.stringify(text)}`, () => {
    assert.deepEqual(readFirstThought(text), { prefix, cases: wanted });
  });
}

Deno.test("an overlong paragraph is cut at a sentence, a line or a word", () => {
  const sentences = "One two three. ".repeat(20) + "\n\nDone.";
  const read = readFirstThought(sentences, { maxCharacters: 50 });
  assert.equal(read.prefix, "Thought: One two three. One two three. One two three.");
  assert.deepEqual(read.cases, ["overlong"]);
  const words = readFirstThought("word ".repeat(40) + "\n\nDone.", { maxCharacters: 22 });
  assert.equal(words.prefix, "Thought: word word word word");
  const one = readFirstThought("x".repeat(99) + "\n\nDone.", { maxCharacters: 22 });
  assert.equal(one.prefix, "Thought: " + "x".repeat(22));
});

Deno.test("2,000 recorded CoT answers give first thoughts, with their unusual cases", async () => {
  const folder = new URL("../../../shared/data/traces/", import.meta.url).pathname;
  if (!existsSync(folder)) return console.log("skipped: there is no shared data");
  const files = readdirSync(folder).filter((name) => name.startsWith("cot_"));
  let counts = noFirstThoughts;
  for (const file of files) {
    const rows = await readJsonl(join(folder, file), (row) => row as { response: string });
    for (const { response } of rows) {
      const thought = readFirstThought(response);
      counts = countFirstThought(counts, thought);
      if (thought.prefix !== null) {
        assert.ok(thought.prefix.length <= 1009 && !/\n\s*\n|```|<think>/.test(thought.prefix));
        assert.match(thought.prefix, /^Thought: \S/);
      }
    }
  }
  console.log(JSON.stringify(counts));
  assert.equal(counts.total, 500 * files.length);
  assert.ok(counts.withPrefix > 0.99 * counts.total);
});
