import type { Value } from "../../onnx/graph_builder.ts";
import { GraphBuilder } from "../../onnx/graph_builder.ts";
import type { ExecutionProvider } from "../../onnx/execution_provider.ts";
import { hasFusedProducts } from "../../onnx/scaled_product.ts";
import type { ValueInfo } from "../../onnx/model_proto.ts";

/** Options of a {@link Tape}. */
export interface TapeOptions {
  /**
   * True if only the first output of a node is trusted: onnxruntime 1.30's WebGPU leaves the second one
   * of a normalisation as it found it.
   * @default false
   */
  readonly singleOutputs?: boolean;
  /** True if products are made of ONNX's operators alone; see `scaledProduct`. @default false */
  readonly plainProducts?: boolean;
}

/** Options of graphs that an execution provider can be trusted with. */
export function tapeOptions(provider: ExecutionProvider): TapeOptions {
  return provider === "cpu"
    ? {}
    : { singleOutputs: true, plainProducts: !hasFusedProducts(provider) };
}

/**
 * Records differentiable operations while an ONNX graph is built, then adds the nodes of the
 * backward pass in reverse (reverse-mode differentiation of the graph itself). Only values that a
 * {@link Tape.watch watched} one flows into get a gradient: the backward pass of everything else is
 * never built.
 *
 * An operation adds its forward nodes to {@link Tape.graph}, then calls {@link Tape.record} with a
 * function that adds its backward nodes.
 *
 * @example
 * ```ts
 * import { linear, Tape } from "@potstill/student";
 * const tape = new Tape("double");
 * const x = tape.watch(tape.graph.input("x", "float32", ["n", 2]));
 * const y = linear(tape, x, tape.graph.floats([2, 2], [1, 0, 0, 1]), { addTo: x }); // 2 x
 * tape.backward(y, tape.graph.input("dy", "float32", ["n", 2]));
 * tape.graph.output("dx", tape.gradient(x)!, "float32", ["n", 2]); // 2 dy
 * ```
 */
export class Tape {
  /** The graph that forward and backward nodes are added to. */
  readonly graph: GraphBuilder;
  /** Options that operations build by. */
  readonly options: TapeOptions;
  readonly #watched = new Set<Value>();
  readonly #kept: ValueInfo[] = [];
  readonly #gradients = new Map<Value, Value>();
  readonly #steps: { readonly outputs: readonly Value[]; readonly backward: () => void }[] = [];

  /**
   * Starts with an empty graph.
   *
   * @param name the graph's name
   */
  constructor(name: string, options: TapeOptions = {}) {
    this.options = options;
    this.graph = new GraphBuilder(name);
  }

  /**
   * Asks for the gradient of `value`.
   *
   * @param start a gradient to add to, of the same shape. @default nothing
   */
  watch(value: Value, start?: Value): Value {
    this.#watched.add(value);
    if (start !== undefined) this.#gradients.set(value, start);
    return value;
  }

  /** Values that cost more to compute a second time than to keep, all float32. */
  get kept(): readonly ValueInfo[] {
    return this.#kept;
  }

  /** Adds a float32 value to {@link kept}. */
  keep(value: Value, shape: readonly (number | string)[]): Value {
    this.#kept.push({ name: value, type: "float32", shape });
    return value;
  }

  /** True if any watched value flows into `value`. */
  watches(value: Value): boolean {
    return this.#watched.has(value);
  }

  /**
   * Records an operation that has added its forward nodes. `backward` runs when an output has a
   * gradient; it reads {@link gradient} of the outputs and calls {@link contribute} for the inputs.
   */
  record(inputs: readonly Value[], outputs: readonly Value[], backward: () => void): void {
    if (!inputs.some((input) => this.#watched.has(input))) return;
    for (const output of outputs) this.#watched.add(output);
    this.#steps.push({ outputs, backward });
  }

  /** The gradient of `value` as far as it is known, or null. */
  gradient(value: Value): Value | null {
    return this.#gradients.get(value) ?? null;
  }

  /** The gradient of an operation's only output, which is known when its backward function runs. */
  upstream(value: Value): Value {
    const gradient = this.#gradients.get(value);
    if (gradient === undefined) throw new Error(`Cannot differentiate: ${value} has no gradient`);
    return gradient;
  }

  /**
   * Adds to the gradient of `value`, if it is wanted. `make` gets the sum so far and returns the
   * new one, so that a product can add into it (the C input of Gemm) at no cost.
   */
  contribute(value: Value, make: (previous: Value | null) => Value): void {
    if (!this.#watched.has(value)) return;
    this.#gradients.set(value, make(this.#gradients.get(value) ?? null));
  }

  /** Adds the gradient `make()` to that of `value`, if it is wanted. */
  addGradient(value: Value, make: () => Value): void {
    this.contribute(value, (previous) => {
      const gradient = make();
      return previous === null ? gradient : this.graph.op("Add", [previous, gradient]);
    });
  }

  /** Adds the backward pass: from `seed`, the gradient of `value`, to every watched value. */
  backward(value: Value, seed: Value): void {
    this.addGradient(value, () => seed);
    for (const { outputs, backward } of this.#steps.toReversed()) {
      if (outputs.some((output) => this.#gradients.has(output))) {
        this.graph.scope("backward", backward);
      }
    }
  }
}
