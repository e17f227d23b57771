import { type Budget, TemplateError } from "./budget.ts";
import { concatTexts, isText, plain, sliceText } from "./marked_text.ts";
import { textMethod } from "./text_methods.ts";
import {
  areEqual,
  Callable,
  type CallArguments,
  codePointStarts,
  Dict,
  given,
  itemsOf,
  keyOf,
  Namespace,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from "./value.ts";
import { wordList } from "../../records/word_list.ts";

/** Methods that would change a list or a dict, which transformers' sandbox forbids. */
const CHANGING = new Set(wordList(`
  append clear extend insert pop remove reverse sort popitem setdefault update
`));

/** Value of `value.name`: a method, else a member; undefined when there is none. */
export function attributeOf(value: Value, name: string, budget: Budget): Value {
  budget.step();
  if (value instanceof Undefined) throw new TemplateError(value.hint);
  const method = (call: (args: CallArguments) => Value) => new Callable(name, call);
  if (value instanceof Dict) {
    switch (name) {
      case "items":
        return method(() => value.items().map((item) => new Tuple(item)));
      case "keys":
        return method(() => value.keys());
      case "values":
        return method(() => [...value.entries.values()]);
      case "copy":
        return method(() => value.copy());
      case "get":
        return method(({ positional: [key, otherwise] }) =>
          given(value.entries.get(keyOf(given(key, null))), given(otherwise, null))
        );
    }
    if (CHANGING.has(name)) return forbidden(name, value);
    return given(value.entries.get(name), missing(value, name));
  }
  if (value instanceof Namespace) return given(value.members.get(name), missing(value, name));
  if (value instanceof Callable) return value.attribute(name);
  if (isText(value)) {
    const call = textMethod(value, name, budget);
    return call === null ? missing(value, name) : method(call);
  }
  const items = itemsOf(value);
  if (items === null) return missing(value, name);
  if (CHANGING.has(name)) return forbidden(name, value);
  if (name === "copy" && !(value instanceof Tuple)) return method(() => items);
  if (name === "count") {
    return method(({ positional: [wanted] }) =>
      items.filter((item) => areEqual(item, given(wanted, null), budget)).length
    );
  }
  if (name === "index") {
    return method(({ positional: [wanted] }) => {
      const at = items.findIndex((item) => areEqual(item, given(wanted, null), budget));
      if (at === -1) throw new TemplateError("the value is not in the list");
      return at;
    });
  }
  return missing(value, name);
}

function missing(value: Value, name: string): Undefined {
  return new Undefined(`'${typeName(value)} object' has no attribute '${name}'`);
}

function forbidden(name: string, value: Value): Undefined {
  return new Undefined(
    `the method ${name} of a ${typeName(value)} would change it, which is forbidden`,
  );
}

/** Value of `value[index]`: an item, else an attribute; undefined when there is none. */
export function itemOf(value: Value, index: Value, budget: Budget): Value {
  budget.step();
  if (value instanceof Undefined) throw new TemplateError(value.hint);
  if (index instanceof Undefined) return new Undefined(index.hint);
  if (value instanceof Dict) {
    const isKey = !Array.isArray(index) && !(index instanceof Dict) && !(index instanceof Tuple);
    const found = isKey ? value.entries.get(keyOf(index)) : undefined;
    if (found !== undefined) return found;
  } else if (typeof index === "number" || typeof index === "boolean") {
    const found = at(value, Number(index));
    if (found !== undefined) return found;
  }
  if (isText(index)) return attributeOf(value, plain(index), budget);
  return new Undefined(`${typeName(value)} object has no element ${String(index)}`);
}

function at(value: Value, index: number): Value | undefined {
  const items = itemsOf(value);
  if (items !== null) return items.at(index);
  if (!isText(value)) return undefined;
  const starts = codePointStarts(plain(value));
  const length = starts === null ? plain(value).length : starts.length - 1;
  const place = index < 0 ? length + index : index;
  if (place < 0 || place >= length) return undefined;
  return sliceText(value, starts?.[place] ?? place, starts?.[place + 1] ?? place + 1);
}

/** Value of `value[start:stop:step]`. */
export function partOf(
  value: Value,
  [start, stop, step]: readonly (number | null)[],
  budget: Budget,
): Value {
  if (value instanceof Undefined) throw new TemplateError(value.hint);
  const stride = step ?? 1;
  if (stride === 0) throw new TemplateError("slice step cannot be zero");
  if (isText(value)) {
    const starts = codePointStarts(plain(value));
    const length = starts === null ? plain(value).length : starts.length - 1;
    budget.step(1 + (length >> 6));
    const places = slicePlaces(length, start, stop, stride);
    const unit = (place: number) => starts?.[place] ?? place;
    if (stride === 1) {
      return sliceText(value, unit(places.first), unit(Math.max(places.first, places.end)));
    }
    budget.step(length);
    return concatTexts(placesOf(places, stride).map((i) => sliceText(value, unit(i), unit(i + 1))));
  }
  const items = itemsOf(value);
  if (items === null) {
    return new Undefined(`a ${typeName(value)} cannot be sliced`);
  }
  const places = placesOf(slicePlaces(items.length, start, stop, stride), stride);
  budget.step(places.length);
  const part = places.map((i) => items[i]);
  return value instanceof Tuple ? new Tuple(part) : part;
}

function slicePlaces(length: number, start: number | null, stop: number | null, step: number) {
  const clamp = (place: number, low: number, high: number) =>
    Math.min(Math.max(place < 0 ? place + length : place, low), high);
  return step > 0
    ? {
      first: start === null ? 0 : clamp(start, 0, length),
      end: stop === null ? length : clamp(stop, 0, length),
    }
    : {
      first: start === null ? length - 1 : clamp(start, -1, length - 1),
      end: stop === null ? -1 : clamp(stop, -1, length - 1),
    };
}

function placesOf({ first, end }: { first: number; end: number }, step: number): number[] {
  const places: number[] = [];
  for (let i = first; step > 0 ? i < end : i > end; i += step) places.push(i);
  return places;
}
