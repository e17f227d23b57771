import type { Grade } from "./grade.ts";
import { compareAnswers } from "./math/compare_answers.ts";
import type { Comparison } from "./math/compare_expressions.ts";
import { parseAnswer } from "./math/parse_answer.ts";
import type { MathGradeOptions } from "./math/policy.ts";
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
 * import { gradeMath } from "@potstill/evaluation/grade_math.ts";
 * const grade = gradeMath("\\frac{7\\sqrt{19}}{19}", "7/sqrt(19)");
 * if (grade.verdict !== "correct") throw new Error(grade.why);
 * ```
 */
export function gradeMath(gold: string, prediction: string, options: MathGradeOptions = {}): Grade {
  const base = { em: null, f1: null, extracted: prediction };
  if (gold.trim() === "") return { ...base, verdict: "unscored", why: "no gold answer" };
  if (prediction.trim() === "") return { ...base, verdict: "wrong", why: "empty answer" };
  const { equality, why } = compareTexts(
    repairEscapes(gold),
    repairEscapes(prediction),
    options,
  );
  const verdict = equality === "equal"
    ? "correct"
    : equality === "different"
    ? "wrong"
    : "unscored";
  return { ...base, verdict, why };
}

/** Marks that the recorded grader takes from the answer but leaves in the gold answer. */
const LEFT_IN_GOLD = /.\^\s*\{?\s*\\circ|.\\(?:text|mbox)\s*\{|\\\$|\\in(?![a-zA-Z])/;

function compareTexts(gold: string, prediction: string, options: MathGradeOptions): Comparison {
  if (options.policy === "qwen2.5-math" && LEFT_IN_GOLD.test(gold.trim())) {
    return {
      equality: "different",
      why: "the gold answer has a unit, which this policy never matches",
    };
  }
  const goldAnswer = parseAnswer(gold);
  const first = compareAnswers(goldAnswer, parseAnswer(prediction), options);
  if (first.equality === "equal" || !/\d,\d{3}/.test(gold + prediction)) return first;
  // "200,300" is one number or two: the other reading may be the one that was meant.
  const second = compareAnswers(
    parseAnswer(gold, { thousands: false }),
    parseAnswer(prediction, { thousands: false }),
    options,
  );
  return second.equality === "equal" ? second : first;
}
