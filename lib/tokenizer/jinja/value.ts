import { type Budget, TemplateError } from "./budget.ts";
import { isText, MarkedText, plain, type Text } from "./marked_text.ts";

/** A Python float; a whole number of JavaScript is a Python int. */
export class Float {
  /** The number. */
  readonly value: number;

  /** A float. */
  constructor(value: number) {
    this.value = value;
  }
}

/** A Python tuple; an array is a list. */
export class Tuple {
  /** The items. */
  readonly items: readonly Value[];

  /** A tuple of these items. */
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** A key of a {@link Dict}. */
export type DictKey = string | number | boolean | null;

/** A Python dict, in order of insertion. */
export class Dict {
  /** Values by their key. */
  readonly entries: Map<DictKey, Value>;
  readonly #origin: number | null;

  /** A dict of these entries. @param origin of the keys, when the dict was given to the template */
  constructor(entries: Iterable<readonly [DictKey, Value]> = [], origin: number | null = null) {
    this.entries = new Map(entries);
    this.#origin = origin;
  }

  /** The keys as values of the template. */
  keys(): Value[] {
    return [...this.entries.keys()].map((key) => this.#keyValue(key));
  }

  /** Keys and values. */
  items(): [Value, Value][] {
    return [...this.entries].map(([key, value]) => [this.#keyValue(key), value]);
  }

  /** A dict of the same entries. */
  copy(): Dict {
    return new Dict(this.entries, this.#origin);
  }

  #keyValue(key: DictKey): Value {
    return typeof key === "string" && this.#origin !== null
      ? MarkedText.from(key, this.#origin)
      : key;
  }
}

/** Value of an undefined name: prints as an empty text; other operations throw. */
export class Undefined {
  /** Name of the undefined value in error messages. */
  readonly hint: string;

  /** An undefined value. @param hint such as "'x' is undefined" */
  constructor(hint: string) {
    this.hint = hint;
  }
}

/** A namespace, whose members can be assigned to. */
export class Namespace {
  /** The members. */
  readonly members: Map<string, Value>;

  /** A namespace of these members. */
  constructor(members: Iterable<readonly [string, Value]>) {
    this.members = new Map(members);
  }
}

/** Arguments as they are given to a function. */
export interface CallArguments {
  /** Positional arguments. */
  readonly positional: readonly Value[];
  /** Named arguments. */
  readonly named: ReadonlyMap<string, Value>;
}

/** Something that can be called: a macro, a method, a global function. */
export class Callable {
  /** Its name, for errors. */
  readonly name: string;
  /** Calls it. */
  readonly call: (args: CallArguments) => Value;
  /** Attributes, such as those of `loop`. */
  readonly attribute: (name: string) => Value;

  /** A function. @param attribute by default there are no attributes */
  constructor(
    name: string,
    call: (args: CallArguments) => Value,
    attribute: (name: string) => Value = (attribute) =>
      new Undefined(`'${name}' has no attribute '${attribute}'`),
  ) {
    this.name = name;
    this.call = call;
    this.attribute = attribute;
  }
}

/** A value of a template. Lists are arrays; numbers are ints. */
export type Value =
  | null
  | boolean
  | number
  | Float
  | string
  | MarkedText
  | readonly Value[]
  | Tuple
  | Dict
  | Namespace
  | Undefined
  | Callable;

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "int";
  if (isText(value)) return "str";
  if (value instanceof Float) return "float";
  if (value instanceof Tuple) return "tuple";
  if (value instanceof Dict) return "dict";
  if (value instanceof Namespace) return "Namespace";
  if (value instanceof Undefined) return "Undefined";
  return value instanceof Callable ? "function" : "list";
}

/** True if Python treats the value as true. */
export function isTrue(value: Value): boolean {
  if (value === null || typeof value === "boolean") return value === true;
  if (typeof value === "number") return value !== 0;
  if (isText(value)) return plain(value) !== "";
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Dict) return value.entries.size > 0;
  if (value instanceof Undefined) return false;
  return Array.isArray(value) ? value.length > 0 : true;
}

/** A number's value, true and false as 1 and 0; null for other values. */
export function numberOf(value: Value): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Float ? value.value : null;
}

/** Passes a value that is defined. @throws {TemplateError} when it is not */
export function demand(value: Value): void {
  if (value instanceof Undefined) throw new TemplateError(value.hint);
}

/** The items of a list or tuple, or null. */
export function itemsOf(value: Value): readonly Value[] | null {
  if (Array.isArray(value)) return value;
  return value instanceof Tuple ? value.items : null;
}

/** True if two values are equal, as `==` in Python. */
export function areEqual(a: Value, b: Value, budget: Budget): boolean {
  budget.step();
  if (a === b) return true;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== null || y !== null) return x === y;
  if (isText(a)) {
    if (!isText(b)) return false;
    budget.step(1 + (plain(a).length >> 6));
    return plain(a) === plain(b);
  }
  if (a instanceof Undefined) return b instanceof Undefined;
  if (a instanceof Dict) {
    if (!(b instanceof Dict) || a.entries.size !== b.entries.size) return false;
    for (const [key, value] of a.entries) {
      const other = b.entries.get(key);
      if (other === undefined || !areEqual(value, other, budget)) return false;
    }
    return true;
  }
  if (a === null || b === null || a instanceof Tuple !== b instanceof Tuple) return false;
  const [left, right] = [itemsOf(a), itemsOf(b)];
  if (left === null || right === null || left.length !== right.length) return false;
  return left.every((item, i) => areEqual(item, right[i], budget));
}

/**
 * Below 0, 0 or above, as Python orders two values.
 * @throws {TemplateError} when it does not
 */
export function compareValues(a: Value, b: Value, operator: string, budget: Budget): number {
  budget.step();
  demand(a);
  demand(b);
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== null && y !== null) return x < y ? -1 : x > y ? 1 : x === y ? 0 : NaN;
  if (isText(a) && isText(b)) return compareTexts(plain(a), plain(b));
  const [left, right] = [itemsOf(a), itemsOf(b)];
  if (left !== null && right !== null && a instanceof Tuple === b instanceof Tuple) {
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      if (!areEqual(left[i], right[i], budget)) {
        return compareValues(left[i], right[i], operator, budget);
      }
    }
    return left.length - right.length;
  }
  throw new TemplateError(
    `'${operator}' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`,
  );
}

