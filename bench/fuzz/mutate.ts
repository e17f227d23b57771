import type { Random } from "@potstill";
import type { JsonValue } from "@potstill/agent";

/** Values that readers of files stumble over. */
const ODD: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2,
  1.5,
  1e9,
  -1e9,
  1e300,
  2 ** 53,
  300_000_000,
  "",
  "NaN",
  "1e9",
  "constructor",
  "__proto__",
  "a".repeat(5000),
  "\ud800",
  "\u2028",
  "<|im_end|>",
  [],
  {},
  [[]],
  [null],
  { type: "x" },
  [1e9, 1e9],
  ["a", "a"],
  { a: { a: { a: 1 } } },
  "(a+)+$",
  "(a|a)*b",
  "{{",
  "{% for %}",
  "\\",
  "[",
  "((((",
  ".*.*.*.*.*x",
];

/** One of them, as a value of its own. */
function oddValue(random: Random): JsonValue {
  return structuredClone(random.pick(ODD)) as JsonValue;
}

/** A JSON value with one to four places changed: taken out, put twice, replaced, or joined by new ones. */
export function mutateJson(value: JsonValue, random: Random): JsonValue {
  const copy = structuredClone(value) as JsonValue;
  for (let i = random.integer(1, 4); i > 0; i--) mutateOnce(copy, random);
  return random.chance(0.01) ? oddValue(random) : copy;
}

function mutateOnce(root: JsonValue, random: Random): void {
  let place = root;
  for (let depth = random.integer(0, 6); depth > 0; depth--) {
    const inner = childrenOf(place).filter((child) => child !== null && typeof child === "object");
    if (inner.length === 0) break;
    place = random.pick(inner);
  }
  if (Array.isArray(place)) {
    const list = place as JsonValue[];
    const at = random.integer(0, Math.max(0, list.length - 1));
    const change = random.integer(0, 3);
    if (change === 0) list.splice(at, 1);
    else if (change === 1) list.splice(at, 0, structuredClone(list[at] ?? null) as JsonValue);
    else list[at] = other(list[at], random);
    return;
  }
  if (place === null || typeof place !== "object") return;
  const fields = place as Record<string, JsonValue>;
  const keys = Object.keys(fields);
  const key = keys.length === 0 ? "new" : random.pick(keys);
  const change = random.integer(0, 4);
  if (change === 0) delete fields[key];
  else if (change === 1) fields[`${key}_new`] = oddValue(random);
  else fields[key] = other(fields[key], random);
}

function other(value: JsonValue | undefined, random: Random): JsonValue {
  if (typeof value === "number" && random.chance(0.5)) {
    return value * random.pick([-1, 0, 0.5, 2, 1000, 1e9]);
  }
  if (typeof value === "string" && random.chance(0.5)) return mutateText(value, random);
  return oddValue(random);
}

function childrenOf(value: JsonValue): JsonValue[] {
  if (Array.isArray(value)) return value;
  return value !== null && typeof value === "object" ? Object.values(value) : [];
}

/** Pieces of templates and of regular expressions. */
const PIECES: readonly string[] = [
  "{{ ",
  " }}",
  "{% ",
  " %}",
  "{#",
  "#}",
  "-%}",
  "{%-",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  "'",
  '"',
  " if ",
  " else ",
  " for x in range(99999) ",
  " | ",
  "tojson",
  ".split('a')",
  "~",
  "*",
  "**",
  "%",
  "endfor",
  "endif",
  "set x = x ~ x",
  "macro f()",
  "f()",
  "loop",
  "namespace(a=1)",
  " is ",
  "\\",
  "99999",
  "[::-1]",
  "|replace('a', 'aaaa')",
  "|join",
  "|sort",
  "|map(",
  "not ",
  "\n",
  "\t",
  "😀",
  "+",
  "*?",
  "(?:",
  ")*",
  "\\p{L}",
  "{1,9}",
  "^",
  "$",
  "|",
  "(a+)+",
];

/** A text with one to six pieces taken out, moved, doubled or put in. */
export function mutateText(text: string, random: Random): string {
  let out = text;
  for (let i = random.integer(1, random.chance(0.6) ? 1 : 5); i > 0; i--) {
    const at = random.integer(0, out.length);
    const end = Math.min(out.length, at + random.integer(0, 40));
    const piece = out.slice(at, end);
    const change = random.integer(0, 4);
    if (change === 0) out = out.slice(0, at) + out.slice(end);
    else if (change === 1) out = out.slice(0, end) + piece + out.slice(end);
    else if (change === 2) {
      const to = random.integer(0, out.length);
      out = out.slice(0, to) + piece + out.slice(to);
    } else out = out.slice(0, at) + random.pick(PIECES) + out.slice(at);
  }
  return out;
}

/** Bytes with one to eight changed, the end cut off, or a part doubled. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const out = Uint8Array.from(bytes);
  for (let i = random.integer(1, 8); i > 0 && out.length > 0; i--) {
    out[random.integer(0, out.length - 1)] = random.integer(0, 255);
  }
  if (random.chance(0.2)) return out.subarray(0, random.integer(0, out.length));
  return random.chance(0.1) ? Uint8Array.from([...out, ...out]) : out;
}
