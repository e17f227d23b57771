import type { AssignmentAnswer, MathAnswer, RelationAnswer } from "./math_answer.ts";
import type { PartParser } from "./part_parser.ts";
import { groupEnd, splitOutside } from "./scan_groups.ts";

const NAME = /^\\?[a-zA-Z]+(?:_\{?\w+\}?)?$/;

/** `(x,y)=(3,2)` as values with names; null for another equation. */
export function namedValues(relation: RelationAnswer, part: PartParser): AssignmentAnswer | null {
  const [names, values] = [relation.left, relation.right].map((side) => {
    const isBracketed = /^\(.*\)$|^\[.*\]$/.test(side) && groupEnd(side, 0) === side.length;
    return isBracketed ? splitOutside(side.slice(1, -1), /,/) : [];
  });
  if (relation.operator !== "=" || names.length < 2 || names.length !== values.length) return null;
  if (!names.every((name) => NAME.test(name)) || new Set(names).size !== names.length) return null;
  return { type: "assignment", names: names.map(plainName), items: values.map(part) };
}

/** A name without braces: `x_{1}` and `x_1` are one. */
function plainName(name: string): string {
  return name.replace(/[{}\s]/g, "");
}

function nameOf(answer: MathAnswer): string | null {
  if (answer.type !== "relation" || answer.operator !== "=") return null;
  return NAME.test(answer.left) ? plainName(answer.left) : null;
}

/**
 * Answers that were written side by side: `x=1, y=2` are values with names, `x=1, x=2` and `x=1,2`
 * alternatives, `x=1, y=2 or x=3, y=4` alternatives of named values, all else a list.
 */
export function sideBySide(parts: readonly MathAnswer[]): MathAnswer {
  const names = parts.map(nameOf);
  const [first] = names;
  const rest = parts.slice(1);
  if (first !== null && names.every((name) => name !== null)) {
    const again = names.indexOf(first, 1);
    const count = again === -1 ? names.length : again;
    if (count === 1) return { type: "list", items: parts };
    const groups = Array.from(
      { length: Math.ceil(parts.length / count) },
      (_, i) =>
        assignment(parts.slice(i * count, (i + 1) * count), names.slice(i * count) as string[]),
    );
    const same = [...names.slice(0, count)].sort().join();
    if (groups.every((group) => [...group.names].sort().join() === same)) {
      return groups.length === 1 ? groups[0] : { type: "list", items: groups };
    }
  }
  // n = 2, 3, 4
  if (first !== null && rest.every((part) => part.type === "expression")) {
    const { right } = parts[0] as RelationAnswer;
    return { type: "list", items: [{ type: "expression", latex: right }, ...rest] };
  }
  // (x, y) = (1, 2), (3, 4)
  if (parts[0].type === "assignment" && rest.every((part) => part.type === "tuple")) {
    const items = parts[0].items;
    return { type: "list", items: [{ type: "tuple", open: "(", close: ")", items }, ...rest] };
  }
  return {
    type: "list",
    items: parts.flatMap((part) => part.type === "list" ? part.items : [part]),
  };
}

function assignment(parts: readonly MathAnswer[], names: readonly string[]): AssignmentAnswer {
  const items = parts.map((part) => (part as RelationAnswer).right);
  return {
    type: "assignment",
    names: names.slice(0, parts.length),
    items: items.map((latex) => ({ type: "expression", latex })),
  };
}
