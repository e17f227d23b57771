import { Undefined, type Value } from "./value.ts";

/** The names that are visible at a place of a template. */
export class Scope {
  readonly #values = new Map<string, Value>();
  readonly #parent: Scope | null;

  /** An empty scope within another. */
  constructor(parent: Scope | null) {
    this.#parent = parent;
  }

  /** The value of a name; undefined when there is none. */
  get(name: string): Value {
    const own = this.#values.get(name);
    if (own !== undefined) return own;
    return this.#parent === null ? new Undefined(`'${name}' is undefined`) : this.#parent.get(name);
  }

  /** Gives a name a value in this scope. */
  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }
}
