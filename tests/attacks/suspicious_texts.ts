/** Units that a reader may stumble over when they come again and again. */
const UNITS: readonly string[] = [
  ...[" ", "\n", "\t", "\r", "\r\n", "\u00a0", "\u2028", "a", "A", "1", "0", "a ", "A. ", "1 "],
  ...["`", "``", "```", "```\n", "```py\n", "```x\n```\n", "``` a ", "~~~", "~~~\n", "- ```py\n"],
  ...["<think>", "</think>", "<code>", "</code>", "<code>\n", "<", ">", "</", "<end", "<end_code>"],
  ...["(", ")", "()", "[", "]", "[[", "{", "}", "{}", "$", "$$", "$a$", "\\", "\\\\", "\\(", "\\["],
  ...["'", '"', "''", "'''", '"""', "f'{", 'f"{x', "f'''{\n", "'\\", "\\'", '{"a": "', '{"'],
  ...[
    ",",
    ", ",
    ".",
    ". ",
    ";",
    ":",
    "-",
    "--",
    "+",
    "*",
    "**",
    "**a",
    "/",
    "//",
    "=",
    "==",
    "x = ",
  ],
  ...[
    "#",
    "# ",
    "## ",
    "####",
    "#### 1",
    "# ```\n",
    "%",
    "&",
    "&amp;",
    "|",
    "||",
    "_",
    "^",
    "^{",
    "~",
  ],
  ...[
    "Answer: ",
    "answer is ",
    "The answer is",
    "final_answer(",
    "final_answer ",
    "Thought:",
    "Code:",
  ],
  ...["Code:\n", "Observation:", "\nObservation: ", "Error:\n", "Task: ", "\nQuestion:", "Passage"],
  ...[
    "Call id: ",
    "maximum number of ",
    "'arguments': '",
    "\\boxed{",
    "\\boxed",
    "\\text{",
    "\\frac{1}",
  ],
  ...[
    "\\frac",
    "\\sqrt",
    "\\begin{pmatrix}",
    "\\left(",
    "1,000",
    "1,",
    "1.",
    "1/",
    "1e",
    "10 000 ",
  ],
  ...[
    "import a\n",
    "x(",
    "===== Document 1 =====\n",
    "e\u0301",
    "\u0301",
    "\u200b",
    "é",
    "😀",
    "\ud83d",
    "あ",
  ],
  ...[
    "hi",
    "the ",
    "and ",
    "or ",
    "A) ",
    "(A) ",
    "<|im_end|>",
    "{{",
    "{% ",
    "%E0",
    "http://a.b/",
    "a.b",
  ],
  ..."!?@".split(""),
];
/** What comes before, and puts a reader into another state. */
const BEGINNINGS: readonly string[] = ["", "```py\n", "Thought: ", "The answer is "];

/** A text of one unit, again and again. */
export interface SuspiciousText {
  /** What it is made of, for messages. */
  readonly name: string;
  /** The text. */
  readonly text: string;
}

/** Texts of `length` characters, each of one unit. @param beginnings whether also after other text */
export function* suspiciousTexts(length: number, beginnings = false): Generator<SuspiciousText> {
  for (const before of beginnings ? BEGINNINGS : [""]) {
    for (const unit of UNITS) {
      const body = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      yield { name: JSON.stringify(`${before}${unit}`), text: before + body };
    }
  }
}
