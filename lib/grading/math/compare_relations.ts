import type { Comparison, ComparisonRules } from "./compare_expressions.ts";
import { compareFormulas, compareTrees, factorSign } from "./compare_formulas.ts";
import { call, type Expression, walk } from "./expression.ts";
import { allBut } from "./intervals.ts";
import type { MathAnswer, RelationAnswer } from "./math_answer.ts";
import { parseCleanAnswer } from "./parse_answer.ts";
import { parseExpression } from "./parse_expression.ts";
import { parseFormula } from "./parse_formula.ts";

/** Compares two answers. */
export type CompareAnswers = (
  gold: MathAnswer,
  prediction: MathAnswer,
  rules: ComparisonRules,
) => Comparison;

/** A name on the left of an equation: `x`, `x_1`, `f(x)`, `AB`, `\angle A`. */
const NAME =
  /^(?:\\angle\s*)?\\?[a-zA-Z]+(?:_\{?\w+\}?)?(?:\^\{?-1\}?)?(?:\([a-z](?:,\s*[a-z])*\))?$/;
/** Functions whose value is what is asked for, as in `\sin A = \frac12`. */
const ASKED: ReadonlySet<string> = new Set(["sin", "cos", "tan", "cot", "sec", "csc"]);
const FLIPPED: Readonly<Record<string, string>> = {
  "=": "=",
  "\\neq": "\\neq",
  "<": ">",
  ">": "<",
  "\\leq": "\\geq",
  "\\geq": "\\leq",
};

/**
 * Compares answers of which one at least is an equation or inequality.
 *
 * @param compare compares what stands on the right with an answer that is no relation
 */
export function compareRelations(
  gold: MathAnswer,
  prediction: MathAnswer,
  rules: ComparisonRules,
  compare: CompareAnswers,
): Comparison {
  if (gold.type === "relation" && prediction.type === "relation") {
    if (gold.operator === "=" && prediction.operator === "=") {
      return compareEquations(gold, prediction, rules, compare);
    }
    return compareInequalities(gold, prediction, rules);
  }
  // x = 5 for 5: the name on the left is decoration.
  const [relation, value] = gold.type === "relation"
    ? [gold, prediction]
    : [prediction as RelationAnswer, gold];
  if (relation.operator === "\\neq" && isSymbol(relation.left) && value.type === "union") {
    const others = allBut([parseCleanAnswer(relation.right)]);
    return gold.type === "relation" ? compare(others, value, rules) : compare(value, others, rules);
  }
  if (relation.operator !== "=") return different("not an equation");
  const left = { ...relation, right: relation.left, left: relation.right };
  const sides = [relation, ...isSymbol(relation.right) ? [left] : []];
  const stated = sides.find((side) => isDecoration(side, relation !== gold, rules));
  if (stated === undefined) return different("an equation instead of a value");
  const right = parseCleanAnswer(stated.right);
  return gold.type === "relation" ? compare(right, value, rules) : compare(value, right, rules);
}

function different(why: string): Comparison {
  return { equality: "different", why };
}

function isSymbol(text: string): boolean {
  return /^\\?[a-zA-Z]+(?:_\{?\w+\}?)?$/.test(text);
}

/**
 * True if the left side only names the quantity that the right side is the value of. `2x = 5` and
 * `x^2 = 9` do not: they say something of x.
 *
 * @param isAnswer whether it is the answer, not the gold answer, in which `x + y = 7` is an equation
 */
function isDecoration(
  { left, right }: RelationAnswer,
  isAnswer: boolean,
  rules: ComparisonRules,
): boolean {
  if (
    left.split(":").every((name) => NAME.test(name.trim())) || /^\\text\s*\{[^{}]*\}$/.test(left) ||
    /^[A-Za-z][A-Za-z ]+$/.test(left)
  ) {
    return true;
  }
  const formula = parseFormula(left);
  if (formula === null) return false;
  const unknowns = new Set<string>();
  walk(formula, (node) => {
    if (node.type === "symbol") unknowns.add(node.name);
    else if (node.type === "atom") unknowns.add(`<${node.key}>`);
  });
  // 3 + 4 = 7, but not 3 + 4 = 8
  if (unknowns.size === 0) {
    const value = parseCleanAnswer(right);
    return isAnswer && value.type === "expression" &&
      compareFormulas(left, value.latex, rules.budget).equality === "equal";
  }
  if (isQuantity(formula)) return true;
  return isAnswer && unknowns.size > 1 && right.trim() !== "0";
}

