import type { JsonValue } from "../../records/json.ts";

const DEEPEST = 200;

/**
 * A JSON value whose texts can be written as UTF-8: halves of surrogate pairs, which a cut within a
 * character leaves behind, become U+FFFD. A value without any is given back as it is.
 *
 * @throws {TypeError} when it is nested too deep to be read
 */
export function wellFormed(value: JsonValue, depth = 0): JsonValue {
  if (typeof value === "string") return value.toWellFormed();
  if (value === null || typeof value !== "object") return value;
  if (depth > DEEPEST) throw new TypeError(`it is nested more than ${DEEPEST} levels deep`);
  if (Array.isArray(value)) {
    const items = value.map((item) => wellFormed(item, depth + 1));
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  const entries = Object.entries(value);
  const fixed = entries.map(([key, item]) =>
    [key.toWellFormed(), wellFormed(item, depth + 1)] as const
  );
  const isSame = entries.every(([key, item], i) => key === fixed[i][0] && item === fixed[i][1]);
  return isSame ? value : Object.fromEntries(fixed);
}
