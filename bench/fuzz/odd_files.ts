import type { Random } from "@potstill";
import type { JsonValue } from "@potstill/agent";

/** Values that readers of files stumble over. */
const ODD_JSON: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  2 ** 60,
  "",
  " ",
  "constructor",
  "__proto__",
  "x",
  "\ud800",
  "\u2028",
  "a\0b",
  "=1+1",
  "\\input{x}",
  "$&",
  "#### 5",
  "<<1=1>>2\n#### 2",
  "९",
  "5a7a06935542990198eaf050",
  "2hop__1_2",
  "MATH",
  "gsm8k",
  "x".repeat(3000),
  [],
  {},
  [null],
  [[]],
  [{}],
  ["a", 1],
  { value: "x", aliases: [1] },
  { text: ["a"] },
  { role: "user" },
];

/** Keys that a record may get. */
const ODD_KEYS: readonly string[] = [
  "id",
  "_id",
  "ID",
  "question",
  "problem",
  "Problem",
  "answer",
  "target",
  "code",
  "input",
  "solution",
  "level",
  "type",
  "unique_id",
  "url",
  "Body",
  "Equation",
  "messages",
  "answers",
  "golden_answers",
  "aliases",
  "dataset_name",
  "data_source",
  "split",
  "metadata",
  "examples",
  "data",
  "row",
  "rows",
  "contents",
  "title",
  "text",
  "supporting_facts",
  "answerable",
  "__proto__",
  "constructor",
  "toString",
  "length",
  "verdict",
  "system",
  "score",
  "log_data",
  "response",
  "generated_answer",
  "model_id",
  "error",
  "steps",
  "task",
  "prompt",
  "toString",
];

/** A JSON value with some places changed, taken out or joined by new ones. */
export function oddJson(value: JsonValue, random: Random): JsonValue {
  const copy = structuredClone(value) as JsonValue;
  for (let i = random.integer(0, 3); i > 0; i--) change(copy, random);
  return random.chance(0.02) ? pickOdd(random) : copy;
}

function change(root: JsonValue, random: Random): void {
  let place = root;
  for (let depth = random.integer(0, 4); depth > 0; depth--) {
    const inner = Object.values((place ?? {}) as object)
      .filter((child) => typeof child === "object" && child !== null);
    if (inner.length === 0) break;
    place = random.pick(inner);
  }
  if (typeof place !== "object" || place === null) return;
  if (Array.isArray(place) && random.chance(0.3)) {
    (place as JsonValue[]).push(pickOdd(random));
    return;
  }
  const keys = Object.keys(place);
  const known = keys.length > 0 && (Array.isArray(place) || random.chance(0.7));
  if (Array.isArray(place) && !known) return;
  const key = known ? random.pick(keys) : random.pick(ODD_KEYS);
  if (known && random.chance(0.2)) delete (place as Record<string, JsonValue>)[key];
  else {
    // As JSON.parse does: an own field, whatever its name.
    Object.defineProperty(place, key, {
      value: pickOdd(random),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}

function pickOdd(random: Random): JsonValue {
  return structuredClone(random.pick(ODD_JSON)) as JsonValue;
}

/** Pieces of files of delimited values and of JSON lines. */
const PIECES: readonly string[] = [
  '"',
  '""',
  '"""',
  ",",
  "\t",
  "\n",
  "\r\n",
  "\r",
  '","',
  '"\n',
  '\n"',
  '"\t"',
  " ",
  "\ufeff",
  "{",
  "}",
  "[",
  "]",
  "null",
  "\\",
  "\\u0000",
  "\\ud800",
  "\u2028",
  "id",
  "1",
  "é",
  "\0",
];

/** A text with pieces put in, taken out or doubled. */
export function oddText(text: string, random: Random): string {
  let out = text;
  for (let i = random.integer(0, 4); i > 0; i--) {
    const at = random.integer(0, out.length);
    const end = Math.min(out.length, at + random.integer(0, 30));
    const how = random.integer(0, 3);
    if (how === 0) out = out.slice(0, at) + out.slice(end);
    else if (how === 1) out = out.slice(0, end) + out.slice(at);
    else out = out.slice(0, at) + random.pick(PIECES) + out.slice(at);
  }
  return out;
}

/** Bytes of a text, now and then with some that are no UTF-8. */
export function oddBytes(text: string, random: Random): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 0 && random.chance(0.15)) {
    bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
  }
  return bytes;
}
