import assert from "node:assert/strict";
import { cutAtStop } from "@potstill/records/turn/cut_at_stop.ts";
import { agentStopSequences, parseAction } from "@potstill/agent/parse_action.ts";
import { stripThinking } from "@potstill/records/turn/strip_thinking.ts";

const F = "```";
const G = "~~~";
const T = '"""';

/** A turn, and the code in it; null when there is none. */
type Case = readonly [text: string, code: string | null];

function check(kind: string, cases: readonly Case[]): void {
  Deno.test(`a turn's code: ${kind}`, () => {
    for (const [text, code] of cases) assert.equal(parseAction(text).code, code, text);
  });
}

check("other blocks in the thought are none", [
  [`Thought: a table\n${F}\na | b\n1 | 2\n${F}\nCode:\n${F}\nprint(2)\n${F}`, "print(2)"],
  [`Thought: a table\n${F}\na | b\n${F}\nCode:\n${F}py\nprint(2)\n${F}`, "print(2)"],
  [`Thought: I saw\n${F}yaml\nprint: (1)\n${F}\n${F}python\nprint(1)\n${F}`, "print(1)"],
  [`Thought: I saw\n${F}xml\n<code>a</code>\n${F}\n<code>\nprint(1)\n</code>`, "print(1)"],
  [`Thought: I saw\n${F}json\n{"a": "</think>"}\n${F}\n${F}py\nprint(1)\n${F}`, "print(1)"],
  [`Thought: so\n${F}asy\ndraw((0,0));\n${F}\n1. done\n</code>`, null],
  [`Thought: it says\n${F}\nname | year\n${F}\nso I count.`, null],
  [`Thought: I use <code>len</code> here.\n${F}py\nprint(len("a"))\n${F}`, 'print(len("a"))'],
  [`Thought: I use \`<code>\` tags, not \`\`\`\`x\`\`\`\`.\n<code>\nprint(1)\n</code>`, "print(1)"],
  [`Thought: a \`${F}py\` fence it is.\n${F}py\nprint(1)\n${F}`, "print(1)"],
  [`Thought: I write a ${F}python${F} block.\n${F}py\nprint(1)\n${F}`, "print(1)"],
  [
    `Thought: quoting\n${F}${F[0]}md\n${F}py\nold()\n${F}\n${F}${F[0]}\n${F}py\nnew()\n${F}`,
    "new()",
  ],
  [`Thought: notes\n${F}markdown\n# T\n${F}py\nold()\n${F}\n${F}\n${F}py\nnew()\n${F}`, "new()"],
]);

check("markup in strings and comments is text", [
  [
    `${F}py\ntext = '''\n${F}py\nx\n${F}\n'''\nprint(text)\n${F}`,
    `text = '''\n${F}py\nx\n${F}\n'''\nprint(text)`,
  ],
  [`${F}py\ns = "\\"${F}"\nprint(s)\n${F}`, `s = "\\"${F}"\nprint(s)`],
  [`${F}py\ns = r'\\${F}'\nprint(s)\n${F}`, `s = r'\\${F}'\nprint(s)`],
  [`${F}py\ns = Rb"""\n${F}\n\\"""${F}"""\n${F}`, `s = Rb"""\n${F}\n\\"""${F}"""`],
  [`${F}py\nprint(f"{d["${F}"]}")\n${F}`, `print(f"{d["${F}"]}")`],
  [`${F}py\nx = f'{f"{f'${F}'}"}'\n${F}`, `x = f'{f"{f'${F}'}"}'`],
  [
    `${F}py\nx = rf${T}{\n  a["b"]:>{width}\n}\n${F}\n${T}\n${F}`,
    `x = rf${T}{\n  a["b"]:>{width}\n}\n${F}\n${T}`,
  ],
  [`${F}py\nx = f"{n:'>10}" + "${F}"\n${F}`, `x = f"{n:'>10}" + "${F}"`],
  [`${F}py\nx = f"{{" + '${F}' + f"}}"\n${F}`, `x = f"{{" + '${F}' + f"}}"`],
  [`${F}py\nx = 'a\\\n${F}'\nprint(x)\n${F}`, `x = 'a\\\n${F}'\nprint(x)`],
  [
    `${F}py\n# a ${F} fence, don't\nprint(1)  # ${F}\n${F}`,
    `# a ${F} fence, don't\nprint(1)  # ${F}`,
  ],
  [`${F}py\n# It's "${T} not\nprint(1)\n${F}\nDone.`, `# It's "${T} not\nprint(1)`],
  [`<code>\nh = "<b></code>"\nprint(h)\n</code>`, `h = "<b></code>"\nprint(h)`],
  [`<code>\n# see </code> below\nprint(1)\n</code>`, "# see </code> below\nprint(1)"],
  [
    `<code>\nx = ${T}\n<code>\nold()\n</code>\n${T}\n</code>`,
    `x = ${T}\n<code>\nold()\n</code>\n${T}`,
  ],
  [`${F}py\nt = "<think>a</think>"\nprint(t)\n${F}`, `t = "<think>a</think>"\nprint(t)`],
  [`${F}py\nt = ${T}\n</think>\n${T}\nprint(t)\n${F}`, `t = ${T}\n</think>\n${T}\nprint(t)`],
  [`${F}py\n# ends with </think>\nprint(1)\n${F}`, "# ends with </think>\nprint(1)"],
  [`${F}py\ns = "<end_code>"\nprint(s)\n${F}<end_code>`, `s = "<end_code>"\nprint(s)`],
  [
    `${F}py\nt = ${T}\nObservation: 1\n${T}\nprint(t)\n${F}`,
    `t = ${T}\nObservation: 1\n${T}\nprint(t)`,
  ],
  [
    `${F}py\n# Observation: sorted\nclass Observation:\n    pass\n${F}`,
    "# Observation: sorted\nclass Observation:\n    pass",
  ],
  [`final_answer("<code>x</code> ${F} </think>")`, `final_answer("<code>x</code> ${F} </think>")`],
  [`Code:\ns = '${F}'\nprint(s, "Observation: 1")`, `s = '${F}'\nprint(s, "Observation: 1")`],
]);

