import type { MathAnswer, RelationAnswer } from "./math_answer.ts";
import { interval } from "./intervals.ts";
import { groupEnd, splitOutside } from "./scan_groups.ts";

const RELATION = /=|<|>|\\(?:leq|geq|neq)(?![a-zA-Z])/;
/** A chain of more relations is no answer. */
const MAX_SIDES = 20;
const SYMBOL = /^\\?[a-zA-Z]+(?:_\{?\w+\}?)?$/;
const FLIPPED: Readonly<Record<string, RelationAnswer["operator"]>> = {
  "<": ">",
  ">": "<",
  "\\leq": "\\geq",
  "\\geq": "\\leq",
};

/** Reads an equation or inequality; one that bounds a single symbol is an interval. Null for others. */
export function parseRelation(text: string): MathAnswer | null {
  // <1, 2> is a vector.
  if (/^<[^=<>]*>$/.test(text)) return null;
  const builder = setBuilder(text);
  if (builder !== null) return parseRelation(builder);
  const sides = splitOutside(text, RELATION);
  if (sides.length === 1 || sides.length > MAX_SIDES || sides.some((side) => side === "")) {
    return null;
  }
  const operators = operatorsOutside(text, sides.length - 1);
  if (operators === null) return null;
  if (sides.length === 2) {
    const [operator, left, right] = [operators[0], sides[0], sides[1]];
    if (operator === "=") return { type: "relation", operator, left, right };
    return halfLine(left, operator, right) ?? { type: "relation", operator, left, right };
  }
  if (sides.length === 3 && SYMBOL.test(sides[1])) {
    const [low, high] = [operators[0], operators[1]];
    const isRising = (o: string) => o === "<" || o === "\\leq";
    const isFalling = (o: string) => o === ">" || o === "\\geq";
    if (isRising(low) && isRising(high)) {
      return interval(sides[0], low === "\\leq", sides[2], high === "\\leq");
    }
    if (isFalling(low) && isFalling(high)) {
      return interval(sides[2], high === "\\geq", sides[0], low === "\\geq");
    }
  }
  // a = b = c: what counts is the last side.
  if (operators.every((operator) => operator === "=")) {
    return { type: "relation", operator: "=", left: sides[0], right: sides[sides.length - 1] };
  }
  return null;
}

/** The condition of `\{x : x > 3\}`, or null. */
function setBuilder(text: string): string | null {
  const set = /^\\\{\s*\\?[a-zA-Z]+\s*(?:\\in\s*\(-\\infty,\\infty\)\s*)?(?:\\mid(?![a-zA-Z])|\||:)/
    .exec(text);
  if (set === null || groupEnd(text, 0) !== text.length) return null;
  return text.slice(set[0].length, -2).trim();
}

function operatorsOutside(text: string, count: number): RelationAnswer["operator"][] | null {
  const operators: RelationAnswer["operator"][] = [];
  let rest = text;
  for (let i = 0; i < count; i++) {
    const [first] = splitOutside(rest, RELATION);
    const trimmed = rest.trimStart();
    const at = trimmed.indexOf(first) + first.length;
    const found = /^\s*(=|<|>|\\(?:leq|geq|neq))/.exec(trimmed.slice(at));
    if (found === null) return null;
    operators.push(found[1] as RelationAnswer["operator"]);
    rest = trimmed.slice(at + found[0].length);
  }
  return operators;
}

/** `x > 3` as the interval from 3 to infinity. */
function halfLine(left: string, operator: string, right: string): MathAnswer | null {
  const isBound = (side: string) => SYMBOL.test(side.replace(/^-\s*/, ""));
  if (!isBound(left)) {
    if (!isBound(right) || FLIPPED[operator] === undefined) return null;
    [left, operator, right] = [right, FLIPPED[operator], left];
  }
  // -x > -1 bounds x from above.
  if (/^-\s*/.test(left) && FLIPPED[operator] !== undefined) {
    [left, operator, right] = [left.replace(/^-\s*/, ""), FLIPPED[operator], `-(${right})`];
  }
  if (operator === ">" || operator === "\\geq") {
    return interval(right, operator === "\\geq", "\\infty", false);
  }
  if (operator === "<" || operator === "\\leq") {
    return interval("-\\infty", false, right, operator === "\\leq");
  }
  return null;
}