/** By code points, as Python; UTF-16 would put rare characters before some others. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? -1 : 1;
  const rank = (code: number) => (code >= 0xd800 && code <= 0xdfff ? code + 0x10000 : code);
  return rank(x) - rank(y);
}

/**
 * A value as a key of a dict.
 * @throws {TemplateError} when it cannot be one
 */
export function keyOf(value: Value): DictKey {
  demand(value);
  if (value === null) return null;
  if (isText(value)) return plain(value);
  const number = numberOf(value);
  if (number === null) throw new TemplateError(`a ${typeName(value)} cannot be the key of a dict`);
  return number;
}

/** A text's characters, in Python's count: one for each code point. */
export function lengthOfText(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const isPair = (text.charCodeAt(i) & 0xfc00) === 0xd800 &&
      (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (isPair) {
      length--;
      i++;
    }
  }
  return length;
}

/**
 * Offsets at which the code points of a text begin, then its end, in UTF-16 units; null when each
 * has one unit.
 */
export function codePointStarts(text: string): number[] | null {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return null;
  const starts: number[] = [];
  for (let i = 0; i < text.length; i += text.codePointAt(i)! > 0xffff ? 2 : 1) starts.push(i);
  starts.push(text.length);
  return starts;
}

/** A value that is to be a text. @throws {TemplateError} naming what asks for it */
export function demandText(value: Value | undefined, what: string): Text {
  if (value !== undefined && isText(value)) return value;
  if (value instanceof Undefined) throw new TemplateError(value.hint);
  const got = value === undefined ? "nothing" : typeName(value);
  throw new TemplateError(`${what} must be str, not ${got}`);
}

/** A value that is to be a whole number. @throws {TemplateError} naming what asks for it */
export function demandInteger(value: Value, what: string): number {
  demand(value);
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number") return value;
  throw new TemplateError(`${what} must be int, not ${typeName(value)}`);
}

/** A value that is there, None too, else another one. What `??` does would take None for nothing. */
export function given(value: Value | undefined, otherwise: Value): Value {
  return value === undefined ? otherwise : value;
}