check("names, titles and attributes of a fence", [
  ...[
    "py",
    "py3",
    "Python",
    "PYTHON3",
    "python3.11",
    "ipython",
    "ipython3",
    "tool_code",
    "code",
    "python2",
  ]
    .map((name): Case => [`Thought: t\n${F}${name}\nprint(2)\n${F}\nThis prints two.`, "print(2)"]),
  ...[
    'python title="x"',
    "python title='a b.py' linenums",
    "{python}",
    "{.python .numberLines}",
    "python {1,3}",
  ]
    .map((name): Case => [`Thought: t\n${F}${name}\nprint(2)\n${F}`, "print(2)"]),
  ...[
    "{python, echo=FALSE}",
    "python:main.py",
    "python,ignore",
    "{code-cell} ipython3",
    " python ",
    "py showLineNumbers",
  ]
    .map((name): Case => [`Thought: t\n${F}${name}\nprint(2)\n${F}`, "print(2)"]),
  [`Thought: t\n${F}{r}\nprint(2)\n${F}`, null],
  [`Thought: t\n${F}bash\npip install x\n${F}`, null],
  [`Thought: t\n${F}potstill\nprint(2)\n${F}`, "print(2)"],
]);

check("other fences", [
  [`${G}python\nprint(1)\n${G}`, "print(1)"],
  [`${G}\nprint(1)\n${G}\nGood.`, "print(1)"],
  [`${G}${G}py\nx = ${T}\n${G}\n${T}\n${G}${G}`, `x = ${T}\n${G}\n${T}`],
  [`${F}${F}py\nprint(1)\n${F}\nprint(2)\n${F}${F}`, `print(1)\n${F}\nprint(2)`],
  [`${F}\`py\nprint(1)\n${F}\``, "print(1)"],
  [`${F}\`py\nprint(1)\n${F}\nGood.`, "print(1)"],
  [`${F}py\nprint(~~~1)\n${F}`, "print(~~~1)"],
  [`${F}py print(1)${F}`, "print(1)"],
  [`${F}python print('${F}')${F}`, `print('${F}')`],
  [`${F}py x = 1\nprint(x)\n${F}`, "x = 1\nprint(x)"],
  [`${F}py import math\nprint(math.pi)\n${F}`, "import math\nprint(math.pi)"],
  [`Thought: t\nCode: ${F}py\nprint(1)\n${F}`, "print(1)"],
  [`Thought: t ${F}python\nprint(1)\n${F} and so on`, "print(1)"],
  [`Thought: t\nCode: ${F}print(1)${F}`, "print(1)"],
  [`${F}x = 1\nprint(x)\n${F}`, "x = 1\nprint(x)"],
]);

check("indented fences", [
  [`1. do it\n   ${F}py\n   for i in x:\n       print(i)\n   ${F}`, "for i in x:\n    print(i)"],
  [`- ${F}python\n  print(1)\n  ${F}\n- done`, "print(1)"],
  [`1. ${F}py\n   x = ${T}\na\n   ${T}\n   print(x)\n   ${F}`, `x = ${T}\na\n${T}\nprint(x)`],
  [`    ${F}py\nif x:\n    print(1)\n    ${F}`, "if x:\n    print(1)"],
  [`\t${F}py\n\tprint(1)\n\t${F}`, "print(1)"],
]);

