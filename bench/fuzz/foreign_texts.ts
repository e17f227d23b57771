import type { Random } from "@potstill";

const F = "```";

/** What turns of models are made of, and what they should not be made of. */
const PIECES: readonly string[] = [
  F,
  `${F}py\n`,
  `${F}python\n`,
  `${F}json\n`,
  `\n${F}\n`,
  `\n${F}<end_code>`,
  "~~~",
  "\n~~~\n",
  "````",
  "`",
  "``",
  "<code>",
  "</code>",
  "<code>\n",
  "\n</code>",
  "<end_code>",
  "</end_code>",
  "<think>",
  "</think>",
  "<thinking>",
  "</thinking>",
  "<|python_tag|>",
  "<|eom_id|>",
  "<|im_end|>",
  "<tool_call>",
  "</tool_call>",
  '{"name": "f", "arguments": {}}',
  "</",
  "<",
  "<e",
  "</co",
  "Thought: ",
  "Thought:\n",
  "**Thought:**",
  "Code:",
  "Code:\n",
  "\nCode:\n",
  "Observation:",
  "\nObservation:\n",
  "Calling tools:\n",
  "Error:\n",
  "Execution logs:\n",
  "New task:\n",
  "Last output from code snippet:\n",
  "Call id: c1\n",
  "Reached max steps",
  "AgentParsingError",
  "print(1)\n",
  "x = 1\n",
  "for i in x:\n    ",
  "def f(a):\n    return a\n",
  "import math\n",
  "final_answer(",
  "final_answer = ",
  "final_answer(42)",
  'web_search("a")',
  "class A:\n    pass\n",
  "'",
  '"',
  "'''",
  '"""',
  "r'",
  'f"',
  "f'{",
  "f'''{",
  "{",
  "}",
  "{{",
  "}}",
  "[",
  "]",
  "(",
  ")",
  "\\",
  "\\\n",
  "#",
  "# ",
  "!r",
  ":>10",
  "\n",
  "\r\n",
  "\r",
  " ",
  "    ",
  "\t",
  "\u2028",
  "\u00a0",
  "\0",
  "a",
  "the ",
  "Ærø ",
  "😀",
  "\ud83d",
  "\udc00",
  "e\u0301",
  "$\\frac{1}{2}$",
  "\\boxed{7}",
  "1,000",
  "The answer is 4.",
  'title="x"',
  "1. ",
  "- ",
  "> ",
  "\n\n",
  "</script>",
  "&amp;",
  "%E0%A4%A",
];

/** A text of random pieces. */
export function randomText(random: Random, most = 30): string {
  return Array.from({ length: random.integer(0, most) }, () => random.pick(PIECES)).join("");
}

/** A text with some of it taken out, doubled, moved, replaced, or put in from elsewhere. */
export function mutatedText(text: string, random: Random): string {
  let out = text;
  for (let n = random.integer(1, 4); n > 0; n--) {
    const at = random.integer(0, out.length);
    const end = Math.min(out.length, at + random.integer(0, 12));
    const part = out.slice(at, end);
    out = random.pick<() => string>([
      () => out.slice(0, at) + out.slice(end),
      () => out.slice(0, at) + part + part + out.slice(end),
      () => out.slice(0, at),
      () => out.slice(end),
      () => out.slice(0, at) + random.pick(PIECES) + out.slice(at),
      () => out.slice(0, at) + random.pick(PIECES) + out.slice(end),
      () => out.slice(0, at) + part.repeat(random.integer(2, 300)) + out.slice(end),
      () => out.slice(0, at) + String.fromCharCode(random.integer(0, 65535)) + out.slice(at),
    ])();
  }
  return out.slice(0, 20_000);
}

/** Values that stand where others are expected. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, 1, -1, 0.5, 1e308, "", " ", "x", "constructor", "__proto__", [], {}, [
    [],
  ]],
  [null],
  ["x"],
  { role: "user" },
  { text: "x" },
  [{ type: "text", text: "x" }],
  "\ud83d",
  "1",
];

/** A JSON value with some of its parts replaced, left out, renamed, repeated or nested. */
export function mutatedValue(value: unknown, random: Random): unknown {
  const copy = structuredClone(value);
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const visit = (holder: unknown) => {
    if (holder === null || typeof holder !== "object") return;
    for (const key of Object.keys(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key });
      visit((holder as Record<string, unknown>)[key]);
    }
  };
  visit(copy);
  for (let n = random.integer(1, 4); n > 0 && places.length > 0; n--) {
    const { holder, key } = random.pick(places);
    const old = holder[key];
    random.pick<() => void>([
      () => holder[key] = random.pick(VALUES),
      () => holder[key] = [old],
      () => holder[key] = { [key]: old },
      () => delete holder[key],
      () => {
        delete holder[key];
        holder[random.pick(["role", "from", "content", "value", "weight", "train", "tool_calls"])] =
          old;
      },
      () => holder[random.pick(["weight", "loss_mask", "train", "reasoning_content"])] = old,
      () => holder[key] = typeof old === "string" ? mutatedText(old, random) : old,
      () => holder[key] = randomText(random),
      () => holder[key] = Array.isArray(old) ? [...old, ...old] : old,
    ])();
  }
  return random.chance(0.02) ? random.pick(VALUES) : JSON.parse(JSON.stringify(copy));
}
