import { bindArguments } from "./bind_arguments.ts";
import { type Budget, TemplateError } from "./budget.ts";
import { iterate } from "./iterate.ts";
import { isText, plain } from "./marked_text.ts";
import { strftime } from "./strftime.ts";
import {
  Callable,
  type CallArguments,
  demandInteger,
  demandText,
  Dict,
  type DictKey,
  keyOf,
  Namespace,
  Undefined,
  type Value,
} from "./value.ts";
import { textOf } from "./write_value.ts";

/** Longest `range`, as in Jinja's sandbox. */
const MAX_RANGE = 100_000;

/**
 * The functions that every chat template has.
 *
 * @param now what `strftime_now` tells
 * @source transformers, `chat_template_utils.py`; Jinja 3.1, "List of Global Functions"
 */
export function globalFunctions(budget: Budget, now: Date): Map<string, Value> {
  const functions: Record<string, (args: CallArguments) => Value> = {
    range: (args) => range(args, budget),
    dict: (args) => new Dict(pairsOf(args, budget)),
    namespace: (args) => {
      const entries = pairsOf(args, budget).map(([key, value]) => [String(key), value] as const);
      const hidden = entries.find(([name]) => name.startsWith("_"));
      if (hidden !== undefined) {
        throw new TemplateError(`a namespace cannot have the member ${hidden[0]}`);
      }
      return new Namespace(entries);
    },
    raise_exception: (args) => {
      const [message] = bindArguments("raise_exception", ["message"], args, 1);
      throw new TemplateError(plain(textOf(message!, budget)));
    },
    strftime_now: (args) => {
      const [format] = bindArguments("strftime_now", ["format"], args, 1);
      return strftime(now, plain(demandText(format, "the format of strftime_now")));
    },
    joiner: (args) => {
      const [separator = ", "] = bindArguments("joiner", ["sep"], args);
      let isUsed = false;
      return new Callable("joiner", () => {
        const text = isUsed ? separator : "";
        isUsed = true;
        return text;
      });
    },
    cycler: ({ positional }) => {
      if (positional.length === 0) throw new TemplateError("at least one item has to be provided");
      let at = 0;
      const current = () => positional[at % positional.length];
      const step = () => {
        const value = current();
        at++;
        return value;
      };
      const reset = (): Value => {
        at = 0;
        return null;
      };
      return new Callable(
        "cycler",
        step,
        (name) =>
          name === "next"
            ? new Callable("next", step)
            : name === "reset"
            ? new Callable("reset", reset)
            : name === "current"
            ? current()
            : new Undefined(`cycler has no attribute '${name}'`),
      );
    },
  };
  return new Map(Object.entries(functions).map(([name, call]) => [name, new Callable(name, call)]));
}

function range(args: CallArguments, budget: Budget): Value {
  const given = bindArguments("range", ["start", "stop", "step"], args, 1)
    .map((value) => value === undefined ? undefined : demandInteger(value, "range's argument"));
  const [start, stop, step] = given[1] === undefined
    ? [0, given[0]!, 1]
    : [given[0]!, given[1], given[2] ?? 1];
  if (step === 0) throw new TemplateError("range() arg 3 must not be zero");
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > MAX_RANGE) {
    throw new TemplateError(`Range too big. The sandbox blocks ranges larger than ${MAX_RANGE}.`);
  }
  budget.step(length);
  return Array.from({ length }, (_, i) => start + i * step);
}

function pairsOf({ positional, named }: CallArguments, budget: Budget): [DictKey, Value][] {
  if (positional.length > 1) throw new TemplateError("a dict takes at most one argument");
  const [source] = positional;
  const pairs: [DictKey, Value][] = [];
  if (source instanceof Dict) pairs.push(...source.entries);
  else if (source !== undefined) {
    for (const item of iterate(source, budget)) {
      const pair = isText(item) ? [...plain(item)] : iterate(item, budget);
      if (pair.length !== 2) throw new TemplateError("a dict needs pairs of key and value");
      pairs.push([keyOf(pair[0]), pair[1]]);
    }
  }
  return [...pairs, ...named];
}
