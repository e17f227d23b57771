import { type RopeConfig, rotaryFrequencies } from "./rope_scaling.ts";

/** Cosines and sines of the rotary angles, [positions, head size / 2], row-major. */
export interface RotaryTables {
  /** Positions and half the head size. */
  readonly shape: readonly [number, number];
  /** Cosines. */
  readonly cos: Float32Array;
  /** Sines. */
  readonly sin: Float32Array;
}

/**
 * The angles position * theta^(-2i / head size) of the rotary position embedding, changed as the
 * configuration's `rope_scaling` says. Frequencies and angles are rounded to float32, as transformers
 * computes them: a student is used with the angles that it was trained with.
 *
 * @param headSize width of one head, even
 *
 * @source arXiv 2104.09864, equation 15, with the halves of a head paired as in Llama
 *
 * @example
 * ```ts
 * import { rotaryTables } from "@potstill/student/rotary_tables.ts";
 * const { shape, cos } = rotaryTables({ rope_theta: 100, max_position_embeddings: 8 }, 4, 8);
 * if (shape.join() !== "8,2" || cos[0] !== 1) throw new Error(`${shape}, ${cos[0]}`);
 * ```
 */
export function rotaryTables(
  config: RopeConfig,
  headSize: number,
  positions: number,
): RotaryTables {
  const half = headSize / 2;
  const { frequencies, attentionFactor } = rotaryFrequencies(config, headSize);
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(frequencies[i]);
    for (let p = 0; p < positions; p++) {
      const angle = Math.fround(p * frequency);
      cos[p * half + i] = attentionFactor * Math.cos(angle);
      sin[p * half + i] = attentionFactor * Math.sin(angle);
    }
  }
  return { shape: [positions, half], cos, sin };
}
