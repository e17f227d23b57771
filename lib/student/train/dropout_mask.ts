import { Random } from "../../records/random.ts";

/**
 * A mask of dropout: 0 with probability `rate`, else 1 / (1 - rate). The same arguments give the same
 * mask, so that a layer can be computed a second time, and an interrupted run goes on as it would
 * have.
 *
 * @param seed any text
 * @param size numbers of the mask
 *
 * @example
 * ```ts
 * import { dropoutMask } from "@potstill/student/train/dropout_mask.ts";
 * const mask = dropoutMask("run/1/layer", 10_000, 0.5);
 * const kept = mask.filter((value) => value === 2).length;
 * if (Math.abs(kept - 5000) > 300) throw new Error(`${kept} kept`);
 * ```
 */
export function dropoutMask(seed: string, size: number, rate: number): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(size);
  const start = Math.floor(new Random(seed).next() * 2 ** 32);
  const threshold = Math.round(rate * 2 ** 32);
  const kept = 1 / (1 - rate);
  // Each number is a hash of its place: a counter times an odd constant, mixed well.
  let counter = start | 0;
  for (let i = 0; i < size; i++) {
    counter = (counter + 0x9e3779b9) | 0;
    let hash = counter;
    hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
    hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
    mask[i] = ((hash ^ (hash >>> 15)) >>> 0) < threshold ? 0 : kept;
  }
  return mask;
}
