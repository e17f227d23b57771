/** Most characters of a text that a template has written. */
const LONGEST = 2000;

/**
 * A text with named slots, such as `What is the currency of the country of {city}?`, that can be
 * written and read back: one definition serves the question's writer and its recogniser.
 *
 * @example
 * ```ts
 * import { Template } from "@potstill/lab/template.ts";
 * const template = new Template("Add {a} and {b}.", { a: "\\d+", b: "\\d+" });
 * const text = template.render({ a: 3, b: 4 });
 * if (template.match(text)?.b !== "4") throw new Error(text);
 * ```
 */
export class Template {
  /** The text with its slots, as given. */
  readonly text: string;
  readonly #pattern: RegExp;

  /**
   * Compiles a text.
   *
   * @param text slots are written `{name}`; a name that occurs twice must have the same value twice
   * @param slots a regular expression's source for each slot that is not the default `.+?`
   */
  constructor(text: string, slots: Readonly<Record<string, string>> = {}) {
    this.text = text;
    const seen = new Set<string>();
    const source = text.split(/(\{\w+\})/).map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      if (seen.has(name)) return `\\k<${name}>`;
      seen.add(name);
      return `(?<${name}>${slots[name] ?? ".+?"})`;
    });
    this.#pattern = new RegExp(`^${source.join("")}$`, "u");
  }

  /**
   * The text with every slot filled.
   *
   * @throws {RangeError} when a slot has no value
   */
  render(values: Readonly<Record<string, string | number>>): string {
    return this.text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) {
        throw new RangeError(`Cannot render "${this.text}": slot "${name}" has no value`);
      }
      return String(value);
    });
  }

  /** The slots' values when `text` was written by this template, else null. */
  match(text: string): Readonly<Record<string, string>> | null {
    // Several slots over a long text take a power of its length; none of ours is as long.
    if (text.length > LONGEST) return null;
    const groups = this.#pattern.exec(text)?.groups;
    return groups === undefined ? (this.#pattern.test(text) ? {} : null) : { ...groups };
  }
}
