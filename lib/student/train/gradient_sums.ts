import type { ParameterLayout } from "../graph/parameter_layout.ts";
import { gradientInput, gradientOutput } from "../graph/graph_part.ts";
import { type FlatBuffer, flatBuffer } from "./flat_buffer.ts";
import type { TensorMap } from "./parameter_feeds.ts";

/**
 * The running sum of gradients. A graph reads the sum so far and writes the new one into the same
 * memory: the operation that adds a gradient is the only one that reads its sum.
 */
export class GradientSums {
  /** The sums. */
  readonly total: FlatBuffer;

  readonly #layout: ParameterLayout;

  /** Sums of all trained parameters. */
  constructor(layout: ParameterLayout) {
    this.#layout = layout;
    this.total = flatBuffer(layout);
  }

  /** The sum of one parameter; null when it is not trained. */
  of(name: string): Float32Array | null {
    const parameter = this.#layout.parameters.find((parameter) => parameter.name === name);
    if (parameter === undefined) return null;
    return this.total.data.subarray(parameter.offset, parameter.offset + parameter.size);
  }

  /** Begins at 0. */
  clear(): void {
    this.total.data.fill(0);
  }

  /** Inputs of the graph, `feeds`, and its outputs, `fetches`. */
  tensors(
    trained: readonly { readonly name: string; readonly place: number }[],
  ): { readonly feeds: TensorMap; readonly fetches: TensorMap } {
    const feeds: TensorMap = {};
    const fetches: TensorMap = {};
    for (const { name, place } of trained) {
      const sum = this.total.parameters[place];
      feeds[gradientInput(name)] = sum;
      fetches[gradientOutput(name)] = sum;
    }
    return { feeds, fetches };
  }
}
