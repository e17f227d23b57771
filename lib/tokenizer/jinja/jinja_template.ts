import { Budget, type BudgetLimits, TemplateError } from "./budget.ts";
import { globalFunctions } from "./globals.ts";
import type { Text } from "./marked_text.ts";
import { parseTemplate } from "./parse_template.ts";
import { Renderer } from "./renderer.ts";
import { Scope } from "./scope.ts";
import type { Statement } from "./syntax.ts";
import type { Value } from "./value.ts";

/** Options of one rendering. */
export interface RenderOptions extends BudgetLimits {
  /** Time that `strftime_now` gives. @default the present */
  readonly now?: Date;
}

/**
 * A Jinja template as transformers renders the chat templates of models: Jinja 3.1 with
 * `trim_blocks`, `lstrip_blocks`, `break` and `continue`, `generation` tags, `tojson`,
 * `raise_exception` and `strftime_now`. What it cannot do is refused by name.
 *
 * Rendering keeps a budget of steps, characters and time, and tells for each character of the result
 * whether the template wrote it or a value brought it.
 *
 * @source transformers, `render_jinja_template`; Jinja 3.1
 *
 * @example
 * ```ts
 * import { JinjaTemplate } from "@potstill/student";
 * const template = new JinjaTemplate("{% for n in numbers if n is odd %}{{ n }};{% endfor %}");
 * const text = template.render({ numbers: [1, 2, 3] });
 * if (text !== "1;3;") throw new Error(String(text));
 * ```
 */
export class JinjaTemplate {
  readonly #body: readonly Statement[];
  /** Every text that the template holds: its body, and its strings. */
  readonly literals: readonly string[];

  /**
   * Parses a template.
   * @throws {TemplateError} naming the line that cannot be read
   */
  constructor(source: string) {
    this.#body = guarded(() => parseTemplate(source));
    this.literals = guarded(() => literalsOf(this.#body));
  }

  /**
   * Renders the template.
   *
   * @param variables values by name, as `toValue` makes them of JSON
   * @throws {TemplateError} when it raises an exception, does what Python refuses, or does not end
   */
  render(variables: Readonly<Record<string, Value>>, options: RenderOptions = {}): Text {
    const budget = new Budget(options);
    const globals = new Scope(null);
    for (const [name, value] of globalFunctions(budget, options.now ?? new Date())) {
      globals.set(name, value);
    }
    const scope = new Scope(globals);
    for (const [name, value] of Object.entries(variables)) scope.set(name, value);
    return guarded(() => new Renderer(budget).render(this.#body, scope));
  }
}

/** Errors of the engine itself, when nesting outgrows it, as errors of the template. */
function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) {
      throw new TemplateError(`it asks for too much: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function literalsOf(node: unknown): string[] {
  if (node === null || typeof node !== "object") return [];
  const { kind, text, value } = node as { kind?: string; text?: string; value?: unknown };
  if (kind === "text") return [text!];
  if (kind === "constant") return typeof value === "string" ? [value] : [];
  return Object.values(node).flatMap(literalsOf);
}
