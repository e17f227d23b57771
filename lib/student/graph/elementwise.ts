import type { Value } from "../../onnx/graph_builder.ts";
import type { Tape } from "./tape.ts";

/** `a + b`, of one shape. */
export function add(tape: Tape, a: Value, b: Value): Value {
  const y = tape.graph.op("Add", [a, b]);
  tape.record([a, b], [y], () => {
    for (const input of [a, b]) tape.addGradient(input, () => tape.upstream(y));
  });
  return y;
}

/** `x` times a number. */
export function scaled(tape: Tape, x: Value, factor: number): Value {
  const { graph } = tape;
  const times = (value: Value) => graph.op("Mul", [value, graph.scalar(factor)]);
  const y = times(x);
  tape.record([x], [y], () => tape.addGradient(x, () => times(tape.upstream(y))));
  return y;
}

/** `x`, [.., `from`], as rows of another width, [.., `to`]. */
export function rewidened(tape: Tape, x: Value, from: number, to: number): Value {
  const { graph } = tape;
  const rows = (value: Value, width: number) =>
    graph.op("Reshape", [value, graph.ints([2], [-1, width])]);
  const y = rows(x, to);
  tape.record([x], [y], () => tape.addGradient(x, () => rows(tape.upstream(y), from)));
  return y;
}
