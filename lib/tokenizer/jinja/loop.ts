import { type Budget, TemplateError } from "./budget.ts";
import { areEqual, Callable, given, Undefined, type Value } from "./value.ts";

/** The variable `loop` of a `for`. */
export class Loop {
  /** Items of the loop. */
  readonly items: readonly Value[];
  /** The place of the present item. */
  index = 0;
  /** The variable itself. */
  readonly variable: Callable;
  #last: readonly Value[] | null = null;

  /**
   * A loop over items.
   * @param depth of how many calls of itself a recursive loop is within
   * @param again runs a recursive loop over other items; null for loops that are not
   */
  constructor(
    items: readonly Value[],
    depth: number,
    again: ((items: Value) => Value) | null,
    budget: Budget,
  ) {
    this.items = items;
    const attributes: Readonly<Record<string, () => Value>> = {
      cycle: () =>
        new Callable("cycle", ({ positional }) => {
          if (positional.length === 0) throw new TemplateError("no items for cycling given");
          return positional[this.index % positional.length];
        }),
      changed: () =>
        new Callable("changed", ({ positional }) => {
          const before = this.#last;
          this.#last = positional;
          return before === null || before.length !== positional.length ||
            before.some((value, i) => !areEqual(value, positional[i], budget));
        }),
      depth: () => depth + 1,
      depth0: () => depth,
      first: () => this.index === 0,
      index: () => this.index + 1,
      index0: () => this.index,
      last: () => this.index === items.length - 1,
      length: () => items.length,
      nextitem: () => given(items.at(this.index + 1), new Undefined("there is no next item")),
      previtem: () =>
        this.index > 0 ? items[this.index - 1] : new Undefined("there is no previous item"),
      revindex: () => items.length - this.index,
      revindex0: () => items.length - this.index - 1,
    };
    this.variable = new Callable(
      "loop",
      ({ positional: [inner] }) => {
        if (again === null) throw new TemplateError("the loop is not recursive");
        return again(inner ?? null);
      },
      (name) =>
        Object.hasOwn(attributes, name)
          ? attributes[name]()
          : new Undefined(`loop has no attribute '${name}'`),
    );
  }
}
