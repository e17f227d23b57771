import { fromPython } from "./python_forms.ts";
import { groupEnd } from "./scan_groups.ts";

const UNICODE: Readonly<Record<string, string>> = {
  "−": "-",
  "–": "-",
  "—": "-",
  "×": "\\times ",
  "·": "\\cdot ",
  "⋅": "\\cdot ",
  "∙": "\\cdot ",
  "÷": "/",
  "∕": "/",
  "⁄": "/",
  "π": "\\pi ",
  "α": "\\alpha ",
  "β": "\\beta ",
  "γ": "\\gamma ",
  "δ": "\\delta ",
  "ε": "\\epsilon ",
  "θ": "\\theta ",
  "λ": "\\lambda ",
  "μ": "\\mu ",
  "φ": "\\phi ",
  "ω": "\\omega ",
  "∞": "\\infty ",
  "∪": "\\cup ",
  "∩": "\\cap ",
  "∈": "\\in ",
  "∅": "\\emptyset ",
  "ℝ": "\\mathbb{R}",
  "≤": "\\leq ",
  "≥": "\\geq ",
  "⩽": "\\leq ",
  "⩾": "\\geq ",
  "≠": "\\neq ",
  "≈": "\\approx ",
  "≡": "\\equiv ",
  "±": "\\pm ",
  "∓": "\\mp ",
  "°": "^\\circ ",
  "′": "'",
  "’": "'",
  "⌊": "\\lfloor ",
  "⌋": "\\rfloor ",
  "⌈": "\\lceil ",
  "⌉": "\\rceil ",
  "⟨": "\\langle ",
  "⟩": "\\rangle ",
  "…": "\\ldots ",
  "⋯": "\\cdots ",
  "½": "\\frac{1}{2}",
  "⅓": "\\frac{1}{3}",
  "⅔": "\\frac{2}{3}",
  "¼": "\\frac{1}{4}",
  "¾": "\\frac{3}{4}",
  "％": "%",
  "\u00a0": " ",
  "\u2009": " ",
  "\u202f": " ",
};
const UNICODE_PATTERN = new RegExp(`[${Object.keys(UNICODE).join("")}]`, "g");
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ";
const LOWERED = "₀₁₂₃₄₅₆₇₈₉";

/** Raised and lowered digits as `^{..}` and `_{..}`. */
function fromSmallDigits(text: string): string {
  return text
    .replace(
      /[⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ]+/g,
      (run) => `^{${[...run].map((c) => "0123456789-n"[RAISED.indexOf(c)]).join("")}}`,
    )
    .replace(/[₀-₉]+/g, (run) => `_{${[...run].map((c) => LOWERED.indexOf(c)).join("")}}`);
}

