import assert from "node:assert/strict";
import type { Random } from "@potstill";
import {
  agentStopSequences,
  cutAtStop,
  normalizeCode,
  parseAction,
  readFirstThought,
  scanTurn,
  stripThinking,
  writeTurn,
} from "@potstill/agent";
import { writtenAnswer } from "@potstill/student";
import { mutatedText, randomText } from "./foreign_texts.ts";

/** Whole turns, which are mutated. */
const TURNS = [
  "Thought: add.\nCode:\n```py\nprint(1 + 1)\n```<end_code>",
  'Thought: t\n<code>\nx = """\n```\n"""\nprint(f"{d["a"]:>{n}}")  # </code>\n</code>',
  "<think>hm ```py\nbad()\n```</think>Thought: t\n```json\n{}\n```\nCode:\n~~~python\ngood()\n~~~",
  '1. do\n   ```{python} title="x"\n   for i in x:\n       print(i)\n   ```\nOutput:\n```\n1\n```',
];

/** Reads a random turn in every way that turns are read, and writes one. @throws when something is wrong */
export function tryAction(random: Random): void {
  const text = random.chance(0.5)
    ? randomText(random, 40)
    : mutatedText(random.pick(TURNS), random);
  const action = parseAction(text);
  assert.equal(action.code === null, action.problem !== null);
  assert.deepEqual(parseAction(text), action);
  if (action.code !== null) {
    assert.equal(normalizeCode(action.code), action.code);
    assert.notEqual(action.code, "");
  }
  const cut = cutAtStop(text, agentStopSequences);
  assert.ok(text.startsWith(cut));
  parseAction(cut);
  const plain = stripThinking(text);
  assert.ok(plain.length <= text.length);
  const { blocks, quoted, start, end } = scanTurn(text);
  assert.ok(0 <= start && start <= text.length && end <= text.length);
  for (const span of [...blocks, ...quoted]) {
    assert.ok(0 <= span.start && span.start <= span.end && span.end <= text.length);
  }
  const { prefix } = readFirstThought(text);
  assert.ok(prefix === null || prefix.startsWith("Thought: "));
  writtenAnswer(text);
  tryWriting(randomText(random, 5), action.code ?? text);
}

function tryWriting(thought: string, code: string): void {
  let turn: string;
  try {
    turn = writeTurn(thought, code);
  } catch (error) {
    assert.ok(error instanceof RangeError && /^Cannot write a turn: its code/.test(error.message));
    return;
  }
  assert.equal(parseAction(turn).code, normalizeCode(code));
}
