import { Tensor } from "onnxruntime-node";
import { dropoutInputs, type GraphPart } from "../graph/graph_part.ts";
import type { ParameterLayout } from "../graph/parameter_layout.ts";
import { rotaryTables } from "../rotary_tables.ts";
import { checkTensors, type Weights } from "../weights.ts";
import { headSize, type StudentConfig, windowRope } from "../config.ts";
import { dropoutMask } from "./dropout_mask.ts";
import type { FlatBuffer } from "./flat_buffer.ts";
import type { MicroBatch } from "./micro_batch.ts";

/** Tensors by the names of a graph's inputs or outputs. */
export type TensorMap = Record<string, Tensor>;

/** Finds the tensors that graphs read besides those that flow between them. */
export class ParameterFeeds {
  readonly #layout: ParameterLayout;
  readonly #frozen = new Map<string, Tensor>();
  readonly #places = new Map<string, number>();
  #rotary: { readonly length: number; readonly tensors: TensorMap } = { length: 0, tensors: {} };

  /**
   * Feeds for a student whose weights, when only its adapter is trained, are `frozen`.
   *
   * @throws {RangeError} when `frozen` are not the weights of the student
   */
  constructor(layout: ParameterLayout, frozen: Weights) {
    checkTensors(layout.frozen, frozen, "the student");
    this.#layout = layout;
    for (const [name, { shape, data }] of frozen) {
      this.#frozen.set(name, new Tensor("float32", data, shape));
    }
    layout.parameters.forEach(({ name }, i) => this.#places.set(name, i));
  }

  /** The parameters of a part of the model. */
  parameters(part: GraphPart, weights: FlatBuffer): TensorMap {
    return Object.fromEntries(
      part.names.map((name) => [name, this.parameter(part.prefix + name, weights)]),
    );
  }

  /** Frozen tensors by their names in the checkpoint; what is taken out is fed no more. */
  get frozen(): Map<string, Tensor> {
    return this.#frozen;
  }

  /** A parameter by its name in the checkpoint. */
  parameter(name: string, weights: FlatBuffer): Tensor {
    const place = this.#places.get(name);
    return place === undefined ? this.#frozen.get(name)! : weights.parameters[place];
  }

  /** Places in the layout of a part's trained parameters, with their names in the graph. */
  trained(part: GraphPart): { readonly name: string; readonly place: number }[] {
    return part.names.flatMap((name) => {
      const place = this.#places.get(part.prefix + name);
      return place === undefined ? [] : [{ name, place }];
    });
  }

  /** The masks of a part's adapters. */
  masks(part: GraphPart, batch: MicroBatch, seed: string): TensorMap {
    const feeds: TensorMap = {};
    for (const { name, layer, width, predictors } of dropoutInputs(this.#layout, part)) {
      const rows = predictors ? batch.trainedTokens : batch.tokens;
      const mask = dropoutMask(`${seed}/${layer}`, rows * width, this.#layout.lora!.dropout);
      feeds[name] = new Tensor("float32", mask, [rows, width]);
    }
    return feeds;
  }

  /** Position inputs of a micro-batch, with tables of angles for the longest example. */
  places(batch: MicroBatch): TensorMap {
    const longest = batch.positions.reduce((a, b) => (a > b ? a : b), 0n);
    return {
      positions: new Tensor("int64", batch.positions, [batch.tokens]),
      starts: new Tensor("int64", batch.starts, [batch.tokens]),
      block_lengths: new Tensor("int64", batch.blockLengths, [batch.blocks]),
      block_keys: new Tensor("int64", batch.blockKeys, [batch.blocks]),
      ...this.#rotaryTables(Number(longest) + 1),
    };
  }

  #rotaryTables(length: number): TensorMap {
    if (this.#rotary.length < length) {
      const { config } = this.#layout;
      const rounded = Math.ceil(length / 512) * 512;
      const { shape, cos, sin } = rotaryTables(config, headSize(config), rounded);
      this.#rotary = {
        length: rounded,
        tensors: {
          rotary_cos: new Tensor("float32", cos, shape),
          rotary_sin: new Tensor("float32", sin, shape),
          ...windowTables(config, rounded),
        },
      };
    }
    return this.#rotary.tensors;
  }
}

/** The tables of the layers with a window, where there are such. */
function windowTables(config: StudentConfig, positions: number): TensorMap {
  const rope = windowRope(config);
  if (rope === null) return {};
  const { shape, cos, sin } = rotaryTables(rope, headSize(config), positions);
  return {
    window_rotary_cos: new Tensor("float32", cos, shape),
    window_rotary_sin: new Tensor("float32", sin, shape),
  };
}
