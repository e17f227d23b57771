import type { Value } from "../../onnx/graph_builder.ts";
import { add } from "./elementwise.ts";
import { INT8_DIRECTIONS, int8Input, int8ScaleInput } from "./int8_product.ts";
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
  /** Name of the number of rows of `x`, and numbers of a row of the result. */
  readonly shape: readonly [string, number];
  /** Rank of the adapter, if there is one. */
  readonly rank?: number;
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
  options: ProjectionOptions,
): Value {
  const { addTo, loraScale, shape, rank } = options;
  const bias = parameter(`${name}.bias`);
  const weight = required(parameter, `${name}.weight`);
  const down = parameter(`${name}.lora_A.weight`);
  const int8 = int8Weight(parameter, name);
  if (down === undefined) return linear(tape, x, weight, { bias, addTo, int8, keep: shape });
  const y = linear(tape, x, weight, { bias, addTo, int8 });
  const mask = parameter(`${name}.dropout`);
  const input = mask === undefined ? x : dropout(tape, x, mask);
  const up = required(parameter, `${name}.lora_B.weight`);
  const inner = linear(tape, input, down, { keep: [shape[0], rank!] });
  // Not as the product's own addend: onnxruntime copies that with one thread.
  return tape.keep(add(tape, y, linear(tape, inner, up, { scale: loraScale })), shape);
}

/** Both directions of a layer's weight in int8, if there are. */
function int8Weight(parameter: ParameterSource, name: string) {
  const [forward, backward] = INT8_DIRECTIONS.map((direction) => {
    const matrix = parameter(int8Input(`${name}.weight`, direction));
    const scale = parameter(int8ScaleInput(`${name}.weight`, direction));
    return matrix === undefined || scale === undefined ? null : { matrix, scale };
  });
  return forward && backward ? { forward, backward } : undefined;
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
