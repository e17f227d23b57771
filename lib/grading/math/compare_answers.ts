import { multiplyRationals, type Rational, rationalEquals } from "../rational.ts";
import {
  compareExpressions,
  type Comparison,
  type ComparisonRules,
} from "./compare_expressions.ts";
import { compareRelations } from "./compare_relations.ts";
import type { AssignmentAnswer, ExpressionAnswer, MathAnswer, TupleAnswer } from "./math_answer.ts";
import { words } from "./parse_answer.ts";
import { parseExpression } from "./parse_expression.ts";
import { vectorOf } from "./parse_matrix.ts";
import { parseRational } from "./parse_rational.ts";

const EQUAL: Comparison = { equality: "equal", why: "equal part by part" };
/** In longer lists repeated answers are not looked for. */
const MAX_REPEATED = 60;

/** Compares two answers by their form, and their parts by value. */
export function compareAnswers(
  gold: MathAnswer,
  prediction: MathAnswer,
  rules: ComparisonRules,
): Comparison {
  if (gold.type === "relation" || prediction.type === "relation") {
    return compareRelations(gold, prediction, rules, compareAnswers);
  }
  if (gold.type === "text" || prediction.type === "text") {
    return compareTexts(gold, prediction, rules);
  }
  if (gold.type === "assignment" || prediction.type === "assignment") {
    return compareAssignments(gold, prediction, rules);
  }
  if (gold.type === "expression" && prediction.type === "expression") {
    return compareExpressions(gold, prediction, rules);
  }
  switch (gold.type) {
    case "tuple":
      return compareTuple(gold, prediction, rules);
    case "matrix":
      return compareMatrix(gold, prediction, rules);
    case "cases":
      return compareCases(gold, prediction, rules);
    case "list":
    case "set":
      return compareList(gold, prediction, rules);
    case "union":
      // "x < 1 or x > 3" is a list of intervals.
      return prediction.type === "union" || prediction.type === "list"
        ? compareUnordered(gold.items, prediction.items, rules)
        : different("not a union");
    case "ratio":
      if (prediction.type === "ratio") return compareRatios(gold.items, prediction.items, rules);
      if (gold.items.length === 2 && prediction.type === "expression") {
        return compareAnswers(quotient(gold.items), prediction, rules);
      }
      return different("not a ratio");
    case "expression":
      if (prediction.type === "ratio" && prediction.items.length === 2) {
        return compareAnswers(gold, quotient(prediction.items), rules);
      }
      if (prediction.type === "list" || prediction.type === "set") {
        return prediction.items.length > 0 && isOneValue(prediction.items, rules)
          ? compareAnswers(gold, prediction.items[0], rules)
          : different(`a ${prediction.type} instead of one value`);
      }
      return different(`a ${prediction.type} instead of one value`);
  }
}

function different(why: string): Comparison {
  return { equality: "different", why };
}

function quotient(items: readonly MathAnswer[]): ExpressionAnswer {
  const [a, b] = items as readonly ExpressionAnswer[];
  return parseExpression(`\\frac{${a.latex}}{${b.latex}}`);
}

/** Ratios of numbers are equal when one is a multiple of the other; times such as 2:30 are not. */
function compareRatios(
  gold: readonly MathAnswer[],
  prediction: readonly MathAnswer[],
  rules: ComparisonRules,
): Comparison {
  const parts = compareOrdered(gold, prediction, rules);
  if (parts.equality === "equal" || gold.length !== prediction.length) return parts;
  const numbers = [gold, prediction].map((items) =>
    items.map((item) => item.type === "expression" ? parseRational(item.latex)?.value : undefined)
  );
  const isTime = gold.slice(1).some((item) =>
    item.type === "expression" && /^\d\d$/.test(item.latex)
  );
  if (isTime || numbers.flat().some((n) => n === undefined || n.num <= 0n)) return parts;
  const [a, b] = numbers as Rational[][];
  return a.every((x, i) =>
      rationalEquals(multiplyRationals(x, b[0]), multiplyRationals(b[i], a[0]))
    )
    ? { equality: "equal", why: "the same ratio" }
    : parts;
}

/** True if all items of a list are the same value, repeated. */
function isOneValue(items: readonly MathAnswer[], rules: ComparisonRules): boolean {
  return items.length <= MAX_REPEATED &&
    items.slice(1).every((item) => compareAnswers(items[0], item, rules).equality === "equal");
}

function isPlain(tuple: TupleAnswer): boolean {
  return tuple.open === "(" && tuple.close === ")";
}

/**
 * True if square brackets stand for a list rather than an interval: more than two parts, Python's
 * spelling, or no other reading.
 */
function isListed(tuple: TupleAnswer): boolean {
  const isSquare = tuple.open === "[" && tuple.close === "]";
  return isSquare && (tuple.isPythonList === true || tuple.items.length !== 2);
}

function isBounded(tuple: TupleAnswer): boolean {
  return !tuple.items.some((item) => item.type === "expression" && item.latex.includes("\\infty"));
}