/** Commands that say the same as another. */
const SPELLINGS: readonly (readonly [pattern: RegExp, spelling: string])[] = [
  [
    /\\(?:left|right|middle|[bB]igg?[lrm]?|displaystyle|textstyle|limits|nolimits)(?![a-zA-Z])\.?/g,
    "",
  ],
  [/\s*\{,\s*\}\s*/g, ","],
  [/,\\!\s*/g, ","],
  [/(?<![a-zA-Z])([ap])\.\s?m\.?(?![a-zA-Z])/gi, "$1m"],
  [/^(?:negative|minus)\s+(?=[\d\\.])/i, "-"],
  [/\\[!]/g, ""],
  // A line break of a matrix before a space is no spacing command.
  [/(?<!\\)\\[,;:> ]|~|\\(?:quad|qquad|thinspace|enspace|hfill)(?![a-zA-Z])/g, " "],
  [/\\(?:[dtc]frac)(?![a-zA-Z])/g, "\\frac"],
  [/\\(?:[dt]binom)(?![a-zA-Z])/g, "\\binom"],
  // A single letter in roman type is a symbol, not a word.
  [/\\(?:mathrm|mathit|operatorname|mathop|rm)\s*\{\s*([a-zA-Z])\s*\}/g, " $1 "],
  [/\\(?:mathrm|rm)\s+([a-zA-Z])(?![a-zA-Z])/g, " $1 "],
  [/\\operatorname\*/g, "\\operatorname"],
  [
    /\\(?:mbox|hbox|textrm|textbf|textit|textup|textnormal|textsf|texttt|mathrm|mathit|mathsf|bold)(?![a-zA-Z])/g,
    "\\text",
  ],
  [/\\(?:mathbf|boldsymbol|bm)\s*\{([^{}a-zA-Z]*)\}/g, "$1"],
  [/\\(?:mathbf|boldsymbol|bm)(?=\s*\{[A-Za-z]{2,}\})/g, "\\text"],
  [/\\bm(?![a-zA-Z])/g, "\\mathbf"],
  [/\\(?:le|leqslant|leqq)(?![a-zA-Z])|<=/g, "\\leq "],
  [/\\(?:ge|geqslant|geqq)(?![a-zA-Z])|>=/g, "\\geq "],
  [/\\lt(?![a-zA-Z])/g, "<"],
  [/\\gt(?![a-zA-Z])/g, ">"],
  [/\\(?:ne|not\s*=)(?![a-zA-Z])/g, "\\neq "],
  // 5!=120 is a factorial.
  [/(?<![\d)}!])!=/g, "\\neq "],
  [/==/g, "="],
  [/\\(?:lor|vee)(?![a-zA-Z])(?=.*[<>=]|.*\\[lgn]eq)/g, "\\text{ or }"],
  [/\\(?:land|wedge)(?![a-zA-Z])(?=.*[<>=]|.*\\[lgn]eq)/g, "\\text{ and }"],
  [/\{([^{}]*)\\choose(?![a-zA-Z])([^{}]*)\}/g, "\\binom{$1}{$2}"],
  [/^(\w+)\s*\\choose(?![a-zA-Z])\s*(\w+)$/, "\\binom{$1}{$2}"],
  [/\\colon(?![a-zA-Z])/g, ":"],
  [/\\(?:degree|deg)(?![a-zA-Z])/g, "^\\circ"],
  [/\^\s*\{\s*\\circ\s*\}/g, "^\\circ"],
  [/\\(?:lbrace)(?![a-zA-Z])/g, "\\{"],
  [/\\(?:rbrace)(?![a-zA-Z])/g, "\\}"],
  [/\\(?:lbrack)(?![a-zA-Z])/g, "["],
  [/\\(?:rbrack)(?![a-zA-Z])/g, "]"],
  [/\\(?:lvert|rvert|vert)(?![a-zA-Z])/g, "|"],
  // In a conditional probability, \mid is a bar.
  [/(?<=P\s*\([^()]{0,100})\\mid(?![a-zA-Z])\s*/g, "|"],
  [
    /\\mathbb\s*(?:\{R\}|R)(?!\s*(?:[\^_]|\\(?:times|backslash)))|\\R(?![a-zA-Z])/g,
    "(-\\infty,\\infty)",
  ],
  [/\\text\s*\{\s*all real numbers\s*\}/g, "(-\\infty,\\infty)"],
  [/^all real numbers$/i, "(-\\infty,\\infty)"],
  [/\\(?:varnothing|emptyset)(?![a-zA-Z])/g, "\\{\\}"],
  [/\\begin\{array\}\s*(?:\[[a-z]\])?\{[^{}]*\}/g, "\\begin{array}"],
  [/\|\s*\\begin\{array\}([\s\S]*?)\\end\{array\}\s*\|/g, "\\begin{vmatrix}$1\\end{vmatrix}"],
  [
    /[[(]\s*\\begin\{(?:array|matrix|smallmatrix)\}([\s\S]*?)\\end\{(?:array|matrix|smallmatrix)\}\s*[\])]/g,
    "\\begin{pmatrix}$1\\end{pmatrix}",
  ],
  [/\\(begin|end)\{(?:[bB]|small|[bp]small)?matrix\*?\}/g, "\\$1{pmatrix}"],
  [/\\(begin|end)\{(?:array|[dr]cases|aligned|align\*?|gathered|split)\}/g, "\\$1{cases}"],
  [/\\(?:hline|cline\{[^{}]*\})/g, " "],
  [/\\?\$|€|£/g, ""],
  [/\\%|(?<!\\)%/g, "\\%"],
];

