import type { Value } from "../../onnx/graph_builder.ts";
import type { Tape } from "./tape.ts";

/** A matrix in int8 with a factor for each of its columns. */
export interface Int8Matrix {
  /** int8 [in, out] */
  readonly matrix: Value;
  /** float32 [out] */
  readonly scale: Value;
}

/** The uses of a weight: by a layer's input, and by the gradient of its output. */
export const INT8_DIRECTIONS = ["forward", "backward"] as const;

/** One of {@link INT8_DIRECTIONS}. */
export type Int8Direction = typeof INT8_DIRECTIONS[number];

/** Name under which the whole numbers of `parameter` come in. */
export function int8Input(parameter: string, direction: Int8Direction): string {
  return `${parameter}.int8_${direction}`;
}

/** Name under which their factors come in. */
export function int8ScaleInput(parameter: string, direction: Int8Direction): string {
  return `${int8Input(parameter, direction)}_scale`;
}

/** Rows in uint8 around 128 with a factor each. */
interface Int8Rows {
  /** uint8 [n, width] */
  readonly rows: Value;
  /** float32 [n, 1] */
  readonly scale: Value;
}

/** Largest distance of a rounded number from 0. */
const LEVELS = 127;
const ZERO = 128;

/** Factor of a row of zeros: no division by 0. */
const LEAST = 1e-30;

const roundedRows = new WeakMap<Tape, Map<Value, Int8Rows>>();

/**
 * `x` times a matrix in int8: each row of `x`, float32 [n, in], is rounded to 255 steps of its own
 * size, the product of whole numbers is exact, and the result is float32 [n, out]. Products with the
 * same `x` share its rounding.
 *
 * @source https://arxiv.org/abs/2304.13013, section 2 (SwitchBack); https://arxiv.org/abs/2208.07339,
 *   section 3.1 (a scale for each row and column)
 */
export function int8Product(tape: Tape, x: Value, { matrix, scale }: Int8Matrix): Value {
  const { graph } = tape;
  const rounded = int8Rows(tape, x);
  const product = graph.op(
    "MatMulIntegerToFloat",
    [rounded.rows, matrix, graph.scalar(1), scale, zeroPoint(tape)],
    {},
    "com.microsoft",
  );
  return graph.op("Mul", [product, rounded.scale]);
}

function int8Rows(tape: Tape, x: Value): Int8Rows {
  let known = roundedRows.get(tape);
  if (known === undefined) roundedRows.set(tape, known = new Map());
  let rounded = known.get(x);
  if (rounded === undefined) known.set(x, rounded = roundRows(tape, x));
  return rounded;
}

function roundRows(tape: Tape, x: Value): Int8Rows {
  const { graph } = tape;
  const axis = graph.ints([1], [1]);
  const largest = graph.op("ReduceMax", [graph.op("Abs", [x]), axis], { keepdims: { int: 0 } });
  const steps = graph.op("Mul", [largest, graph.scalar(1 / LEVELS)]);
  const scale = graph.op("Max", [steps, graph.scalar(LEAST)]);
  const zeros = graph.op("Expand", [zeroPoint(tape), graph.op("Shape", [scale])]);
  const rows = graph.op("QuantizeLinear", [x, scale, zeros], { axis: { int: 0 } });
  return { rows, scale: graph.op("Unsqueeze", [scale, axis]) };
}

/** A scalar of the graph, declared once. */
function zeroPoint(tape: Tape): Value {
  let value = zeroPoints.get(tape);
  if (value === undefined) {
    value = tape.graph.initializer("int8_zero", "uint8", [], Uint8Array.of(ZERO));
    zeroPoints.set(tape, value);
  }
  return value;
}

const zeroPoints = new WeakMap<Tape, Value>();
