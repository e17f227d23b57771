import type { PartParser } from "./part_parser.ts";
import { cleanAnswer } from "./clean_answer.ts";
import type { MathAnswer } from "./math_answer.ts";
import { allBut, intersection } from "./intervals.ts";
import { namedValues, sideBySide } from "./named_values.ts";
import { numberInWords } from "./number_words.ts";
import { parseExpression } from "./parse_expression.ts";
import { parseGroup } from "./parse_group.ts";
import { parseMatrix } from "./parse_matrix.ts";
import { parseRelation } from "./parse_relation.ts";
import { groupEnd, splitOutside } from "./scan_groups.ts";

/** Options of {@link parseAnswer}. */
export interface ParseAnswerOptions {
  /** True if `1,234` is one number; else it is two. @default true */
  readonly thousands?: boolean;
}

/** Reads an answer's form from its text as the model or the benchmark wrote it. */
export function parseAnswer(raw: string, options: ParseAnswerOptions = {}): MathAnswer {
  const answer = parse(cleanAnswer(raw), options.thousands ?? true);
  // Python prints a list with a blank after each comma; an interval in LaTeX has commands or none.
  const isPython = /^\s*['"$`]*\[(?:[^,\\[\]]|, )*\]['"$`]*\s*$/.test(raw);
  return answer.type === "tuple" && answer.open === "[" && answer.close === "]" && isPython
    ? { ...answer, isPythonList: true }
    : answer;
}

/** Reads a part of an answer that {@link parseAnswer} has split off. */
export function parseCleanAnswer(text: string): MathAnswer {
  return parse(text, true);
}

const SEPARATOR = /[,;]|\\text\s*\{\s*,?\s*(?:and|or)\s*\}|(?<=[\s\d}\)])(?:and|or)(?=[\s\\({\d-])/;

const CONJUNCTION = /^[^,;]*(?:\\text\s*\{\s*and\s*\}|\sand\s)[^,;]*$/;

function parse(text: string, thousands: boolean): MathAnswer {
  text = text.trim();
  const part: PartParser = (inner) => parse(inner, thousands);
  if (thousands) text = joinThousands(text);
  const approximate = splitOutside(text, /\\approx/);
  if (approximate.length === 2 && approximate[0] === "") text = approximate[1];
  else if (approximate.length > 1 && approximate[0] !== "") {
    // 1/3 \approx 0.33 is 1/3, and x \approx 0.33 is 0.33.
    const isName = /^\\?[a-zA-Z]$/.test(approximate[0]);
    text = isName ? approximate[approximate.length - 1] : approximate[0];
  }
  text = text.replace(/^(['"])(.*)\1$/, "$2");

  const whole = wholeText(text);
  if (whole !== null) return parseText(whole, part);

  const member = /^\\?[a-zA-Z]\s*\\in(?![a-zA-Z])\s*/.exec(text);
  if (member !== null) text = text.slice(member[0].length);

  const parts = splitOutside(text, SEPARATOR).filter((item) => item !== "");
  if (parts.length > 1) {
    const items = parts.map(part);
    return (CONJUNCTION.test(text) ? intersection(items) : null) ?? sideBySide(items);
  }
  if (parts.length === 1) text = parts[0];

  const united = splitOutside(text, /\\cup(?![a-zA-Z])/);
  if (united.length > 1) return { type: "union", items: united.map(part) };

  const without = splitOutside(
    text,
    /\\(?:setminus|backslash)(?![a-zA-Z])|(?<=\\infty\)\s*)-(?=\s*\\\{)/,
  );
  if (without.length === 2 && without[0] === "(-\\infty,\\infty)") {
    const taken = part(without[1]);
    if (taken.type === "set") return allBut(taken.items);
  }

  const relation = parseRelation(text);
  if (relation !== null) {
    return relation.type === "relation" ? namedValues(relation, part) ?? relation : relation;
  }
  const group = parseMatrix(text, part) ?? parseGroup(text, part, parsePlain(thousands));
  if (group !== null) return group;

  const signs = /\\(?:pm|mp)(?![a-zA-Z])/;
  if (signs.test(text)) {
    const minusFirst = text.replace(/\\mp(?![a-zA-Z])/g, "-").replace(/\\pm(?![a-zA-Z])/g, "+");
    const plusFirst = text.replace(/\\mp(?![a-zA-Z])/g, "+").replace(/\\pm(?![a-zA-Z])/g, "-");
    return { type: "list", items: [parseExpression(minusFirst), parseExpression(plusFirst)] };
  }

  const ratio = splitOutside(text, /:/);
  if (ratio.length > 1 && ratio.every((item) => item !== "")) {
    return { type: "ratio", items: ratio.map((item) => parseExpression(item)) };
  }
  return parseExpression(text);
}

/** In braces a comma always parts two members. */
function parsePlain(thousands: boolean): PartParser {
  return (text) => parse(text, thousands && !text.includes(","));
}

/** `\text{...}` around the whole, or words without any mathematics. */
function wholeText(text: string): string | null {
  const command = /^\\(?:text|mathbf|boldsymbol)\s*\{/.exec(text);
  if (command !== null && groupEnd(text, command[0].length - 1) === text.length) {
    return text.slice(command[0].length, -1);
  }
  if (/^\(?[A-Za-z]\)$/.test(text)) return text;
  if (/^[A-Za-z][A-Za-z' -]*$/.test(text) && /[A-Za-z]{3}/.test(text)) return text;
  // "(B) 12" is a choice with what it says, "(B) or (C)" is two.
  if (/^\([A-Z]\)\s(?!.*\([A-Z]\))(?!.*(?:^|\s)(?:or|and)\s)/.test(text)) return text.slice(0, 3);
  return null;
}

/** Words that say the same. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([["true", "yes"], ["false", "no"]]);
const SENTENCE =
  /^(?:(?:so|thus|hence|therefore),? )?(?:the )?(?:final |correct )?(?:answer|result|value|solution) (?:is|equals) (.+)$/i;

function parseText(text: string, part: PartParser): MathAnswer {
  const number = numberInWords(text);
  if (number !== null) return parseExpression(number);
  const sentence = SENTENCE.exec(text.trim());
  if (sentence !== null) return part(sentence[1]);
  if (/^\s*[-+]?[\d.]/.test(text)) return part(text.replaceAll("\\text", ""));
  const items = text.split(/,|\band\b/).map((item) => item.trim()).filter((item) => item !== "");
  if (items.length > 1) {
    return { type: "list", items: items.map((item) => ({ type: "text", text: words(item) })) };
  }
  return { type: "text", text: words(text) };
}

/** The words of a text in lower case. */
export function words(text: string): string {
  const found = text.replace(/\\text\s*\{([^{}]*)\}/g, "$1").toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  return SYNONYMS.get(found) ?? found;
}

function joinThousands(text: string): string {
  // Not within brackets: (1,234) may well be a point.
  if (/[([{]/.test(text.replace(/\\text\s*\{[^{}]*\}|\\frac|\^\{|_\{/g, ""))) return text;
  text = text.replace(/(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d,/])/g, (n) => n.replaceAll(" ", ""));
  // Commas that are put wrong, as in 1,458,4670, are still meant as thousands.
  return text.replace(/(?<![\d.,])\d+(?:,\d{3,})+(?![\d,])/g, (n) => n.replaceAll(",", ""));
}
