import { foldText } from "../retrieval/words/fold_text.ts";
import { valueOf } from "./arithmetic.ts";
import { equationsOf, numberOf } from "./equations.ts";

/** A calculation of a worked solution. */
export interface Calculation {
  /** Name of the Python variable that takes the result. */
  readonly name: string;
  /** Python that gives it; names of earlier results stand for them. */
  readonly code: string;
  /** Its result, as the solution has it. */
  readonly value: number;
}

/**
 * The calculations of a solution in their order, those that are not true left out. A result that a later
 * one uses stands there under its name.
 *
 * @param question numbers that it has stay numbers
 * @source GSM8K (arXiv 2110.14168): calculator annotations `<<expression=result>>`
 *
 * @example
 * ```ts
 * import { calculationsOf } from "@potstill/annotations/calculation.ts";
 * const [half, all] = calculationsOf("48/2 = <<48/2=24>>24 in May, 48+24 = <<48+24=72>>72 in all", "48?");
 * if (half.value !== 24 || all.code !== `48 + ${half.name}`) throw new Error("misread");
 * ```
 */
export function calculationsOf(solution: string, question: string): Calculation[] {
  const calculations: Calculation[] = [];
  const names = new Set<string>();
  const given = new Set(numbersIn(question));
  for (const line of solution.split("\n")) {
    if (/^####/.test(line.trim())) continue;
    for (const { expression, value, isPercent, before, after } of equationsOf(line)) {
      if (!/[-+*/]/.test(expression)) continue;
      const code = givingValue(withNames(expression, calculations, given), expression, value) ??
        (isPercent
          ? percentOf(withNames(expression, calculations, given), expression, value)
          : null);
      if (code !== null) {
        calculations.push({ name: unused(nameFrom(after, before), names), code, value });
      }
    }
  }
  return calculations;
}

/** True if two results are the same number but for the last digits of a float. */
export function isSameNumber(one: number, other: number): boolean {
  return Math.abs(one - other) <= 1e-6 * Math.max(1, Math.abs(one), Math.abs(other));
}

function numbersIn(text: string): number[] {
  return (text.match(/\d[\d,]*(?:\.\d+)?/g) ?? []).flatMap((number) => numberOf(number) ?? []);
}

/** The code with a rounding where the solution rounds; null when it does not come to the value. */
function givingValue(code: string, expression: string, value: number): string | null {
  const exact = valueOf(expression)!;
  if (isSameNumber(exact, value)) return code;
  if (!Number.isInteger(value)) {
    const digits = String(value).split(".")[1].length;
    return isSameNumber(Number(exact.toFixed(digits)), value) ? `round(${code}, ${digits})` : null;
  }
  if (Math.floor(exact) === value) return `int(${code})`;
  return Math.ceil(exact) === value ? `-int(-(${code}) // 1)` : null;
}

/** The code as percent, where the solution calculates with percentages; null when it does not. */
function percentOf(code: string, expression: string, value: number): string | null {
  return isSameNumber(100 * valueOf(expression)!, value) ? `100 * (${code})` : null;
}

/** The expression with the names of earlier results in place of their values. */
function withNames(
  expression: string,
  earlier: readonly Calculation[],
  given: ReadonlySet<number>,
): string {
  const used = new Set<string>();
  return expression.replace(/\d+(?:\.\d+)?/g, (number) => {
    const value = Number(number);
    if (given.has(value)) return number;
    const same = earlier.filter((one) => isSameNumber(one.value, value));
    // Of several equal results each is used once before one is used again.
    const name = (same.find((one) => !used.has(one.name)) ?? same.at(-1))?.name;
    if (name === undefined) return number;
    used.add(name);
    return name;
  });
}

/** Words that no name is made of. */
const LITTLE = new Set(
  "a an the and or is are was were be been being has have had do does did he she it they we you i his her their its our your my this that these those so then there will would can could should must also only just each more less as who whom which if because since when while after before but therefore thus hence means takes gets makes"
    .split(" "),
);
/** Words that a name may hold, but neither begin nor end with. */
const LINKS = new Set("of in on at to for from by with per than".split(" "));
/** Words after which a result is told of, and no longer named. */
const ENDS = /\b(?:because|since|when|while|after|before|but|if|so|and|which|that|than|as)\b.*$/is;
const PYTHON = new Set(
  "and as assert async await break class continue def del elif else except false finally for from global if import in is lambda none nonlocal not or pass raise return true try while with print round int sum max min len list range answer"
    .split(" "),
);

/**
 * A name from the words after a result, `24 clips in May`; where they are a unit alone, with whoever the
 * line is about, as in `harry_apples`; else from the words before it.
 */
function nameFrom(after: string, before: string): string {
  const rest = after.replace(/^[\d.,%]*/, "");
  const per = /^\s*(?:(?:a|an|per|each|every)\s+|\/\s*)(\p{L}+)/iu.exec(rest);
  const next = per === null
    ? trimmed(wordsOf(/^\s*([^.,;:(=<$#\d]*)/.exec(rest)![1].replace(ENDS, "")))
    : [];
  const who = /(?<![\p{L}.])\p{Lu}[\p{Ll}]{2,}(?=(?:['’]s)? [\p{Ll}])/gu;
  const subject = [...before.matchAll(who)].map((match) => wordsOf(match[0])[0])
    .find((word) =>
      word !== undefined && !LITTLE.has(word) && !LINKS.has(word) && !OPENING.has(word)
    );
  if (next.length > 1) return next.slice(0, 4).join("_");
  if (next.length === 1) {
    return subject === undefined || subject === next[0] ? next[0] : `${subject}_${next[0]}`;
  }
  const told = before.replace(/<<[^<>]*>>/g, "").replace(/[\s$£€\d+\-*/x×().,=%]+$/, "");
  const previous = trimmed(wordsOf(/[^.,;:=<>$#]*$/.exec(told)![0]).slice(-3));
  const base = previous.length > 0 ? previous : subject === undefined ? [] : [subject];
  const all = per === null ? base : [...base, "per", ...wordsOf(per[1])];
  return all.length === 0 || all[0] === "per" ? ["result", ...all].join("_") : all.join("_");
}

/** Words with a capital at the beginning of a sentence that name nobody. */
const OPENING = new Set(
  "first second third next now finally total altogether adding dividing multiplying subtracting let during every two three four five all both how one half twice now"
    .split(" "),
);

function wordsOf(text: string): string[] {
  return (foldText(text.replace(/['’]s\b/g, "")).match(/[a-z]+/g) ?? [])
    .filter((word) => word.length > 1 && !LITTLE.has(word));
}

/** Words without links at both ends; empty when they make no name. */
function trimmed(words: readonly string[]): string[] {
  const first = words.findIndex((word) => !LINKS.has(word));
  const last = words.findLastIndex((word) => !LINKS.has(word));
  const name = first < 0 ? [] : words.slice(first, last + 1);
  return name.length === 1 && PYTHON.has(name[0]) ? [] : name;
}

function unused(name: string, names: Set<string>): string {
  let free = name;
  for (let i = 2; names.has(free); i++) free = `${name}_${i}`;
  names.add(free);
  return free;
}
