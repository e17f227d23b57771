import type { Value } from "../../onnx/graph_builder.ts";
import type { Attributes } from "../../onnx/model_proto.ts";
import { type Int8Matrix, int8Product } from "./int8_product.ts";
import type { Tape } from "./tape.ts";

/** Options of {@link linear}, which adds at most one of `bias` and `addTo`. */
export interface LinearOptions {
  /** [out], added to each row. */
  readonly bias?: Value;
  /** [n, out], such as the residual stream. */
  readonly addTo?: Value;
  /** Factor of the product alone. @default 1 */
  readonly scale?: number;
  /** The weight in int8, [in, out] and [out, in]: what `x` and its gradient are multiplied by. */
  readonly int8?: { readonly forward: Int8Matrix; readonly backward: Int8Matrix };
  /** Shape of the result where it is worth keeping for the backward pass. @default not kept */
  readonly keep?: readonly (number | string)[];
}

/**
 * `scale x weightᵀ`, plus a bias or another value: [n, in] times [out, in] gives [n, out]. Each
 * gradient is one Gemm that adds to the present sum; nothing is transposed in memory. With `int8` the
 * product and the gradient of `x` are taken in int8, the gradient of `weight` in float32.
 */
export function linear(tape: Tape, x: Value, weight: Value, options: LinearOptions = {}): Value {
  const { graph } = tape;
  const { bias, addTo, scale = 1, int8 } = options;
  const alpha: Attributes = scale === 1 ? {} : { alpha: { float: scale } };
  const more = bias ?? addTo;
  const inputs = [x, weight, more].filter((input) => input !== undefined);
  const plus = (a: Value, b?: Value | null) => b ? graph.op("Add", [a, b]) : a;
  const y = int8
    ? plus(int8Product(tape, x, int8.forward), more)
    : graph.op("Gemm", inputs, { transB: { int: 1 }, ...alpha });
  if (options.keep) tape.keep(y, options.keep);
  tape.record(inputs, [y], () => {
    const dy = tape.upstream(y);
    const product = (a: Value, b: Value, previous: Value | null, attributes = {}) =>
      graph.op("Gemm", previous === null ? [a, b] : [a, b, previous], { ...attributes, ...alpha });
    tape.contribute(
      x,
      (previous) =>
        int8 ? plus(int8Product(tape, dy, int8.backward), previous) : product(dy, weight, previous),
    );
    tape.contribute(weight, (previous) => product(dy, x, previous, { transA: { int: 1 } }));
    if (addTo) tape.addGradient(addTo, () => dy);
    if (bias) {
      const rows = graph.ints([1], [0]);
      tape.addGradient(bias, () => graph.op("ReduceSum", [dy, rows], { keepdims: { int: 0 } }));
    }
  });
  return y;
}