check("outputs after the code are none", [
  [`${F}py\nprint("x = 3")\n${F}\nThis prints:\n${F}\nx = 3\n${F}`, 'print("x = 3")'],
  [`${F}\nprint("x = 3")\n${F}\nOutput:\n${F}\nx = 3\n${F}`, 'print("x = 3")'],
  [`${F}py\nprint(1)\n${F}\n${F}output\n1\n${F}`, "print(1)"],
  [`${F}python\nprint(1)\n${F}\n${G}\nfoo(1)\n${G}`, "print(1)"],
]);

check("several, unclosed and mixed blocks", [
  [`a\n${F}py\nx = 1\n${F}\nthen\n${F}python\ny = x\n${F}`, "x = 1\n\ny = x"],
  [`<code>\nx = 1\n</code>\nthen\n<code>\ny = x\n</code>`, "x = 1\n\ny = x"],
  [`${F}py\nx = 1\n${F}python\ny = x\n${F}`, "x = 1\n\ny = x"],
  [`Thought: a\n${F}py\nx = 1`, "x = 1"],
  [`Thought: a\n${F}json\n{}\n${F}py\nx = 1\n${F}`, "x = 1"],
  [`<code>\nx = 1\n${F}`, "x = 1"],
  [`${F}py\nx = 1\n<end_code>`, "x = 1"],
  [`Code:\nx = 1\nprint(x)\n${F}<end_code>`, "x = 1\nprint(x)"],
  [`<code>\n${F}py\nx = 1\n</code>`, "x = 1"],
  [`${F}py\n<code>\nx = 1\n</code>\n${F}`, "x = 1"],
  [`<CODE class="python">\nx = 1\n</CODE>`, "x = 1"],
  [`<python>\nx = 1\n</python>`, "x = 1"],
  [`<|python_tag|>print(1)<|eom_id|>`, "print(1)"],
  [`<|python_tag|>x = "<|eom_id|>"\nprint(x)`, `x = "<|eom_id|>"\nprint(x)`],
  [`<|python_tag|>{"name": "area", "parameters": {}}`, null],
  [`Thought: only ${F}\n`, null],
  [`Thought: ${F}py\n\n${F}`, null],
]);

check("half-written ends", [
  ...["<", "<e", "<end", "<end_", "<end_code", "</", "</c", "</code", "`", "``"]
    .map((end): Case => [`Thought: a\n${F}py\nx = 1\nprint(x)\n${end}`, "x = 1\nprint(x)"]),
  ...["</", "</co", "<end_c"].map((end): Case => [`<code>\nprint(1)${end}`, "print(1)"]),
  [`${F}py\nx = '<end_'\n${F}`, "x = '<end_'"],
  [`${F}py\nwhile x <end:\n    x += 1\n${F}`, "while x <end:\n    x += 1"],
]);

check("thinking", [
  [`<think>a</think>b<think>${F}py\nbad()\n${F}</think>\n${F}py\ngood()\n${F}`, "good()"],
  [`${F}py\nbad()\n</think>\n${F}py\ngood()\n${F}`, "good()"],
  [`I could ${F}py\nbad()\n${F} or not.\n</think>\n\n<code>\ngood()\n</code>`, "good()"],
  [`<thinking>\n${F}py\nbad()\n</thinking>\nfinal_answer(1)`, "final_answer(1)"],
  [`<think>\n${F}py\nprint("</think>")\n${F}`, null],
  [`<THINK>x</THINK>\n${F}py\ngood()\n${F}`, "good()"],
  [`İİ <think>x</think>\n${F}py\ngood()\n${F}`, "good()"],
]);

check("thinking by other names", [
  ...[["<thought>", "</thought>"], ["<reasoning>", "</reasoning>"], [
    "<seed:think>",
    "</seed:think>",
  ]]
    .concat([["◁think▷", "◁/think▷"], ["[THINK]", "[/THINK]"]]).flatMap(([begin, end]): Case[] => [
      [`${begin}${F}py\nbad()\n${F}${end}\n${F}py\ngood()\n${F}`, "good()"],
      [`${F}py\nbad()\n${end}\n${F}py\ngood()\n${F}`, "good()"],
      [`${F}py\nx = "${begin}${end}"\nprint(x)\n${F}`, `x = "${begin}${end}"\nprint(x)`],
      [`${begin}still\n${F}py\nbad()\n${F}`, null],
    ]),
]);

check("line ends of Windows", [
  [
    `Thought: a\r\n\r\nCode:\r\n${F}py\r\nx = ${T}\r\n${F}\r\n${T}\r\n${F}\r\n`,
    `x = ${T}\n${F}\n${T}`,
  ],
  [`<code>\r\nx = 1\r\n</code>\r\n`, "x = 1"],
  [`${F}py\r\nx = 'a\\\r\nb'\r\nprint(x)\r\n${F}`, "x = 'a\\\nb'\nprint(x)"],
]);

