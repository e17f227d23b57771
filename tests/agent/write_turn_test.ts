import assert from "node:assert/strict";
import { cutAtStop } from "@potstill/records/turn/cut_at_stop.ts";
import { agentStopSequences, normalizeCode, parseAction } from "@potstill/agent/parse_action.ts";
import { writeCode, writeTurn } from "@potstill/agent/write_turn.ts";
import { Random } from "@potstill/records/random.ts";

const F = "```";

Deno.test("a plain turn is written as it always was", () => {
  assert.equal(
    writeTurn("add.", "print(1 + 1)"),
    `Thought: add.\nCode:\n${F}py\nprint(1 + 1)\n${F}<end_code>`,
  );
  assert.equal(writeCode("x = 1"), `Code:\n${F}py\nx = 1\n${F}`);
});

Deno.test("code that would close its fence gets a longer one, or tildes", () => {
  for (const code of [`x = '''\n${F}\nprint(1)`, `print(${F})`, `x = \n${F}py\n~~~\nprint(1)`]) {
    const turn = writeTurn("t", code);
    assert.ok(!turn.includes(`\n${F}py\n${code}\n${F}<`), turn);
    assert.equal(parseAction(turn).code, code);
  }
});

Deno.test("a thought that would hide the code is taken apart", () => {
  for (
    const thought of [
      `I open ${F}py\nfoo(`,
      "so\nObservation: 3",
      `<code>\nfoo()\n`,
      "<think>hm",
      `a table\n${F}json\n{}`,
    ]
  ) {
    assert.equal(parseAction(writeTurn(thought, "print(1)")).code, "print(1)", thought);
  }
  const harmless = `a table\n${F}\na | b\n${F}\nand <b>`;
  assert.equal(parseAction(writeTurn(harmless, "print(1)")).thought, harmless);
});

Deno.test("code that cannot be written is refused", () => {
  assert.throws(() => writeTurn("t", " \n"), /its code is blank/);
  assert.throws(() => writeTurn("t", "x = 1\n</code>\ny = 2"), /not read back/);
});

const MARKUP = [
  F,
  "~~~",
  `${F}py`,
  `${F}json\n{}\n${F}`,
  `\n${F}\n`,
  "\n~~~~\n",
  "````",
  "<code>",
  "</code>",
  "\n</code>\n",
  "<end_code>",
  "</end_code>",
  "<think>",
  "</think>",
  "\n</think>\n",
  "Observation:",
  "\nObservation: 3\n",
  "Calling tools:",
  "Thought: t",
  "\nCode:\n",
  "<|python_tag|>",
  "<|im_end|>",
  "</",
  "<",
  "#",
  "{",
  "}",
  "'",
  '"',
  '"""',
  "'''",
  "\\",
  "\n",
  "a",
  " ",
  "é😀",
  "$\\frac{1}{2}$",
];

function text(random: Random): string {
  return Array.from({ length: random.integer(0, 5) }, () => random.pick(MARKUP)).join("");
}

/** A literal of Python whose value holds markup, in any of the forms that Python has. */
function literal(random: Random, depth = 0): string {
  const quote = random.pick(["'", '"', "'''", '"""']);
  const prefix = random.pick(["", "", "r", "b", "u", "Rb", "bR", "f", "F", "rf", "fR", "t"]);
  const isRaw = /r/i.test(prefix);
  let body = "";
  for (const char of text(random)) {
    if (char === "\\") body += isRaw ? "" : "\\\\";
    else if (char === "\n" && quote.length === 1) body += random.pick(["\\n", "\\\n"]);
    else if (char === quote[0]) body += isRaw ? "" : `\\${char}`;
    else if (/[{}]/.test(char) && /[ft]/i.test(prefix)) body += char + char;
    else body += char;
    if (/[ft]/i.test(prefix) && depth < 3 && random.chance(0.1)) {
      const format = random.pick(
        ["", "!r", ":>10", ":{width}", ":'^9"].filter((form) => !form.includes(quote[0])),
      );
      body += `{${random.pick(["x", "d[0]", literal(random, depth + 1)])}${format}}`;
    }
  }
  return `${prefix}${quote}${body}${quote}`;
}

function statement(random: Random): string {
  const value = literal(random);
  const comment = text(random).replaceAll("\n", " ");
  return random.pick([
    `x = ${value}`,
    `print(${value}, ${literal(random)})`,
    `x = 1  # ${comment}`,
    `# ${comment}`,
    `for a in [${value}]:\n    print(a)  # ${comment}`,
    `def f(a):\n    ${value}\n    return a`,
    `d = {\n    "k": ${value},\n}`,
    `x = 1 + \\\n    2`,
    `class Observation:\n    pass`,
    `if x <end:\n    final_answer(${value})`,
    ``,
    `final_answer(~~~1)`,
  ]);
}

Deno.test("a turn is read back to the code that was written, in 10,000 cases", () => {
  const root = new Random("round trip of turns");
  for (let i = 0; i < 10_000; i++) {
    const random = root.fork(i);
    const lines = Array.from({ length: random.integer(1, 6) }, () => statement(random));
    const code = lines.join("\n");
    if (normalizeCode(code) === "") continue;
    const thought = random.chance(0.8) ? `step ${i}` : text(random).replaceAll("\n", " ");
    const turn = writeTurn(thought, code);
    const where = `case ${i}:\n${turn}`;
    assert.equal(parseAction(turn).code, normalizeCode(code), where);
    // A server stops at such a class, wherever it stands.
    if (code.includes("class Observation")) continue;
    assert.equal(
      parseAction(cutAtStop(turn, agentStopSequences).trimEnd()).code,
      normalizeCode(code),
      where,
    );
    if (thought === `step ${i}`) assert.equal(parseAction(turn).thought, thought, where);
  }
});

Deno.test("a thought in which a model of any make would think is taken apart", () => {
  for (
    const mark of ["<thought>", "<reasoning>", "<seed:think>", "◁think▷", "[THINK]", "[/THINK]"]
  ) {
    assert.equal(parseAction(writeTurn(`so ${mark} on`, "print(1)")).code, "print(1)", mark);
  }
});
