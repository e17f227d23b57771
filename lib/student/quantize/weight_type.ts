import type { Weight } from "../weights.ts";
import { quantizeBlocks, type QuantizedBits, type QuantizedMatrix } from "./quantize_blocks.ts";

/**
 * Number format of a running student's matrices. `int8` and `int4` hold them in blocks of 32
 * numbers with a scale each, and round the other factor of each product to 8 bits as well; norms
 * and biases stay float32. Under `int4` the embeddings and the output layer have 8 bits.
 */
export type WeightType = "float32" | "int8" | "int4";

/** The weight types, most precise first. */
export const WEIGHT_TYPES: readonly WeightType[] = ["float32", "int8", "int4"];

/** Quantizes matrices once for all graphs that want them. */
export class Quantizer {
  /** Number format of the quantized matrices. */
  readonly type: Exclude<WeightType, "float32">;
  readonly #made = new Map<string, QuantizedMatrix>();

  /** A quantizer that has not quantized anything. */
  constructor(type: Exclude<WeightType, "float32">) {
    this.type = type;
  }

  /**
   * The matrix `name`, quantized.
   * @param weight gives the matrix when it has not been quantized yet
   */
  quantized(name: string, weight: () => Weight): QuantizedMatrix {
    let matrix = this.#made.get(name);
    if (matrix === undefined) {
      matrix = quantizeBlocks(weight(), this.#bits(name));
      this.#made.set(name, matrix);
    }
    return matrix;
  }

  /** Lets go of what was quantized. */
  clear(): void {
    this.#made.clear();
  }

  #bits(name: string): QuantizedBits {
    const isOuter = name === "model.embed_tokens.weight" || name === "lm_head.weight";
    return this.type === "int4" && !isOuter ? 4 : 8;
  }
}
