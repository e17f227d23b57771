/** Way of combining a model's token vectors into the vector of a text. */
export type Pooling = "mean" | "cls";

/**
 * The vectors of texts from the vectors of their tokens.
 *
 * @param states `[texts, width, dimensions]`, row-major
 * @param lengths tokens of each text; what follows them is padding
 * @param width tokens of a row, padding included
 */
export function pool(
  states: Float32Array,
  lengths: readonly number[],
  width: number,
  pooling: Pooling,
  normalize: boolean,
): Float32Array[] {
  const dimensions = states.length / (lengths.length * width);
  return lengths.map((length, text) => {
    const start = text * width * dimensions;
    const vector = pooling === "cls"
      ? states.slice(start, start + dimensions)
      : meanOf(states, start, length, dimensions);
    return normalize ? toUnitLength(vector) : vector;
  });
}

function meanOf(
  states: Float32Array,
  start: number,
  length: number,
  dimensions: number,
): Float32Array {
  const sums = new Float64Array(dimensions);
  for (let token = 0, at = start; token < length; token++) {
    for (let i = 0; i < dimensions; i++) sums[i] += states[at++];
  }
  return Float32Array.from(sums, (sum) => sum / length);
}

/** Scales a vector to length 1, in place; one of zeros stays. */
export function toUnitLength(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (squares === 0) return vector;
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i] *= scale;
  return vector;
}