function compareList(
  gold: Extract<MathAnswer, { type: "list" | "set" }>,
  prediction: MathAnswer,
  rules: ComparisonRules,
): Comparison {
  if (prediction.type === "union" && gold.items.every((item) => item.type === "tuple")) {
    return compareUnordered(gold.items, prediction.items, rules);
  }
  if (prediction.type === "list" || prediction.type === "set") {
    // A set has no repeated members; a list of answers has those that the gold list has.
    const isSet = gold.type === "set" || !hasRepeats(gold.items, rules);
    return isSet
      ? compareAsSets(gold.items, prediction.items, rules)
      : compareUnordered(gold.items, prediction.items, rules);
  }
  if (prediction.type === "tuple") {
    if (isListed(prediction)) return compareUnordered(gold.items, prediction.items, rules);
    // (1, 2) for "1, 2": only the brackets are too much.
    if (gold.type === "list" && isPlain(prediction)) {
      return compareOrdered(gold.items, prediction.items, rules);
    }
  }
  if (gold.items.length === 1) return compareAnswers(gold.items[0], prediction, rules);
  return different("another number of answers");
}

function compareTuple(
  gold: TupleAnswer,
  prediction: MathAnswer,
  rules: ComparisonRules,
): Comparison {
  if (prediction.type === "list" && (isPlain(gold) || isListed(gold))) {
    return compareOrdered(gold.items, prediction.items, rules);
  }
  if (prediction.type === "matrix") return compareOrdered(gold.items, vectorOf(prediction), rules);
  if (prediction.type !== "tuple") return different(`a ${prediction.type} instead of a tuple`);
  if (gold.open !== prediction.open || gold.close !== prediction.close) {
    // [1, 2] is how Python writes the point (1, 2), but closed ends are not open ones.
    const isPoint = isPlain(gold) && isListed(prediction) && isBounded(gold);
    const isList = isListed(gold) && isPlain(prediction);
    if (!isPoint && !isList) return different("other brackets");
  }
  return compareOrdered(gold.items, prediction.items, rules);
}

function compareMatrix(
  gold: Extract<MathAnswer, { type: "matrix" }>,
  prediction: MathAnswer,
  rules: ComparisonRules,
): Comparison {
  if (prediction.type === "tuple") {
    return compareOrdered(vectorOf(gold), prediction.items, rules);
  }
  if (prediction.type !== "matrix") return different(`a ${prediction.type} instead of a matrix`);
  const shape = (matrix: typeof gold) => matrix.rows.map((row) => row.length).join();
  if (shape(gold) !== shape(prediction)) return different("another shape");
  return compareOrdered(gold.rows.flat(), prediction.rows.flat(), rules);
}

/** Every case has its like: an equal value under an equal condition. */
function compareCases(
  gold: Extract<MathAnswer, { type: "cases" }>,
  prediction: MathAnswer,
  rules: ComparisonRules,
): Comparison {
  if (prediction.type !== "cases") return different("no case distinction");
  const rows = (answer: typeof gold): MathAnswer[] =>
    answer.rows.map(([value, condition]) => ({
      type: "tuple",
      open: "(",
      close: ")",
      items: [value, condition ?? { type: "text", text: "otherwise" }],
    }));
  return compareUnordered(rows(gold), rows(prediction), rules);
}

/**
 * Values with names against the same names, or against values without: in the order in which the gold
 * names are written, else by the alphabet.
 */
function compareAssignments(
  gold: MathAnswer,
  prediction: MathAnswer,
  rules: ComparisonRules,
): Comparison {
  if (gold.type === "assignment" && prediction.type === "assignment") {
    const places = gold.names.map((name) => prediction.names.indexOf(name));
    if (gold.names.length !== prediction.names.length || places.includes(-1)) {
      return different("other names");
    }
    const items = places.map((place) => prediction.items[place]);
    return compareOrdered(gold.items, items, rules);
  }
  if (gold.type === "assignment") {
    const items = partsOf(prediction);
    return items === null
      ? different("values are missing")
      : compareOrdered(gold.items, items, rules);
  }
  const named = prediction as AssignmentAnswer;
  const items = partsOf(gold);
  if (items === null) return different("several named values instead of one answer");
  const byName = named.names.map((name, i) => [name, named.items[i]] as const)
    .sort((a, b) => a[0] < b[0] ? -1 : 1).map(([, item]) => item);
  // x_1 and x_2 are two solutions; which is the first is arbitrary.
  const isIndexed = new Set(named.names.map((name) => name.replace(/_.*$/, ""))).size === 1;
  return isIndexed && gold.type !== "tuple"
    ? compareUnordered(items, byName, rules)
    : compareOrdered(items, byName, rules);
}

/** Ordered parts of an answer without names. */
function partsOf(answer: MathAnswer): readonly MathAnswer[] | null {
  if (answer.type === "tuple" || answer.type === "list") return answer.items;
  return answer.type === "matrix" ? vectorOf(answer) : null;
}

