import type { Grade } from "./grade.ts";
import { Budget } from "./math/budget.ts";
import { compareAnswers } from "./math/compare_answers.ts";
import type { Comparison } from "./math/compare_expressions.ts";
import { parseAnswer } from "./math/parse_answer.ts";
import { DEFAULT_MATH_POLICY, type MathGradeOptions } from "./math/policy.ts";
import { choiceOf } from "./reading/choice.ts";
import { repairEscapes } from "./repair_escapes.ts";

/**
 * Grades an answer by mathematical equality with the gold answer. The prediction is the answer
 * itself, already extracted. Read are LaTeX, Python's spelling and plain text: numbers, fractions,
 * percentages, units, numerals in a base, formulas, points, intervals, sets, lists, unions,
 * matrices, equations, inequalities, ratios and words. The form is not judged: `\frac{2}{4}` is
 * right for one half, a product for its expansion.
 *
 * @throws never: what cannot be decided within the deadline is `unscored`
 *
 * @example
 * ```ts
 * import { gradeMath } from "@potstill/evaluation";
 * const grade = gradeMath("\\frac{7\\sqrt{19}}{19}", "7/sqrt(19)");
 * if (grade.verdict !== "correct") throw new Error(grade.why);
 * ```
 */
export function gradeMath(gold: string, prediction: string, options: MathGradeOptions = {}): Grade {
  const base = { em: null, f1: null, extracted: prediction };
  if (gold.trim() === "") return { ...base, verdict: "unscored", why: "no gold answer" };
  if (prediction.trim() === "") return { ...base, verdict: "wrong", why: "empty answer" };
  try {
    const { equality, why } = compareTexts(repairEscapes(gold), repairEscapes(prediction), options);
    const verdict = equality === "equal"
      ? "correct"
      : equality === "different"
      ? "wrong"
      : "unscored";
    return { ...base, verdict, why };
  } catch (error) {
    const { message } = error as Error;
    return { ...base, verdict: "unscored", why: `the grader failed: ${message.slice(0, 200)}` };
  }
}

/** Marks that the recorded grader takes from the answer but leaves in the gold answer. */
const LEFT_IN_GOLD = /.\^\s*\{?\s*\\circ|.\\(?:text|mbox)\s*\{|\\\$|\\in(?![a-zA-Z])/;
/** A longer text, or one nested more deeply, is no answer. */
const MAX_LENGTH = 4_000;
const MAX_DEPTH = 60;

function compareTexts(gold: string, prediction: string, options: MathGradeOptions): Comparison {
  const { policy = DEFAULT_MATH_POLICY, deadlineMs = 5000 } = options;
  if (policy === "qwen2.5-math" && LEFT_IN_GOLD.test(gold.trim())) {
    return {
      equality: "different",
      why: "the gold answer has a unit, which this policy never matches",
    };
  }
  if (gold.trim() === prediction.trim()) return { equality: "equal", why: "the same text" };
  const [goldChoice, choice] = [choiceOf(gold), choiceOf(prediction)];
  if (goldChoice !== null && choice !== null) {
    if (goldChoice.letter !== choice.letter) {
      return { equality: "different", why: "another choice" };
    }
    if (goldChoice.content === "" || choice.content === "") {
      return { equality: "equal", why: "the same choice" };
    }
  }
  // Letters apart, what stands behind them is compared.
  if (goldChoice !== null && goldChoice.content !== "") gold = goldChoice.content;
  if (choice !== null && choice.content !== "") prediction = choice.content;
  const fault = unreadable(prediction);
  if (fault !== null) return { equality: "different", why: `the answer is ${fault}` };
  const goldFault = unreadable(gold);
  if (goldFault !== null) return { equality: "unknown", why: `the gold answer is ${goldFault}` };
  const rules = { policy, budget: new Budget(deadlineMs) };
  const other = otherNumber(gold.trim(), prediction.trim());
  if (other !== null) {
    const second = compareAnswers(parseAnswer(gold), parseAnswer(other), rules);
    if (second.equality === "equal") return second;
  }
  const first = compareAnswers(parseAnswer(gold), parseAnswer(prediction), rules);
  if (first.equality === "equal" || !/\d,\d{3}/.test(gold + prediction)) return first;
  // "200,300" is one number or two: the other reading may be the one that was meant.
  const second = compareAnswers(
    parseAnswer(gold, { thousands: false }),
    parseAnswer(prediction, { thousands: false }),
    rules,
  );
  return second.equality === "equal" ? second : first;
}

/** The other reading of a number whose form says two things, where the gold answer tells which. */
function otherNumber(gold: string, prediction: string): string | null {
  // "1000,99" for 1000.99 is no list.
  if (/^-?\d+\.\d{2,}$/.test(gold) && /^-?\d+,\d+$/.test(prediction)) {
    return prediction.replace(",", ".");
  }
  // "1e-6" is a float, where the gold answer has no Euler's number in it.
  const float = /^(-?\d+)e([+-]\d)$/.exec(prediction);
  return float === null || /(?<![\\a-zA-Z])e|\\exp|\\mathrm/.test(gold)
    ? null
    : `${float[1]}\\times10^{${Number(float[2])}}`;
}

function unreadable(text: string): string | null {
  if (text.length > MAX_LENGTH) return `${text.length} characters long, of at most ${MAX_LENGTH}`;
  let [depth, deepest] = [0, 0];
  for (const character of text) {
    if ("([{".includes(character)) deepest = Math.max(deepest, ++depth);
    else if (")]}".includes(character)) depth--;
  }
  return deepest > MAX_DEPTH ? `nested ${deepest} deep, of at most ${MAX_DEPTH}` : null;
}
