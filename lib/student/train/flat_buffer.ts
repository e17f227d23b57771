import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { ParameterLayout } from "../graph/parameter_layout.ts";

/** A flat vector of all parameters, and the tensors that onnxruntime reads and writes it through. */
export interface FlatBuffer {
  /** The elements. */
  readonly data: Float32Array<ArrayBuffer>;
  /** A view for each parameter, in the layout's order; they share memory with `data`. */
  readonly parameters: readonly Tensor[];
  /** Consecutive views that cover `data`. */
  readonly chunks: readonly Chunk[];
}

/** A part of a flat vector. */
export interface Chunk {
  /** The elements. */
  readonly tensor: Tensor;
  /** True if weight decay applies to all of them, false if to none. */
  readonly decays: boolean;
}

/** Most elements of one of {@link FlatBuffer.chunks}: several fit into a core's cache together. */
const CHUNK = 32_768;

/** The same where there are so many that the calls themselves take time. */
const LARGE_CHUNK = 262_144;

/** Elements from which chunks are large. */
const LARGE = 2 ** 24;

/** A flat vector of zeros. */
export function flatBuffer(layout: ParameterLayout): FlatBuffer {
  const data = new Float32Array(layout.size);
  const most = layout.size < LARGE ? CHUNK : LARGE_CHUNK;
  const chunks: Chunk[] = [];
  let start = 0;
  layout.parameters.forEach(({ offset, size, decays }, i) => {
    const end = offset + size;
    if (layout.parameters[i + 1]?.decays === decays) return;
    for (let at = start; at < end; at += most) {
      const chunk = data.subarray(at, Math.min(at + most, end));
      chunks.push({ tensor: new Tensor("float32", chunk, [chunk.length]), decays });
    }
    start = end;
  });
  const parameters = layout.parameters.map(({ offset, size, shape }) =>
    new Tensor("float32", data.subarray(offset, offset + size), shape)
  );
  return { data, parameters, chunks };
}

/** A float32 scalar. */
export function scalarTensor(value: number): Tensor {
  return new Tensor("float32", Float32Array.of(value), []);
}

/** Session options for a graph whose operations have a given number of threads. */
export function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    // Shapes differ from run to run, so a plan of memory would never be used again.
    enableMemPattern: false,
    // Softmax weights of hidden positions would else be denormal, which are slow.
    extra: { session: { set_denormal_as_zero: "1" } },
  };
}
