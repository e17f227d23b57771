import type { Value } from "../../onnx/graph_builder.ts";
import { linear } from "./linear.ts";
import type { Tape } from "./tape.ts";

/** Finds the value of a parameter by its name, or undefined when there is none of that name. */
export type ParameterSource = (name: string) => Value | undefined;

/** Options of {@link projection} besides its parameters. */
export interface ProjectionOptions {
  /** [n, out], added to the result; only for layers without a bias. */
  readonly addTo?: Value;
  /** Factor of an adapter. @default 1 */
  readonly loraScale?: number;
}

/** The parameter `name`. @throws {RangeError} when there is none */
export function required(parameter: ParameterSource, name: string): Value {
  const value = parameter(name);
  if (value === undefined) throw new RangeError(`Cannot build the model: no parameter ${name}`);
  return value;
}

/**
 * `x` through the linear layer `name`: its weight, its bias if there is one, and its adapter
 * (`lora_A`, `lora_B` and the mask `dropout`) if there is one.
 *
 * @source https://arxiv.org/abs/2106.09685, section 4.1
 */
export function projection(
  tape: Tape,
  x: Value,
  name: string,
  parameter: ParameterSource,
  options: ProjectionOptions = {},
): Value {
  const { addTo, loraScale } = options;
  const bias = parameter(`${name}.bias`);
  const y = linear(tape, x, required(parameter, `${name}.weight`), { bias, addTo });
  const down = parameter(`${name}.lora_A.weight`);
  if (down === undefined) return y;
  const mask = parameter(`${name}.dropout`);
  const input = mask === undefined ? x : dropout(tape, x, mask);
  const up = required(parameter, `${name}.lora_B.weight`);
  return linear(tape, linear(tape, input, down), up, { addTo: y, scale: loraScale });
}

/** `x` times a mask of zeros and 1 / (1 - rate), both [n, width]. */
function dropout(tape: Tape, x: Value, mask: Value): Value {
  const { graph } = tape;
  const y = graph.op("Mul", [x, mask]);
  tape.record([x], [y], () => {
    tape.addGradient(x, () => graph.op("Mul", [tape.upstream(y), mask]));
  });
  return y;
}