check("a language on a line of its own, text that looks like Python", [
  [`Thought: t\n${F}\npython\nprint(1)\n${F}`, "print(1)"],
  [`Code:\n${F}\npy\nprint(1)\n${F}`, "print(1)"],
  ['"The answer is 4."', null],
  ["'''python\nprint(1)\n'''", null],
  ["Thought: x = 1", null],
  ["Answer: n = 5", null],
  ["total: int = 3\nprint(total)", "total: int = 3\nprint(total)"],
  ["'''Adds.'''\nprint(1)", "'''Adds.'''\nprint(1)"],
  [`<code>${F}python\nprint(1)\n${F}</code>`, "print(1)"],
  [`<pre><code class="language-python">\nprint(1)\n</code></pre>`, "print(1)"],
  ["<code>print(1)</code> and <code>print(2)</code>", "print(1)\n\nprint(2)"],
  [`${F}python\nprint(1)\n${F}python`, "print(1)"],
]);

check("bare Python and prose", [
  ["if x:\n    a()\nelse:\n    b()", "if x:\n    a()\nelse:\n    b()"],
  [
    "def f(\n    a,\n):\n    return a\n\nprint(f(1))",
    "def f(\n    a,\n):\n    return a\n\nprint(f(1))",
  ],
  ["x = [\n1,\n2]\nfinal_answer(x)", "x = [\n1,\n2]\nfinal_answer(x)"],
  ["for example, we could count them.", null],
  ["The value x = 3 is right.", null],
  ["If n is even: halve it.", null],
  ["Thought: the Observation: says three.\nCode:\nprint(3)", "print(3)"],
]);

Deno.test("a model's own end of turn ends the code, and not within strings", () => {
  const ends = [
    "</s>",
    "<eos>",
    "<end_of_turn>",
    "<turn|>",
    "<|return|>",
    "<|call|>",
    "<|eot_id|>",
  ];
  for (const end of [...ends, "<｜end▁of▁sentence｜>"]) {
    const code = `print("${end}")`;
    for (const turn of [`${F}py\n${code}`, `<code>\n${code}\n`, `Code:\n${F}\n${code}\n${F}`]) {
      assert.equal(parseAction(turn + end).code, code, turn + end);
    }
  }
});

Deno.test("a block in a quotation of Markdown is read without its marks", () => {
  const quoted = (code: string) => `> ${F}py\n> ${code.replaceAll("\n", "\n> ")}\n> ${F}`;
  for (const code of ["print(1)", "x = 1\nprint(x > 0)", "for i in x:\n    print(i)"]) {
    assert.equal(parseAction(`As planned:\n${quoted(code)}`).code, code);
  }
  assert.equal(parseAction(`${F}py\nprint(1)\n> 2\n${F}`).code, "print(1)\n> 2");
});

Deno.test("a turn's thought keeps what is not code, without hidden reasoning", () => {
  const table = `${F}\na | b\n${F}`;
  const turn =
    `<think>hm</think>**Thought:** the table\n${table}\nis short.\nCode:\n${F}py\nprint(1)\n${F}`;
  assert.equal(parseAction(turn).thought, `the table\n${table}\nis short.`);
  assert.equal(parseAction("Thought: a\n**Code:**\n```py\nf()\n```").thought, "a");
  assert.equal(parseAction("Thought: only this\n</code>").thought, "only this");
});

Deno.test("stops within the strings and comments of code do not cut a turn", () => {
  const whole = `Thought: t\n${F}py\nprint("Observation: <end_code>")  # Calling tools:\n${F}`;
  assert.equal(cutAtStop(`${whole}<end_code>\nObservation: x`, agentStopSequences), whole);
  assert.equal(cutAtStop(`${whole}\nObservation: x`, agentStopSequences), `${whole}\n`);
  assert.equal(cutAtStop(`print("Observation: x`, agentStopSequences), `print("`);
  assert.equal(cutAtStop("Thought: Observation: x", agentStopSequences), "Thought: ");
});

Deno.test("thinking is taken off, and not out of strings", () => {
  const code = `${F}py\nx = "<think>" + ${T}\n</think>\n${T}\n${F}`;
  assert.equal(stripThinking(code), code);
  assert.equal(stripThinking(`<think>\nno\n</think>\n\n${code}`), code);
  assert.equal(stripThinking(`so ${F}py\nbad("\n</think>\n${code}`), code);
});

Deno.test("a turn that is too long is refused, and its length named", () => {
  const { code, problem } = parseAction(`${F}py\nprint(1)\n${F}` + " ".repeat(1_000_000));
  assert.equal(code, null);
  assert.match(problem!, /too long: 10000\d\d characters, at most 1000000/);
});