/** `f(3)`, `|AB|`, `\overline{AB}`, `\sin A`. */
function isQuantity(formula: Expression): boolean {
  if (formula.type === "symbol" || formula.type === "atom") return true;
  if (formula.type !== "call") return false;
  const [first] = formula.args;
  if (formula.name === "multiply") {
    return formula.args.every((arg) =>
      arg.type === "atom" || arg.type === "symbol" && /^[A-Z]$/.test(arg.name)
    );
  }
  if (formula.name === "abs") {
    return isQuantity(first) && !(first.type === "symbol" && /^[a-vxy]$/.test(first.name));
  }
  if (formula.name === "divide") {
    // NO/BO, but not x/2 or y/x
    return formula.args.every((arg) => arg.type === "call" && isQuantity(arg));
  }
  if (formula.name === "power") return formula.args[0].type === "call" && isQuantity(first);
  return ASKED.has(formula.name) && (first.type === "symbol" || isQuantity(first));
}

/** Equations are equal when the sides are, or when left - right differ by a constant factor. */
function compareEquations(
  gold: RelationAnswer,
  prediction: RelationAnswer,
  rules: ComparisonRules,
  compare: CompareAnswers,
): Comparison {
  const bySide = sidesEqual(gold, prediction, rules, compare);
  if (bySide !== null) return bySide;
  if (marksOf(gold) !== marksOf(prediction)) return different("another unit, modulus or base");
  const [a, b] = [differenceOf(gold), differenceOf(prediction)];
  if (b === null) return different("the answer is not an equation");
  if (a === null) return different("another equation");
  const same = compareTrees(a, b, rules.budget).equality;
  if (same === "equal") return { equality: "equal", why: "the same equation" };
  // In the form ... = 0 the coefficients are meant as they are, in lowest terms: only the sign is free.
  if (isInNormalForm(gold) && isInNormalForm(prediction)) {
    const opposite = compareTrees(a, call("negate", b), rules.budget).equality;
    if (opposite === "equal") return { equality: "equal", why: "the same equation" };
    return same === "unknown" || opposite === "unknown"
      ? { equality: "unknown", why: "equality could not be decided" }
      : different("another equation, or not in lowest terms");
  }
  return factorSign(a, b, rules.budget) !== 0
    ? { equality: "equal", why: "the same equation, scaled" }
    : different("another equation");
}

function isInNormalForm({ left, right }: RelationAnswer): boolean {
  return right.trim() === "0" || left.trim() === "0";
}

/** Compares side by side; null when the sides differ, which decides nothing. */
function sidesEqual(
  gold: RelationAnswer,
  prediction: RelationAnswer,
  rules: ComparisonRules,
  compare: CompareAnswers,
): Comparison | null {
  // Of two names the same quantity is meant only when they are the same: x = 5 is not y = 5.
  const left = compareFormulas(gold.left, prediction.left, rules.budget).equality;
  if (left !== "equal") return null;
  const right = compare(parseCleanAnswer(gold.right), parseCleanAnswer(prediction.right), rules);
  return right.equality === "equal" ? right : null;
}

function compareInequalities(
  gold: RelationAnswer,
  prediction: RelationAnswer,
  rules: ComparisonRules,
): Comparison {
  if (marksOf(gold) !== marksOf(prediction)) return different("another unit, modulus or base");
  const [a, b] = [differenceOf(gold), differenceOf(prediction)];
  if (a === null || b === null) {
    const isSame = gold.operator === prediction.operator &&
      compareFormulas(gold.left, prediction.left, rules.budget).equality === "equal" &&
      compareFormulas(gold.right, prediction.right, rules.budget).equality === "equal";
    return isSame ? { equality: "equal", why: "the same relation" } : different("another relation");
  }
  const sign = factorSign(a, b, rules.budget);
  const operator = sign < 0 ? FLIPPED[prediction.operator] : prediction.operator;
  return sign !== 0 && operator === gold.operator
    ? { equality: "equal", why: "the same relation" }
    : different("another relation");
}

/** The unit, modulus and base of either side, which no difference of the sides holds. */
function marksOf({ left, right }: RelationAnswer): string {
  return [left, right].map((side) => {
    const { unit, modulus, base } = parseExpression(side);
    return `${unit?.words ?? ""}|${modulus ?? ""}|${base ?? ""}`;
  }).filter((marks) => marks !== "||").join();
}

function differenceOf({ left, right }: RelationAnswer): Expression | null {
  const [a, b] = [left, right].map((side) => parseFormula(parseExpression(side).latex));
  return a === null || b === null ? null : call("add", a, call("negate", b));
}