function compareOrdered(
  gold: readonly MathAnswer[],
  prediction: readonly MathAnswer[],
  rules: ComparisonRules,
): Comparison {
  if (gold.length !== prediction.length || gold.length === 0) {
    return different("another number of parts");
  }
  let unknown: Comparison | null = null;
  for (const [i, item] of gold.entries()) {
    const part = compareAnswers(item, prediction[i], rules);
    if (part.equality === "different") return different(`part ${i + 1}: ${part.why}`);
    if (part.equality === "unknown") unknown = part;
  }
  return unknown ?? EQUAL;
}

/** Every gold part has its own predicted part and the other way round. */
function compareUnordered(
  gold: readonly MathAnswer[],
  prediction: readonly MathAnswer[],
  rules: ComparisonRules,
): Comparison {
  if (gold.length !== prediction.length) return different("another number of answers");
  const left = [...prediction];
  let unknown: Comparison | null = null;
  for (const item of gold) {
    const { at, undecided } = find(item, left, rules);
    if (undecided !== null && rules.budget.isSpent) return undecided;
    if (at !== -1) left.splice(at, 1);
    else if (undecided === null) return different("an answer is missing");
    else unknown = undecided;
  }
  return unknown ?? EQUAL;
}

/** Every part of either has an equal in the other, however often. */
function compareAsSets(
  gold: readonly MathAnswer[],
  prediction: readonly MathAnswer[],
  rules: ComparisonRules,
): Comparison {
  if (prediction.length < gold.length && !hasRepeats(gold, rules)) {
    return different("another number of answers");
  }
  let unknown: Comparison | null = null;
  const matched = new Set<number>();
  for (const item of gold) {
    const { at, undecided } = find(item, prediction, rules);
    if (undecided !== null && rules.budget.isSpent) return undecided;
    if (at !== -1) matched.add(at);
    else if (undecided === null) return different("an answer is missing");
    else unknown = undecided;
  }
  for (const [i, item] of prediction.entries()) {
    if (matched.has(i)) continue;
    const parts = gold.filter((other) => (other.type === "set") === (item.type === "set"))
      .map((other) => compareAnswers(other, item, rules));
    if (parts.some((part) => part.equality === "equal")) continue;
    const undecided = parts.find((part) => part.equality === "unknown");
    if (undecided === undefined) return different("an answer too many");
    unknown = undecided;
  }
  return unknown ?? EQUAL;
}

function find(
  item: MathAnswer,
  among: readonly MathAnswer[],
  rules: ComparisonRules,
): { readonly at: number; readonly undecided: Comparison | null } {
  // Most lists hold plain numbers, written alike.
  if (item.type === "expression" && among.length > MAX_REPEATED) {
    const at = among.findIndex((other) => other.type === "expression" && isAlike(item, other));
    if (at !== -1) return { at, undecided: null };
  }
  let undecided: Comparison | null = null;
  for (const [at, other] of among.entries()) {
    if (at % 64 === 63 && rules.budget.isSpent) {
      return { at: -1, undecided: { equality: "unknown", why: "the time is used up" } };
    }
    // {{1}, 2} is not {1, 2}, though {1} alone may be given for 1.
    if ((item.type === "set") !== (other.type === "set")) continue;
    const part = compareAnswers(item, other, rules);
    if (part.equality === "equal") return { at, undecided: null };
    if (part.equality === "unknown") undecided = part;
  }
  return { at: -1, undecided };
}

function isAlike(a: ExpressionAnswer, b: ExpressionAnswer): boolean {
  return a.latex === b.latex && a.unit === b.unit && a.base === b.base &&
    a.percent === b.percent && a.degrees === b.degrees && a.modulus === b.modulus;
}

function hasRepeats(items: readonly MathAnswer[], rules: ComparisonRules): boolean {
  if (items.length > MAX_REPEATED) return true;
  const exact = { ...rules, policy: "exact" as const };
  return items.some((item, i) => find(item, items.slice(i + 1), exact).at !== -1);
}

function compareTexts(
  gold: MathAnswer,
  prediction: MathAnswer,
  rules: ComparisonRules,
): Comparison {
  const text = (answer: MathAnswer) => {
    if (answer.type === "text") return answer.text;
    // Signs and operations around words are not to be overlooked.
    const isPlain = answer.type === "expression" &&
      /^[\w\s().,:;'"{}-]*$/.test(answer.latex.replace(/\\text(?![a-z])/g, "")) &&
      !answer.latex.startsWith("-");
    if (!isPlain) return null;
    return words(answer.latex + (answer.unit === undefined ? "" : ` ${answer.unit.words}`));
  };
  if (text(gold) === text(prediction) && text(gold) !== "") {
    return { equality: "equal", why: "the same words" };
  }
  // abc may be a word or a product.
  const [a, b] = [asProduct(gold), asProduct(prediction)];
  if (a !== null && b !== null && gold.type !== prediction.type) {
    const products = compareExpressions(a, b, rules);
    if (products.equality === "equal") return products;
  }
  return different("different words");
}

function asProduct(answer: MathAnswer): ExpressionAnswer | null {
  if (answer.type === "expression") return answer.latex.includes("\\text") ? null : answer;
  if (answer.type !== "text" || !/^[a-z]{3,4}$/.test(answer.text)) return null;
  return { type: "expression", latex: answer.text };
}
