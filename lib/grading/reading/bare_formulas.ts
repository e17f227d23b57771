/** A formula or number that stands in a sentence without delimiters. */
export interface BareFormula {
  /** Beginning in the text. */
  readonly start: number;
  /** Its text. */
  readonly text: string;
}

const TOKEN =
  /\\[a-zA-Z]+|\\[{}|,;!% ]|\d{1,9}(?::\d{1,9})+|\d+(?:,\d{3,})*(?:\.\d+)?(?:[eE][-+]?\d+)?%?|\.\d+|\p{L}+|\s+|./gu;
const OPERATOR = /^(?:[-+−*/×·⋅÷^_<>≤≥±|!]|\\(?:cdot|times|div|pm|mp|leq?|geq?|lt|gt|cup|cap))$/;
const BRACKET = /^(?:[()[\]{}]|\\[{}])$/;
const SYMBOL = /^[√π∞²³⁴°½⅓⅔¼¾]$/u;
/** Parts that make a run a formula: a number, or one of these. */
const VALUE = /^(?:[π∞½⅓⅔¼¾]|\\[a-zA-Z]+)$/u;
const FUNCTION = /^(?:sqrt|sin|cos|tan|cot|sec|csc|log|ln|exp|pi|binom|abs|min|max|gcd|lcm)$/;
/** Letters that stand for numbers; others beside a number are units. */
const VARIABLE = /^[abknpqrtuvwxyzABCPRXYZ]$/;
const WORDED = /^\\(?:text|textbf|textit|mbox|boxed|fbox|quad|qquad|begin|end)$/;

type Kind =
  | "number"
  | "operator"
  | "open"
  | "close"
  | "letter"
  | "command"
  | "space"
  | "comma"
  | "stop";

function kindOf(token: string): Kind {
  if (/^\s|^\\[,;! ]$/.test(token)) return "space";
  if (/^\.?\d/.test(token)) return "number";
  if (OPERATOR.test(token)) return "operator";
  if (BRACKET.test(token)) return /[([{]$/.test(token) ? "open" : "close";
  if (WORDED.test(token)) return "stop";
  if (/^\\[a-zA-Z|%]/.test(token) || FUNCTION.test(token) || SYMBOL.test(token)) return "command";
  if (VARIABLE.test(token)) return "letter";
  return token === "," ? "comma" : "stop";
}

/**
 * The formulas and numbers of a text without delimiters, in order: what stands together of numbers,
 * symbols, commands, operators and brackets. Words, equals signs and full stops end one.
 */
export function bareFormulas(text: string): BareFormula[] {
  const tokens = [...text.matchAll(TOKEN)].map(({ index, 0: token }) => ({
    index,
    token,
    kind: kindOf(token),
  }));
  const found: BareFormula[] = [];
  let run: typeof tokens = [];
  let depth = 0;
  const end = () => {
    found.push(...formulaOf(run));
    [run, depth] = [[], 0];
  };
  tokens.forEach((token, i) => {
    const { kind } = token;
    const next = tokens[i + 1]?.kind ?? "stop";
    const last = run.at(-1)?.kind ?? "stop";
    if (kind === "stop" || (kind === "comma" && depth === 0)) return end();
    const isMixed = last === "number" &&
      /^ \d{1,3}\/\d/.test(text.slice(token.index, token.index + 6)) &&
      run.at(-1)!.token.length <= 3;
    if (kind === "space" && depth === 0 && !isMixed && !joins(last, next)) return end();
    if (kind === "open") depth++;
    else if (kind === "close") depth = Math.max(0, depth - 1);
    run.push(token);
  });
  end();
  return found;
}

/** True if a space between two parts stands within one formula. */
function joins(before: Kind, after: Kind): boolean {
  if (before === "operator" || after === "operator") return true;
  return (before === "number" || before === "close") && after === "command" ||
    before === "command" && (after === "number" || after === "open");
}

function formulaOf(
  run: readonly { readonly index: number; readonly token: string; readonly kind: Kind }[],
): BareFormula[] {
  let [from, to] = [0, run.length];
  const isEdge = (i: number) => run[i].kind === "space" || run[i].kind === "comma";
  const isSign = (i: number) =>
    /^[-+−√]$/.test(run[i].token) && i + 1 < to && run[i + 1].kind !== "space";
  while (from < to && (isEdge(from) || (run[from].kind === "operator" && !isSign(from)))) from++;
  while (
    from < to && (isEdge(to - 1) || (run[to - 1].kind === "operator" && run[to - 1].token !== "!"))
  ) to--;
  const kept = run.slice(from, to);
  if (!kept.some(({ kind, token }) => kind === "number" || VALUE.test(token))) return [];
  const text = kept.map(({ token }) => token).join("");
  if (isBalanced(kept)) return [{ start: kept[0].index, text }];
  // A command whose argument was cut.
  if (/\\[a-zA-Z]+\s?\{/.test(text)) return [];
  return kept.filter(({ kind }) => kind === "number").map(({ index, token }) => ({
    start: index,
    text: token,
  }));
}

function isBalanced(run: readonly { readonly kind: Kind }[]): boolean {
  let depth = 0;
  for (const { kind } of run) {
    if (kind === "open") depth++;
    else if (kind === "close" && --depth < 0) return false;
  }
  return depth === 0;
}
