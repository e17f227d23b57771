import assert from "node:assert/strict";
import { cutAtStop } from "@potstill/records/turn/cut_at_stop.ts";
import { parseAction } from "@potstill/agent/parse_action.ts";

interface Case {
  readonly name: string;
  readonly text: string;
  readonly thought?: string;
  readonly code: string | null;
}

const cases: Case[] = [
  {
    name: "the usual form",
    text: "Thought: add.\nCode:\n```py\nprint(1 + 1)\n```<end_code>",
    thought: "add.",
    code: "print(1 + 1)",
  },
  { name: "python fence", text: "Thought: t\nCode:\n```python\nx = 1\n```", code: "x = 1" },
  { name: "no language", text: "Thought: t\n```\nx = 1\n```", code: "x = 1" },
  { name: "unclosed fence", text: "Thought: t\nCode:\n```py\nx = 1\n", code: "x = 1" },
  { name: "closing fence on the code's line", text: "```py\nx = 1```", code: "x = 1" },
  { name: "code tags", text: "Thought: t\n<code>\nx = 1\n</code>", thought: "t", code: "x = 1" },
  { name: "unclosed code tag", text: "Thought: t\n<code>\nx = 1", code: "x = 1" },
  { name: "fence in code tags", text: "<code>\n```py\nx = 1\n```\n</code>", code: "x = 1" },
  { name: "stray end_code in the block", text: "```py\nx = 1\n<end_code>\n```", code: "x = 1" },
  { name: "partial end_code", text: "```py\nx = 1\n```<end_co", code: "x = 1" },
  { name: "text after the block", text: "```py\nx = 1\n```\nThat is it.", code: "x = 1" },
  {
    name: "an invented observation after the block",
    text: "```py\nx = 1\n```\nObservation: 1\nThought: more\n```py\ny = 2\n```",
    code: "x = 1",
  },
  {
    name: "two blocks are joined",
    text: "```py\nx = 1\n```\n```py\ny = 2\n```",
    code: "x = 1\n\ny = 2",
  },
  {
    name: "think block with code inside",
    text: "<think>```py\nbad()\n```</think>Thought: t\n```py\ngood()\n```",
    thought: "t",
    code: "good()",
  },
  { name: "lone think end", text: "blah </think>\n```py\nx = 1\n```", code: "x = 1" },
  { name: "unclosed think", text: "<think> still thinking ```py\nx\n```", code: null },
  {
    name: "code label without fence",
    text: "Thought: t\nCode:\nx = 1\nprint(x)",
    code: "x = 1\nprint(x)",
  },
  { name: "bare call", text: "final_answer(42)", code: "final_answer(42)" },
  {
    name: "indentation kept",
    text: "```py\nfor i in range(3):\n    print(i)\n```",
    code: "for i in range(3):\n    print(i)",
  },
  { name: "backticks in a string", text: "```py\nprint('a```b')\n```", code: "print('a```b')" },
  {
    name: "prose only",
    text: "The final answer is $\\boxed{-6}$.",
    thought: "The final answer is $\\boxed{-6}$.",
    code: null,
  },
  { name: "empty", text: "   ", code: null },
  { name: "empty block", text: "Thought: t\n```py\n\n```", code: null },
  { name: "Windows line ends", text: "```py\r\nx = 1\r\ny = 2\r\n```", code: "x = 1\ny = 2" },
];

for (const { name, text, thought, code } of cases) {
  Deno.test(`parse_action: ${name}`, () => {
    const action = parseAction(text);
    assert.equal(action.code, code);
    if (thought !== undefined) assert.equal(action.thought, thought);
    assert.equal(action.problem === null, code !== null);
  });
}

Deno.test("parse_action: each way to have no code is named", () => {
  assert.equal(parseAction("").problem, "it is empty");
  assert.equal(parseAction("```py\n```").problem, "its code block is empty");
  assert.equal(parseAction("hello there").problem, "it has no code block");
});

Deno.test("cutAtStop cuts at the first of several stops", () => {
  assert.equal(cutAtStop("a<end>b\nObservation:", ["Observation:", "<end>"]), "a");
  assert.equal(cutAtStop("abc", ["x", ""]), "abc");
});
