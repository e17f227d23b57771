import type { ExpressionAnswer } from "./math_answer.ts";
import { isKnownUnit, readUnit, type WrittenUnit } from "./units.ts";

const PLAIN_WORDS =
  /(?<=[\d})])(\s*)((?:[A-Za-z]+\.?(?:\/[A-Za-z]+)?)(?:\s+[A-Za-z]+\.?)*(?:\s*\^\{?[23]\}?)?)$/;
const NOT_UNITS =
  /(?:^|\s)(?:pi|mod|sin|cos|tan|log|ln|and|or|if|for|where|when|choose|is|are|was|were|not|no|more|less|least|most|than|to|but|except|impossible|infinit\w*|false|wrong)(?:\s|$)/i;
const PERCENT = /^(?:\\?%|percent(?:age)?|per cent|pct\.?)$/i;
const DEGREES = /^(?:degrees?|deg)$/i;
/** Words that multiply the number before them. */
const SCALES: Readonly<Record<string, number>> = {
  dozen: 12,
  hundred: 100,
  thousand: 1_000,
  million: 1_000_000,
  billion: 1_000_000_000,
  trillion: 1_000_000_000_000,
};

interface Marks {
  unit?: WrittenUnit;
  percent?: boolean;
  degrees?: boolean;
  base?: string;
  modulus?: string;
}

/** A single value: its unit, percent sign, degree sign, modulus and base are read off. */
export function parseExpression(text: string): ExpressionAnswer {
  let latex = text.trim();
  const marks: Marks = {};
  const residue = /\s*\\pmod\s*(?:\{([^{}]*)\}|(\w+))$/.exec(latex);
  if (residue !== null) {
    marks.modulus = (residue[1] ?? residue[2]).trim();
    latex = latex.slice(0, residue.index).trim();
  }
  latex = withoutWords(latex, marks);
  if (/\\%$/.test(latex)) {
    latex = latex.slice(0, -2).trim();
    marks.percent = true;
  }
  if (/\^\\circ$/.test(latex) && !/\\(?:sin|cos|tan|cot|sec|csc)/.test(latex)) {
    latex = latex.slice(0, -"^\\circ".length).trim();
    marks.degrees = true;
  }
  const numeral = /^(?=.*\d.*_)([0-9A-Z]+|[0-9a-f]+(?=_\{?1[1-6]))_(?:\{(\d+)\}|(\d+))$/.exec(
    latex.replace(/\s|\\text\s*\{(\w+)\}/g, "$1"),
  );
  if (numeral !== null) {
    latex = numeral[1];
    marks.base = numeral[2] ?? numeral[3];
  }
  return { type: "expression", latex, ...marks };
}

/** Takes the words behind a number off and notes what they say. */
function withoutWords(latex: string, marks: Marks): string {
  const written = /\\text\s*\{([^{}]*)\}(\s*\^\s*\{?\d\}?)?$/.exec(latex);
  if (written !== null && written.index > 0) {
    if (NOT_UNITS.test(written[1].trim())) return latex;
    const rest = latex.slice(0, written.index).trim();
    return note(rest, written[1].trim(), written[2] ?? "", marks);
  }
  const plain = PLAIN_WORDS.exec(latex);
  if (plain === null || NOT_UNITS.test(plain[2])) return latex;
  const [, space, name] = plain;
  const isWord = space !== "" && isNoun(name, latex.slice(0, plain.index)) || PERCENT.test(name);
  if (!isWord && !(isKnownUnit(name) && (space !== "" || name.length > 1))) return latex;
  return note(latex.slice(0, plain.index).trim(), name, "", marks);
}

const SHORT_NOUNS =
  /^(?:men|ways?|eggs?|cars?|cups?|pies?|pens?|bags?|hats?|cows?|pigs?|dogs?|cats?|sets?|jars?|tons?|rows?|bits?|sq|cu)$/i;

/**
 * True if words behind a number are a noun, and not letters to be multiplied as in `\frac{1}{2}
 * abc`.
 */
function isNoun(name: string, number: string): boolean {
  if (
    !/^[-+]?(?:[\d.,/\s]|\\frac\s*\{\d+\}\s*\{\d+\}|\\times|\\cdot|\^\{?-?\d+\}?|\\%)+$/.test(
      number.trim(),
    )
  ) {
    return isKnownUnit(name);
  }
  const [word] = name.split(/\s+/);
  if (isKnownUnit(word) || SHORT_NOUNS.test(word)) return true;
  return word.length > 3 && /[aeiouy]/i.test(word) &&
    !/^(?:abcd|bcde|efgh|ijkl|uvwx|wxyz)/i.test(word);
}

function note(latex: string, name: string, power: string, marks: Marks): string {
  const [first, ...others] = name.toLowerCase().split(/\s+/);
  if (Object.hasOwn(SCALES, first)) {
    const scaled = `(${latex})\\cdot ${SCALES[first]}`;
    return others.length === 0 ? scaled : note(scaled, others.join(" "), power, marks);
  }
  if (PERCENT.test(name)) marks.percent = true;
  else if (DEGREES.test(name)) marks.degrees = true;
  else marks.unit = readUnit(name + power);
  return latex;
}
