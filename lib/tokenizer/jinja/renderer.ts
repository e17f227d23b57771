import { bindArguments } from "./bind_arguments.ts";
import { type Budget, TemplateError } from "./budget.ts";
import { Evaluator } from "./evaluate.ts";
import { iterate } from "./iterate.ts";
import { Loop } from "./loop.ts";
import { plain, type Text, TextBuilder } from "./marked_text.ts";
import { Scope } from "./scope.ts";
import type { MacroSignature, Statement, Target } from "./syntax.ts";
import {
  Callable,
  type CallArguments,
  Dict,
  isTrue,
  Namespace,
  Tuple,
  Undefined,
  type Value,
} from "./value.ts";
import { textOf } from "./write_value.ts";

/** Jump that ended a body early. */
type Jump = "break" | "continue" | null;

/** Macros that call each other deeper than this are taken to never end. */
const MAX_CALLS = 100;

/** Runs the statements of a template. */
export class Renderer {
  readonly #evaluator: Evaluator;
  readonly #budget: Budget;
  #calls = 0;

  /** A renderer that draws on a budget. */
  constructor(budget: Budget) {
    this.#budget = budget;
    this.#evaluator = new Evaluator(budget);
  }

  /** Renders statements. @throws {TemplateError} when they cannot be run */
  render(body: readonly Statement[], scope: Scope): Text {
    const out = new TextBuilder();
    this.#run(body, scope, out);
    return out.text();
  }

