import type { Value } from "../../onnx/graph_builder.ts";
import type { Attributes } from "../../onnx/model_proto.ts";
import type { Tape } from "./tape.ts";

/** Options of {@link linear}, which adds at most one of `bias` and `addTo`. */
export interface LinearOptions {
  /** [out], added to each row. */
  readonly bias?: Value;
  /** [n, out], such as the residual stream. */
  readonly addTo?: Value;
  /** Factor of the product alone. @default 1 */
  readonly scale?: number;
}

/**
 * `scale x weightᵀ`, plus a bias or another value: [n, in] times [out, in] gives [n, out]. Each
 * gradient is one Gemm that adds to the present sum; nothing is transposed in memory.
 */
export function linear(tape: Tape, x: Value, weight: Value, options: LinearOptions = {}): Value {
  const { graph } = tape;
  const { bias, addTo, scale = 1 } = options;
  const alpha: Attributes = scale === 1 ? {} : { alpha: { float: scale } };
  const inputs = [x, weight, bias ?? addTo].filter((input) => input !== undefined);
  const y = graph.op("Gemm", inputs, { transB: { int: 1 }, ...alpha });
  tape.record(inputs, [y], () => {
    const dy = tape.upstream(y);
    const product = (a: Value, b: Value, previous: Value | null, attributes = {}) =>
      graph.op("Gemm", previous === null ? [a, b] : [a, b, previous], { ...attributes, ...alpha });
    tape.contribute(x, (previous) => product(dy, weight, previous));
    tape.contribute(weight, (previous) => product(dy, x, previous, { transA: { int: 1 } }));
    if (addTo) tape.addGradient(addTo, () => dy);
    if (bias) {
      const rows = graph.ints([1], [0]);
      tape.addGradient(bias, () => graph.op("ReduceSum", [dy, rows], { keepdims: { int: 0 } }));
    }
  });
  return y;
}