/**
 * An answer's text in one spelling: mathematics delimiters, sizes, spacing and currency signs gone;
 * one name for each command; arguments of `\frac` and `\sqrt` in braces; Python's spelling turned
 * into LaTeX's.
 */
export function cleanAnswer(raw: string): string {
  let text = fromSmallDigits(raw.trim().replace(UNICODE_PATTERN, (c) => UNICODE[c]));
  text = text.replace(/√\s*\(([^()]*)\)/g, "\\sqrt{$1}").replace(/√\s*(\w+)/g, "\\sqrt{$1}");
  text = stripWrappers(text);
  // A sum of money: the sign in front becomes a unit behind.
  const money = /^(-?)\s*\\?\$\s*(-?[\d.\\][^$a-z]*)$/.exec(text) ??
    /^(-?)\s*\\?\$\s*(-?\\[dt]?frac[^$]*)$/.exec(text);
  if (money !== null && !text.includes("\\text")) text = `${money[1]}${money[2]}\\text{ dollars}`;
  for (const [pattern, spelling] of SPELLINGS) text = text.replace(pattern, spelling);
  // With a congruence every modulus is that of a residue; else \bmod is an operation.
  const isCongruence = /\\equiv(?![a-zA-Z])/.test(text);
  const modulo = isCongruence ? "\\pmod " : "\\bmod ";
  text = text.replace(/\\equiv(?![a-zA-Z])/g, "=")
    .replace(/\(\s*\\?b?mod(?![a-zA-Z])\s*([^()]*)\)/g, "\\pmod{$1}")
    .replace(/\\b?mod(?![a-zA-Z])|(?<=[\s\d})])mod(?=[\s\d{(])/g, modulo);
  text = braceArguments(text, "\\frac", 2);
  text = braceArguments(text, "\\sqrt", 1);
  text = fromPython(text);
  return text.replace(/\s+/g, " ").trim();
}

/** Removes whatever wraps the whole answer and is not part of it. */
function stripWrappers(text: string): string {
  for (;;) {
    const before = text;
    text = text.trim().replace(/(?:\\[,;:! ]?|[.,;:])+$/, "").replace(/^=/, "").trim();
    for (
      const [open, close] of [
        ["$$", "$$"],
        ["$", "$"],
        ["\\(", "\\)"],
        ["\\[", "\\]"],
        [
          "**",
          "**",
        ],
        ["*", "*"],
        ["`", "`"],
      ]
    ) {
      if (
        text.length > open.length + close.length && text.startsWith(open) && text.endsWith(close) &&
        !text.slice(open.length, -close.length).includes(open)
      ) text = text.slice(open.length, -close.length).trim();
    }
    const box = /^\\(?:boxed|fbox)\s*\{/.exec(text);
    if (box !== null && groupEnd(text, box[0].length - 1) === text.length) {
      text = text.slice(box[0].length, -1);
    }
    if (text === before) return text;
  }
}

/** `\frac12` as `\frac{1}{2}`, `\sqrt x` as `\sqrt{x}`. */
function braceArguments(text: string, command: string, count: number): string {
  let out = "";
  let at = 0;
  for (;;) {
    const found = text.indexOf(command, at);
    const after = found + command.length;
    if (found === -1) return out + text.slice(at);
    out += text.slice(at, after);
    at = after;
    if (/[a-zA-Z]/.test(text[after] ?? "")) continue;
    // The optional argument of \sqrt[3]{8} stays as it is.
    const optional = /^\s*\[[^\]]*\]/.exec(text.slice(at));
    if (command === "\\sqrt" && optional !== null) {
      out += optional[0];
      at += optional[0].length;
    }
    for (let i = 0; i < count; i++) {
      while (text[at] === " ") at++;
      if (at >= text.length) return out;
      if (text[at] === "{") {
        const end = groupEnd(text, at);
        if (end === -1) return out + text.slice(at);
        out += `{${braceArguments(text.slice(at + 1, end - 1), command, count)}}`;
        at = end;
      } else {
        const token = /^(?:\\[a-zA-Z]+|\\?[\s\S])/.exec(text.slice(at))![0];
        out += `{${token}}`;
        at += token.length;
      }
    }
  }
}
