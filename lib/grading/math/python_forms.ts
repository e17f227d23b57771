import { groupEnd, splitOutside } from "./scan_groups.ts";

const FUNCTIONS = "a?(?:sin|cos|tan)h?|arc(?:sin|cos|tan)|cot|sec|csc|ln|log|lg|gcd|max|min";

/** LaTeX forms of Python's calls, made from their arguments. */
const CALLS: readonly (readonly [names: string, make: (...args: string[]) => string | null])[] = [
  ["sqrt", (x) => `\\sqrt{${x}}`],
  ["cbrt", (x) => `\\sqrt[3]{${x}}`],
  ["root", (x, n) => n === undefined ? null : `\\sqrt[${n}]{${x}}`],
  ["exp", (x) => `e^{${x}}`],
  ["[Aa]bs|fabs", (x) => `|${x}|`],
  ["floor", (x) => `\\lfloor ${x}\\rfloor`],
  ["ceil|ceiling", (x) => `\\lceil ${x}\\rceil`],
  ["factorial", (x) => `(${x})!`],
  ["binomial|binom|comb|nCr", (n, k) => k === undefined ? null : `\\binom{${n}}{${k}}`],
  ["lcm", (...xs) => `\\operatorname{lcm}(${xs.join()})`],
  ["Mod", (a, b) => b === undefined ? null : `((${a})\\bmod (${b}))`],
  ["Max", (...xs) => `\\max(${xs.join()})`],
  ["Min", (...xs) => `\\min(${xs.join()})`],
  ["Sum", (term, range) => series("\\sum", term, range)],
  ["Product", (term, range) => series("\\prod", term, range)],
  ["Piecewise", (...rows) => `\\begin{cases}${rows.map(caseRow).join("\\\\")}\\end{cases}`],
  ["log2", (x) => `\\log_{2}(${x})`],
  ["log10", (x) => `\\log_{10}(${x})`],
  ["Rational|Fraction", (a, b) => `\\frac{${a}}{${b ?? "1"}}`],
  ["Integer|Float|Decimal|mpf|float|int|S|simplify|N", (x) => x.replace(/^'(.*)'$/, "$1")],
  ["np\\.(?:float|int|uint)\\d+", (x) => x],
  ["complex", (a, b) => `(${a}+(${b ?? "0"})i)`],
  [
    "FiniteSet|set|frozenset",
    (...xs) => `\\{${xs.join().replace(/^\\?[[{(](.*)\\?[\]})]$/, "$1")}\\}`,
  ],
  ["Interval\\.open", (a, b) => `(${a},${b})`],
  ["Interval\\.Lopen", (a, b) => `(${a},${b}]`],
  ["Interval\\.Ropen", (a, b) => `[${a},${b})`],
  [
    "Interval",
    (a, b, left, right) => `${left === "True" ? "(" : "["}${a},${b}${right === "True" ? ")" : "]"}`,
  ],
  ["Union", (...xs) => xs.join("\\cup ")],
  ["Eq", (a, b) => `${a}=${b}`],
  ["Tuple|tuple", (...xs) => `(${xs.join().replace(/^\((.*)\)$/, "$1")})`],
  ["list|sorted", (x) => x],
];

/** `k, (k, 1, n)` as a sum or product. */
function series(command: string, term: string, range = ""): string | null {
  const [index, from, to] = splitOutside(range.replace(/^\(|\)$/g, ""), /,/);
  return to === undefined ? null : `${command}_{${index}=${from}}^{${to}}(${term})`;
}

/** `(x, x > 0)` as a row of a case distinction. */
function caseRow(row: string): string {
  const [value, condition = "True"] = splitOutside(row.replace(/^\(|\)$/g, ""), /,/);
  return `${value} & ${condition === "True" ? "\\text{otherwise}" : condition}`;
}

const CONSTANT_NAMES = /a?(?:sin|cos|tan)h?|cot|sec|csc|ln|log|exp|sqrt|cbrt|pi|Abs|abs|I|E/g;

/** Python's and plain text's spellings of numbers, powers, roots, functions, sets and matrices. */
export function fromPython(text: string): string {
  // sympy's E, where nothing else could be meant by a letter.
  const isConstant = /E\s*\*|\*\s*E(?![a-zA-Z])/.test(text) &&
    !/[a-zA-Z\\]/.test(text.replace(CONSTANT_NAMES, ""));
  if (isConstant) text = text.replace(/(?<![a-zA-Z])E(?![a-zA-Z])/g, "e");
  let out = text.replace(/\*\*/g, "^").replace(/\*/g, "\\cdot ")
    .replace(/(?<![\\a-zA-Z])(?:oo|inf(?:inity)?)(?![a-zA-Z])/gi, "\\infty ")
    .replace(/(?<![\\a-zA-Z])pi(?![a-zA-Z])/g, "\\pi ")
    .replace(
      /(?<![\\a-zA-Z_.])(?:math|sympy|sp|np|numpy|cmath|fractions)\.(?=[a-zA-Z])(?!(?:float|int|uint)\d|array)/g,
      "",
    )
    .replace(/(?<![\\a-zA-Z{])(?:EmptySet|set\(\))(?![a-zA-Z(])/g, "\\{\\}");
  if (/[a-zA-Z0-9]\s*\(/.test(out)) {
    for (const [names, make] of CALLS) out = replaceCall(out, names, make);
  }
  out = out.replace(new RegExp(`(?<![\\\\a-zA-Z{])(${FUNCTIONS})(?=\\s*[(_])`, "g"), "\\$1");
  out = out.replace(/(?<=\\cdot |[+-]\s*)I(?![a-zA-Z])/g, "i");
  // 1j and (3+4j) are Python's; elsewhere j is a letter.
  if (/^\(?\s*[-+]?[\d.]*\s*(?:[-+]\s*)?\d[\d.]*j\s*\)?$/.test(out)) out = out.replace("j", "i");
  // x^(n+1) and e^(2x): LaTeX would raise to the bracket only.
  for (let at = out.indexOf("^("); at !== -1; at = out.indexOf("^(", at + 1)) {
    const end = groupEnd(out, at + 1);
    if (end === -1) break;
    out = `${out.slice(0, at)}^{${out.slice(at + 2, end - 1)}}${out.slice(end)}`;
  }
  // x^12 without braces means 12 in Python and in plain text; in LaTeX nobody writes x^12 for x^1 2.
  return out.replace(/\^(-?\d{2,})/g, "^{$1}").replace(/\^(-\d)/g, "^{$1}");
}

function replaceCall(
  text: string,
  names: string,
  make: (...args: string[]) => string | null,
): string {
  const call = new RegExp(
    `(?<![\\\\a-zA-Z.])(?<!\\\\(?:operatorname|text)\{)(?:${names})\\s*\\(`,
    "g",
  );
  // Each pass ends further right or makes the text shorter by a call; the number of calls bounds both.
  for (let match = call.exec(text); match !== null; match = call.exec(text)) {
    const open = match.index + match[0].length - 1;
    const end = groupEnd(text, open);
    if (end === -1) return text;
    const made = make(...splitOutside(text.slice(open + 1, end - 1), /,/));
    if (made === null) continue;
    text = text.slice(0, match.index) + made + text.slice(end);
    call.lastIndex = match.index;
  }
  return text;
}