  #run(body: readonly Statement[], scope: Scope, out: TextBuilder): Jump {
    for (const statement of body) {
      const jump = this.#statement(statement, scope, out);
      if (jump !== null) return jump;
    }
    return null;
  }

  #write(text: Text, out: TextBuilder): void {
    this.#budget.characters(plain(text).length);
    out.add(text);
  }

  #statement(node: Statement, scope: Scope, out: TextBuilder): Jump {
    this.#budget.step();
    const evaluator = this.#evaluator;
    switch (node.kind) {
      case "text":
        this.#write(node.text, out);
        return null;
      case "print":
        this.#write(textOf(evaluator.evaluate(node.expression, scope), this.#budget), out);
        return null;
      case "if": {
        const branch = node.branches.find(({ test }) => isTrue(evaluator.evaluate(test, scope)));
        return this.#run(branch?.body ?? node.otherwise, scope, out);
      }
      case "for":
        this.#for(node, evaluator.evaluate(node.iterable, scope), 0, scope, out);
        return null;
      case "set":
        this.#assign(node.target, evaluator.evaluate(node.value, scope), scope);
        return null;
      case "set-block": {
        const text = this.render(node.body, new Scope(scope));
        const value = node.filter === null ? text : this.#filtered(node.filter, text, scope);
        this.#assign(node.target, value, scope);
        return null;
      }
      case "with": {
        const inner = new Scope(scope);
        const values = node.values.map((value) => evaluator.evaluate(value, scope));
        node.targets.forEach((target, i) => this.#assign(target, values[i], inner));
        return this.#run(node.body, inner, out);
      }
      case "macro":
        scope.set(node.name, this.#macro(node.name, node.signature, scope));
        return null;
      case "call-block": {
        const caller = this.#macro("caller", node.signature, scope);
        const args = evaluator.args(node.call.args, scope);
        const named = new Map(args.named).set("caller", caller);
        const callee = evaluator.evaluate(node.call.callee, scope);
        const value = evaluator.call(callee, { ...args, named });
        this.#write(textOf(value, this.#budget), out);
        return null;
      }
      case "filter-block": {
        const text = this.render(node.body, new Scope(scope));
        this.#write(textOf(this.#filtered(node.filter, text, scope), this.#budget), out);
        return null;
      }
      case "generation":
        // transformers makes a call of the body: what it assigns stays within.
        return this.#run(node.body, new Scope(scope), out);
      case "break":
      case "continue":
        return node.kind;
    }
  }

  #filtered(
    filter: Extract<Statement, { kind: "filter-block" }>["filter"],
    text: Text,
    scope: Scope,
  ): Value {
    const inner = filter.target === null
      ? text
      : this.#filtered(filter.target as typeof filter, text, scope);
    return this.#evaluator.filter(filter, inner, scope);
  }

  #for(
    node: Extract<Statement, { kind: "for" }>,
    iterable: Value,
    depth: number,
    scope: Scope,
    out: TextBuilder,
  ): void {
    if (depth > MAX_CALLS) {
      throw new TemplateError(`a loop calls itself more than ${MAX_CALLS} deep`);
    }
    let items = iterate(iterable, this.#budget);
    const { condition } = node;
    if (condition !== null) {
      items = items.filter((item) => {
        const inner = new Scope(scope);
        this.#assign(node.target, item, inner);
        return isTrue(this.#evaluator.evaluate(condition, inner));
      });
    }
    const again = (inner: Value) => {
      const part = new TextBuilder();
      this.#for(node, inner, depth + 1, scope, part);
      return part.text();
    };
    const loop = new Loop(items, depth, node.isRecursive ? again : null, this.#budget);
    let hasRun = false;
    for (; loop.index < items.length; loop.index++) {
      this.#budget.step();
      const inner = new Scope(scope);
      inner.set("loop", loop.variable);
      this.#assign(node.target, items[loop.index], inner);
      const jump = this.#run(node.body, inner, out);
      if (jump === "break") break;
      // As in Jinja, an iteration that is cut short does not keep the else part away.
      if (jump === null) hasRun = true;
    }
    if (!hasRun) this.#run(node.otherwise, new Scope(scope), out);
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    if (target.kind === "name") return scope.set(target.name, value);
    if (target.kind === "member") {
      const namespace = scope.get(target.namespace);
      if (!(namespace instanceof Namespace)) {
        throw new TemplateError(
          `cannot assign attribute on non-namespace object ${target.namespace}`,
        );
      }
      if (target.name.startsWith("_")) {
        throw new TemplateError(`a namespace cannot have the member ${target.name}`);
      }
      namespace.members.set(target.name, value);
      return;
    }
    if (value instanceof Undefined) throw new TemplateError(value.hint);
    const items = iterate(value, this.#budget);
    if (items.length !== target.items.length) {
      throw new TemplateError(
        `cannot unpack ${items.length} values into ${target.items.length} names`,
      );
    }
    target.items.forEach((part, i) => this.#assign(part, items[i], scope));
  }

  #macro(name: string, { parameters, defaults, body }: MacroSignature, scope: Scope): Callable {
    const usesVarargs = mentions(body, "varargs");
    const usesKwargs = mentions(body, "kwargs");
    return new Callable(name, (args: CallArguments) => {
      if (this.#calls >= MAX_CALLS) {
        throw new TemplateError(`macros call each other more than ${MAX_CALLS} deep (${name})`);
      }
      this.#calls++;
      this.#budget.step(10);
      const inner = new Scope(scope);
      const given = args.positional.slice(0, parameters.length);
      const rest = args.positional.slice(parameters.length);
      if (rest.length > 0 && !usesVarargs) {
        throw new TemplateError(
          `macro '${name}' takes not more than ${parameters.length} argument(s)`,
        );
      }
      const isOther = (key: string) => !parameters.includes(key) && key !== "caller";
      const others = [...args.named].filter(([key]) => isOther(key));
      if (others.length > 0 && !usesKwargs) {
        throw new TemplateError(`macro '${name}' takes no keyword argument '${others[0][0]}'`);
      }
      const known = new Map([...args.named].filter(([key]) => parameters.includes(key)));
      const bound = bindArguments(`macro '${name}'`, parameters, {
        positional: given,
        named: known,
      });
      // Defaults may use the parameters before them.
      parameters.forEach((parameter, i) => {
        const value = bound[i];
        const fallback = defaults[i - (parameters.length - defaults.length)];
        inner.set(
          parameter,
          value !== undefined
            ? value
            : fallback === undefined
            ? new Undefined(`parameter '${parameter}' was not provided`)
            : this.#evaluator.evaluate(fallback, inner),
        );
      });
      if (usesVarargs) inner.set("varargs", new Tuple(rest));
      if (usesKwargs) inner.set("kwargs", new Dict(others));
      const caller = args.named.get("caller");
      if (!parameters.includes("caller")) {
        inner.set("caller", caller ?? new Undefined("No caller defined"));
      }
      const text = this.render(body, inner);
      this.#calls--;
      return text;
    });
  }
}

/** True if a name is used anywhere in statements. */
function mentions(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((item) => mentions(item, name));
  if (node === null || typeof node !== "object") return false;
  const { kind, name: own } = node as { kind?: string; name?: string };
  return (kind === "name" && own === name) ||
    Object.values(node).some((value) => mentions(value, name));
}
