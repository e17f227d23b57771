import { type Budget, TemplateError } from "./budget.ts";
import { isText, plain, sliceText } from "./marked_text.ts";
import { Dict, itemsOf, typeName, Undefined, type Value } from "./value.ts";

/**
 * The items that Python iterates over: those of a list or tuple, the keys of a dict, the
 * characters of a text, none for an undefined value.
 *
 * @throws {TemplateError} when the value cannot be iterated over
 */
export function iterate(value: Value, budget: Budget): readonly Value[] {
  const items = itemsOf(value);
  if (items !== null) {
    budget.step(items.length);
    return items;
  }
  if (value instanceof Undefined) return [];
  if (value instanceof Dict) return value.keys();
  if (!isText(value)) throw new TemplateError(`'${typeName(value)}' object is not iterable`);
  budget.step(plain(value).length);
  const characters: Value[] = [];
  let at = 0;
  for (const character of plain(value)) {
    characters.push(sliceText(value, at, at += character.length));
  }
  return characters;
}
