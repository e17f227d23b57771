import * as ort from "onnxruntime-node";
import { createSession } from "../../onnx/execution_provider.ts";
import { INT8_DIRECTIONS, int8Input, int8ScaleInput } from "../graph/int8_product.ts";
import { roundMatrixGraph } from "../graph/round_matrix_graph.ts";
import { sessionOptions } from "./flat_buffer.ts";
import type { TensorMap } from "./parameter_feeds.ts";
import { runSession } from "../../onnx/run_session.ts";

/** Matrices in int8, for the products of both directions. */
export class Int8Matrices {
  readonly #session: ort.InferenceSession;
  readonly #tensors = new Map<string, readonly ort.Tensor[]>();

  private constructor(session: ort.InferenceSession) {
    this.#session = session;
  }

  /** None yet. */
  static async create(threads: number): Promise<Int8Matrices> {
    return new Int8Matrices(await createSession(roundMatrixGraph(), sessionOptions(threads)));
  }

  /** Rounds a matrix, [out, in]; a second call for a name overwrites what the first made. */
  async round(name: string, weight: ort.Tensor): Promise<void> {
    let tensors = this.#tensors.get(name);
    if (tensors === undefined) {
      const [outs, ins] = weight.dims;
      tensors = [
        ...int8Tensors(ins, outs),
        ...int8Tensors(outs, ins),
      ];
      this.#tensors.set(name, tensors);
    }
    const [forward, forwardScale, backward, backwardScale] = tensors;
    await runSession(this.#session, { weight }, {
      forward: asBytes(forward),
      forward_scale: forwardScale,
      backward: asBytes(backward),
      backward_scale: backwardScale,
    });
  }

  /** Inputs of a graph in which the matrix `name` is called `input`. */
  feeds(name: string, input: string): TensorMap {
    const tensors = this.#tensors.get(name);
    if (tensors === undefined) return {};
    return Object.fromEntries(INT8_DIRECTIONS.flatMap((direction, i) => [
      [int8Input(input, direction), tensors[2 * i]],
      [int8ScaleInput(input, direction), tensors[2 * i + 1]],
    ]));
  }

  /** Frees the memory held by onnxruntime. */
  release(): Promise<void> {
    return this.#session.release();
  }
}

/** A matrix with a factor for each column. */
function int8Tensors(rows: number, columns: number): ort.Tensor[] {
  return [
    new ort.Tensor("int8", new Int8Array(rows * columns), [rows, columns]),
    new ort.Tensor("float32", new Float32Array(columns), [columns]),
  ];
}

function asBytes({ data, dims }: ort.Tensor): ort.Tensor {
  return new ort.Tensor("uint8", new Uint8Array((data as Int8Array).buffer), dims);
}
