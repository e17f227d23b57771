import assert from "node:assert/strict";
import { agentStopSequences, normalizeCode, parseAction } from "@potstill/agent/parse_action.ts";
import { writeTurn } from "@potstill/agent/write_turn.ts";
import { cutAtStop } from "@potstill/records/turn/cut_at_stop.ts";
import { Random } from "@potstill/records/random.ts";
import { turnGrammar } from "@potstill/student/generate/turn_grammar.ts";

const grammar = turnGrammar();
const utf8 = new TextEncoder();

/** The state after a text; null where it is refused. */
function read(text: string, from: number = grammar.start): number | null {
  let state: number | null = from;
  for (const byte of utf8.encode(text)) {
    if (state === null) return null;
    state = grammar.next(state, byte);
  }
  return state;
}

const isWhole = (text: string) => {
  const state = read(text);
  return state !== null && grammar.isEnd(state);
};

Deno.test("turns as agents write them are in the language", () => {
  for (
    const [thought, code] of [
      ["Add.", "print(1 + 1)"],
      [
        "If a < b, and 3<4 then `x` and ``y`` are equal; the code follows\n\nin two lines",
        "x = 1\n\n# `tick`\nprint(f'{x}')",
      ],
      ["", "final_answer('✓ ünïcode')"],
      ["Decode it", '"""\ntwo ` ticks ``\n"""\n'],
    ]
  ) assert.ok(isWhole(writeTurn(thought, code)), writeTurn(thought, code));
});

Deno.test("what is no turn, or would be read as another, is refused", () => {
  const fence = "```";
  for (
    const text of [
      "print(1)",
      "Thought: x\nCode:\nprint(1)",
      `Thought: x\n${fence}py\nprint(1)\n${fence}<end_code>`,
      `Thought: x\nCode:\n${fence}py\n\n${fence}<end_code>`,
      `Thought: x\nCode:\n${fence}py\n \u00a0\n${fence}<end_code>`,
      `Thought: Observation: y\nCode:\n${fence}py\nprint(1)\n${fence}<end_code>`,
      `Thought: <code>a</code>\nCode:\n${fence}py\nprint(1)\n${fence}<end_code>`,
      `Thought: CODE:\nCode:\n${fence}py\nprint(1)\n${fence}<end_code>`,
      `Thought: x\nCode:\n${fence}py\nprint("Calling tools:")\n${fence}<end_code>`,
      `Thought: x\nCode:\n${fence}py\nprint(1)\n${fence}\n`,
      `Thought: x\nCode:\n${fence}js\nprint(1)\n${fence}<end_code>`,
    ]
  ) assert.ok(!isWhole(text), text);
  assert.equal(read(`Thought: x\nCode:\n${fence}py\na\n${fence}<end_code> `), null);
});

Deno.test("random walks that the grammar admits are read as their code, and every one can be closed", () => {
  const random = new Random("walks");
  const pieces = [
    "Code:",
    "code",
    ":",
    "\n",
    "`",
    "``",
    "```",
    "py\n",
    "~",
    "~~~",
    "<",
    "<end_code>",
    "</code>",
    "<code>",
    "Observation",
    "Observation:",
    "Calling tools:",
    "Thought:",
    "think",
    "<think>",
    "[THINK]",
    "◁",
    " ",
    "\t",
    "a",
    "x = 1",
    '"',
    "'",
    '"""',
    "'''",
    "#",
    "# c\n",
    "\\",
    "é",
    "\u00a0",
    "\u2028",
    "\r\n",
    "\r",
    "final_answer(1)",
    "Output:",
    "> ",
    "- ",
    "1. ",
    "*",
    "_",
    "(",
    ")",
    "Code:\n```py\n",
    "\n```<end_code>",
    "\0",
  ];
  let walks = 0;
  for (let i = 0; i < 4000; i++) {
    let [text, state] = ["Thought:", read("Thought:")!];
    for (let n = random.integer(0, 40); n > 0 && !grammar.isEnd(state); n--) {
      const piece = random.pick(pieces);
      const to = read(piece, state);
      if (to !== null) [text, state] = [text + piece, to];
    }
    text += grammar.closing(state);
    assert.ok(isWhole(text), JSON.stringify(text));
    const cut = cutAtStop(text, agentStopSequences);
    const code = text.slice(text.indexOf("\nCode:\n```py\n") + 13, text.lastIndexOf("\n```"));
    assert.equal(parseAction(cut).code, normalizeCode(code), JSON.stringify(text));
    walks++;
  }
  assert.equal(walks, 4000);
});
