import { TemplateError } from "./budget.ts";
import { type FilterContext, type FilterSpec, pathOf } from "./filter_spec.ts";
import { iterate } from "./iterate.ts";
import { isText, MarkedText, plain, type Text } from "./marked_text.ts";
import { operate } from "./operators.ts";
import { joinTexts } from "./text_methods.ts";
import {
  areEqual,
  type CallArguments,
  compareValues,
  demandInteger,
  Dict,
  given,
  isTrue,
  Tuple,
  Undefined,
  type Value,
} from "./value.ts";
import { textOf } from "./write_value.ts";

type Run = FilterSpec["run"];

/** Texts compare without regard to capitals, unless they are to. */
function folded(value: Value, isCaseSensitive: boolean): Value {
  return isText(value) && !isCaseSensitive ? plain(value).toLowerCase() : value;
}

/** The value of the attributes that a sort or a group goes by; several make a tuple. */
function keyBy(
  attribute: Value | undefined,
  isCaseSensitive: boolean,
  context: FilterContext,
): (item: Value) => Value {
  if (attribute === undefined || attribute === null) return (item) => folded(item, isCaseSensitive);
  const paths = isText(attribute) ? plain(attribute).split(",") : [attribute];
  return (item) => {
    const parts = paths.map((path) => folded(pathOf(item, path, context.budget), isCaseSensitive));
    return parts.length === 1 ? parts[0] : new Tuple(parts);
  };
}

function sorted(
  items: readonly Value[],
  key: (item: Value) => Value,
  isReversed: boolean,
  { budget }: FilterContext,
): Value[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  const sign = isReversed ? -1 : 1;
  keyed.sort((a, b) => sign * compareValues(a.key, b.key, "<", budget));
  return keyed.map(({ item }) => item);
}

const flag = (value: Value | undefined) => value !== undefined && isTrue(value);

function extreme(isMost: boolean): Run {
  return (value, [caseSensitive, attribute], context) => {
    const items = iterate(value, context.budget);
    const key = keyBy(attribute, flag(caseSensitive), context);
    let best: Value = new Undefined("No aggregated item, sequence was empty.");
    items.forEach((item, i) => {
      const order = i === 0
        ? 0
        : compareValues(key(item), key(best), isMost ? ">" : "<", context.budget);
      if (i === 0 || (isMost ? order > 0 : order < 0)) best = item;
    });
    return best;
  };
}

/** `select`, `reject` and their likes for an attribute. */
function selecting(isKept: boolean, hasAttribute: boolean): Run {
  return (value, _, context, { positional, named }) => {
    const [attribute, rest] = hasAttribute
      ? [positional[0], positional.slice(1)]
      : [undefined, positional];
    if (hasAttribute && attribute === undefined) {
      throw new TemplateError("Missing parameter for attribute name");
    }
    const [name, ...others] = rest;
    const args: CallArguments = { positional: others, named };
    return iterate(value, context.budget).filter((item) => {
      const tested = attribute === undefined ? item : pathOf(item, attribute, context.budget);
      const holds = name === undefined
        ? isTrue(tested)
        : context.test(plain(textOf(name, context.budget)), tested, args);
      return holds === isKept;
    });
  };
}

const map: Run = (value, _, context, { positional, named }) => {
  const items = iterate(value, context.budget);
  if (positional.length === 0) {
    const attribute = named.get("attribute");
    if (attribute === undefined) throw new TemplateError("map requires a filter argument");
    const otherwise = named.get("default");
    return items.map((item) => {
      const found = pathOf(item, attribute, context.budget);
      return found instanceof Undefined && otherwise !== undefined ? otherwise : found;
    });
  }
  const [name, ...rest] = positional;
  return items.map((item) =>
    context.filter(plain(textOf(name, context.budget)), item, { positional: rest, named })
  );
};

const groupby: Run = (value, [attribute, otherwise, caseSensitive], context) => {
  const plainKey = (item: Value) => {
    const found = pathOf(item, attribute!, context.budget);
    return found instanceof Undefined && otherwise !== undefined ? otherwise : found;
  };
  const key = (item: Value) => folded(plainKey(item), flag(caseSensitive));
  const groups: { key: Value; grouper: Value; list: Value[] }[] = [];
  for (const item of sorted(iterate(value, context.budget), key, false, context)) {
    const last = groups.at(-1);
    if (last !== undefined && areEqual(last.key, key(item), context.budget)) last.list.push(item);
    else groups.push({ key: key(item), grouper: plainKey(item), list: [item] });
  }
  return groups.map(({ grouper, list }) => new Tuple([grouper, list]));
};

const unique: Run = (value, [caseSensitive, attribute], context) => {
  const key = keyBy(attribute, flag(caseSensitive), context);
  const seen: Value[] = [];
  const seenTexts = new Set<string>();
  return iterate(value, context.budget).filter((item) => {
    const own = key(item);
    if (isText(own)) return !seenTexts.has(plain(own)) && seenTexts.add(plain(own));
    if (seen.some((other) => areEqual(other, own, context.budget))) return false;
    seen.push(own);
    return true;
  });
};

