import { TemplateError } from "./budget.ts";
import type { CallArguments, Value } from "./value.ts";

/**
 * The arguments of a call in the order of the parameters, undefined where one is not given.
 *
 * @param required how many of the parameters must be given
 * @throws {TemplateError} naming the function and the argument that is missing or not known
 */
export function bindArguments(
  name: string,
  parameters: readonly string[],
  { positional, named }: CallArguments,
  required = 0,
): (Value | undefined)[] {
  if (positional.length > parameters.length) {
    throw new TemplateError(
      `${name} takes at most ${parameters.length} arguments, not ${positional.length}`,
    );
  }
  const bound: (Value | undefined)[] = parameters.map((_, i) => positional[i]);
  for (const [key, value] of named) {
    const at = parameters.indexOf(key);
    if (at === -1) throw new TemplateError(`${name} has no argument ${key}`);
    if (bound[at] !== undefined) throw new TemplateError(`${name} is given ${key} twice`);
    bound[at] = value;
  }
  const missing = bound.findIndex((value, i) => value === undefined && i < required);
  if (missing !== -1) throw new TemplateError(`${name} needs the argument ${parameters[missing]}`);
  return bound;
}
