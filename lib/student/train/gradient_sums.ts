import { gradientInput, gradientOutput } from "../graph/graph_part.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import type { FlatBuffer } from "./flat_buffer.ts";
import type { TensorMap } from "./parameter_feeds.ts";

/**
 * The running sum of gradients. A graph reads the sum so far and writes the new one elsewhere, so
 * that each parameter has two places and changes from one to the other.
 */
export class GradientSums {
  readonly #buffers: readonly [FlatBuffer, FlatBuffer];
  readonly #layout: ParameterLayout;
  readonly #now: Uint8Array;

  /** Sums that are kept in two buffers of the layout. */
  constructor(layout: ParameterLayout, buffers: readonly [FlatBuffer, FlatBuffer]) {
    this.#layout = layout;
    this.#buffers = buffers;
    this.#now = new Uint8Array(layout.parameters.length);
  }

  /** Begins at 0. */
  clear(): void {
    this.#now.fill(0);
    this.#buffers[0].data.fill(0);
  }

  /** Inputs of the graph, `feeds`, and its outputs, `fetches`; call {@link advance} after a run. */
  tensors(
    trained: readonly { readonly name: string; readonly place: number }[],
  ): { readonly feeds: TensorMap; readonly fetches: TensorMap } {
    const feeds: TensorMap = {};
    const fetches: TensorMap = {};
    for (const { name, place } of trained) {
      const now = this.#now[place];
      feeds[gradientInput(name)] = this.#buffers[now].parameters[place];
      fetches[gradientOutput(name)] = this.#buffers[1 - now].parameters[place];
    }
    return { feeds, fetches };
  }

  /** Takes what a graph has written as the sums of its parameters. */
  advance(trained: readonly { readonly place: number }[]): void {
    for (const { place } of trained) this.#now[place] = 1 - this.#now[place];
  }

  /** All sums in one buffer, which the next {@link clear} overwrites. */
  total(): FlatBuffer {
    const [first, second] = this.#buffers;
    this.#layout.parameters.forEach(({ offset, size }, i) => {
      if (this.#now[i] === 1) first.data.set(second.data.subarray(offset, offset + size), offset);
    });
    this.#now.fill(0);
    return first;
  }
}
