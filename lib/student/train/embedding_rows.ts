/** Rows of embeddings. */
export interface EmbeddingShape {
  /** Numbers of a row. */
  readonly width: number;
  /** Factor of what the first block reads. */
  readonly scale: number;
}

/** Writes the rows of `table` at `ids`, times the scale, one behind the other. */
export function takeEmbeddings(
  hidden: Float32Array,
  table: Float32Array,
  ids: Int32Array,
  { width, scale }: EmbeddingShape,
): void {
  ids.forEach((id, i) => hidden.set(table.subarray(id * width, (id + 1) * width), i * width));
  if (scale !== 1) { for (let i = 0; i < hidden.length; i++) hidden[i] *= scale; }
}

/**
 * Adds the gradient of {@link takeEmbeddings} to that of the table: only rows that were used are
 * touched.
 */
export function addEmbeddings(
  tableGradient: Float32Array,
  gradient: Float32Array,
  ids: Int32Array,
  { width, scale }: EmbeddingShape,
): void {
  ids.forEach((id, i) => {
    const to = id * width;
    const from = i * width;
    for (let j = 0; j < width; j++) tableGradient[to + j] += scale * gradient[from + j];
  });
}