const batch: Run = (value, [count, fill], { budget }) => {
  const size = demandInteger(count!, "linecount");
  if (size < 1) throw new TemplateError("batch needs a positive count");
  const items = iterate(value, budget);
  const rows: Value[][] = [];
  for (let i = 0; i < items.length; i += size) rows.push(items.slice(i, i + size));
  const last = rows.at(-1);
  if (last !== undefined && fill !== undefined && fill !== null) {
    budget.step(size);
    while (last.length < size) last.push(fill);
  }
  return rows;
};

const slice: Run = (value, [count, fill], { budget }) => {
  const columns = demandInteger(count!, "slices");
  if (columns < 1) throw new TemplateError("slice needs a positive count");
  budget.step(columns);
  const items = iterate(value, budget);
  const each = Math.floor(items.length / columns);
  const extra = items.length % columns;
  let at = 0;
  return Array.from({ length: columns }, (_, i) => {
    const column = items.slice(at, at += each + (i < extra ? 1 : 0));
    return fill !== undefined && fill !== null && i >= extra ? [...column, fill] : column;
  });
};

const sum: Run = (value, [attribute, start], { budget }) => {
  const hasPath = attribute !== undefined && attribute !== null;
  return iterate(value, budget).reduce<Value>(
    (total, item) => operate("+", total, hasPath ? pathOf(item, attribute, budget) : item, budget),
    given(start, 0),
  );
};

const dictsort: Run = (value, [caseSensitive, by, reverse], context) => {
  if (!(value instanceof Dict)) throw new TemplateError("dictsort needs a dict");
  const way = by === undefined ? "key" : plain(textOf(by, context.budget));
  if (way !== "key" && way !== "value") throw new TemplateError('by must be "key" or "value"');
  const at = way === "key" ? 0 : 1;
  const pairs = value.items().map((pair) => new Tuple(pair));
  const key = (pair: Value) => folded((pair as Tuple).items[at], flag(caseSensitive));
  return sorted(pairs, key, flag(reverse), context);
};

function reversed(value: Value, budget: FilterContext["budget"]): Value {
  if (!isText(value)) return [...iterate(value, budget)].reverse();
  budget.characters(plain(value).length);
  const text = [...plain(value)].reverse().join("");
  return value instanceof MarkedText ? MarkedText.from(text, value.spans[0].origin) : text;
}

/** Filters of lists and dicts. */
export const LIST_FILTERS: Readonly<Record<string, FilterSpec>> = {
  batch: { parameters: ["linecount", "fill_with"], required: 1, run: batch },
  dictsort: { parameters: ["case_sensitive", "by", "reverse"], run: dictsort },
  first: {
    parameters: [],
    run: (value, _, { budget }) =>
      given(iterate(value, budget).at(0), new Undefined("No first item, sequence was empty.")),
  },
  groupby: { parameters: ["attribute", "default", "case_sensitive"], required: 1, run: groupby },
  items: {
    parameters: [],
    run: (value) => {
      if (value instanceof Undefined) return [];
      if (!(value instanceof Dict)) {
        throw new TemplateError("Can only get item pairs from a mapping.");
      }
      return value.items().map((pair) => new Tuple(pair));
    },
  },
  join: {
    parameters: ["d", "attribute"],
    run: (value, [separator, attribute], { budget }) => {
      const texts = iterate(value, budget).map((item) =>
        textOf(
          attribute === undefined || attribute === null ? item : pathOf(item, attribute, budget),
          budget,
        )
      );
      const by: Text = separator === undefined ? "" : textOf(separator, budget);
      return joinTexts(by, texts, budget);
    },
  },
  last: {
    parameters: [],
    run: (value, _, { budget }) =>
      given(iterate(value, budget).at(-1), new Undefined("No last item, sequence was empty.")),
  },
  list: { parameters: [], run: (value, _, { budget }) => [...iterate(value, budget)] },
  map: { parameters: null, run: map },
  max: { parameters: ["case_sensitive", "attribute"], run: extreme(true) },
  min: { parameters: ["case_sensitive", "attribute"], run: extreme(false) },
  reject: { parameters: null, run: selecting(false, false) },
  rejectattr: { parameters: null, run: selecting(false, true) },
  reverse: { parameters: [], run: (value, _, { budget }) => reversed(value, budget) },
  select: { parameters: null, run: selecting(true, false) },
  selectattr: { parameters: null, run: selecting(true, true) },
  slice: { parameters: ["slices", "fill_with"], required: 1, run: slice },
  sort: {
    parameters: ["reverse", "case_sensitive", "attribute"],
    run: (value, [reverse, caseSensitive, attribute], context) =>
      sorted(
        iterate(value, context.budget),
        keyBy(attribute, flag(caseSensitive), context),
        flag(reverse),
        context,
      ),
  },
  sum: { parameters: ["attribute", "start"], run: sum },
  unique: { parameters: ["case_sensitive", "attribute"], run: unique },
};
