import assert from "node:assert/strict";
import * as ort from "onnxruntime-node";
import { Random } from "@potstill/records/random.ts";
import type { Value } from "@potstill/onnx/graph_builder.ts";
import { Tape } from "@potstill/student/graph/tape.ts";

/** Arrays by input name, in float64. */
export type Numbers = Record<string, Float64Array>;

/** A differentiable operation and its definition in plain float64 code. */
export interface GradientCase {
  /** Shapes of the inputs to differentiate by; values are drawn from the normal distribution. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Further inputs that are not differentiated by. */
  readonly fixed?: Readonly<Record<string, ort.Tensor>>;
  /** Adds the operation to the tape. */
  build(tape: Tape, values: Record<string, Value>): Value;
  /** The same from float64 arrays. */
  reference(inputs: Numbers): Float64Array | number[];
  /** @default 2e-5 */
  readonly tolerance?: number;
}

/** Relative to the largest number of `expected`, but at least 1e-3. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  let scale = 1e-3;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i] - expected[i]) / scale;
    assert.ok(error <= tolerance, `${what}[${i}]: ${actual[i]} where ${expected[i]} is right`);
  }
}

/**
 * Checks forward values against the reference, and gradients against central differences of the
 * reference in float64 (whose own error is about 1e-9).
 */
export async function checkGradients(testCase: GradientCase, seed = "gradients"): Promise<void> {
  const random = new Random(seed);
  const tape = new Tape("check");
  const values: Record<string, Value> = {};
  const feeds: Record<string, ort.Tensor> = {};
  const numbers: Numbers = {};
  for (const [name, shape] of Object.entries(testCase.inputs)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, () => random.normal());
    feeds[name] = new ort.Tensor("float32", data, shape);
    numbers[name] = Float64Array.from(data);
    values[name] = tape.watch(tape.graph.input(name, "float32", shape));
  }
  for (const [name, tensor] of Object.entries(testCase.fixed ?? {})) {
    feeds[name] = tensor;
    values[name] = tape.graph.input(name, tensor.type as "float32", tensor.dims);
  }
  const y = testCase.build(tape, values);
  const expected = Float64Array.from(testCase.reference(numbers));
  const dy = Float32Array.from(expected, () => random.normal());
  tape.backward(
    y,
    tape.graph.op("Reshape", [
      tape.graph.input("dy", "float32", [dy.length]),
      tape.graph.op("Shape", [y]),
    ]),
  );
  feeds.dy = new ort.Tensor("float32", dy, [dy.length]);
  tape.graph.output("y", y, "float32", ["?"]);
  for (const name of Object.keys(testCase.inputs)) {
    tape.graph.output(`d${name}`, tape.gradient(values[name])!, "float32", testCase.inputs[name]);
  }
  const session = await ort.InferenceSession.create(tape.graph.encode(), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const out = await session.run(feeds);
  await session.release();
  const tolerance = testCase.tolerance ?? 2e-5;
  assertClose(out.y.data as Float32Array, expected, tolerance, "y");
  for (const name of Object.keys(testCase.inputs)) {
    const data = numbers[name];
    const differences = Float64Array.from(data, (at, i) => {
      const h = 1e-5;
      const lossAt = (x: number) => {
        data[i] = x;
        const result = Float64Array.from(testCase.reference(numbers));
        return result.reduce((sum, item, k) => sum + item * dy[k], 0);
      };
      const slope = (lossAt(at + h) - lossAt(at - h)) / (2 * h);
      data[i] = at;
      return slope;
    });
    assertClose(out[`d${name}`].data as Float32Array, differences, tolerance, `d${name}`);
  }
}
