import { architectureOf } from "./architecture.ts";
import { headSize, type StudentConfig } from "./config.ts";
import { checkWeights, initWeights, type Weight, type Weights } from "./weights.ts";

/**
 * Standard deviation of new channels in the residual stream, relative to fresh weights: small, so
 * that the old ones get little noise.
 */
const NEW_CHANNELS = 0.1;

/**
 * Weights of a larger student with almost the same output as the smaller one, so that its training
 * continues where the smaller one's ended. Old channels, heads, neurons and layers keep their
 * values; the new ones begin fresh, and nothing old reads them yet. RMSNorm is scaled for the
 * wider residual stream; new layers, which come last, add nothing at first.
 *
 * The idea is Net2Net's, with zeros in place of copied neurons, so that no symmetry has to be broken.
 *
 * @param from shape of the smaller student
 * @param weights its tensors
 * @param to shape of the larger one: the same architecture, vocabulary, width of a head and query
 *   heads a key-value head, and nothing smaller
 * @param seed decides the fresh values
 * @throws {RangeError} naming the field of `to` that does not fit, or the tensor of `weights`
 * @source https://arxiv.org/abs/1511.05641 (Net2Net: growth that keeps the function)
 *
 * @example
 * ```ts
 * import { initWeights, parameterCount, studentPreset } from "@potstill/student";
 * import { growWeights } from "@potstill/student/grow_weights.ts";
 * const [small, large] = [studentPreset("1M", 512), studentPreset("4M", 512)];
 * const grown = growWeights(small, initWeights(small, 1), large, 2);
 * const size = [...grown.values()].reduce((sum, { data }) => sum + data.length, 0);
 * if (size !== parameterCount(large)) throw new Error(`${size}`);
 * ```
 */
export function growWeights(
  from: StudentConfig,
  weights: Weights,
  to: StudentConfig,
  seed: string | number,
): Weights {
  checkWeights(from, weights, "the smaller student");
  checkGrowth(from, to);
  const grown = initWeights(to, seed);
  const normShare = Math.sqrt(from.hidden_size / to.hidden_size);
  for (const [name, fresh] of grown) {
    const old = weights.get(name);
    const writesResidual = /(o_proj|down_proj)\.weight$/.test(name);
    if (old === undefined) {
      // A layer that is new: its norms stay 1 and its blocks add nothing.
      if (writesResidual) fresh.data.fill(0);
    } else if (name.endsWith("norm.weight")) growNorm(old, fresh, normShare);
    else {
      const newRows = writesResidual ? NEW_CHANNELS : 1;
      const isEmbedding = name === "model.embed_tokens.weight" || name === "lm_head.weight";
      growMatrix(old, fresh, newRows, isEmbedding ? NEW_CHANNELS : 0);
    }
  }
  return grown;
}

/** Puts the old matrix (or vector) in the corner; new rows and new columns of old rows are scaled. */
function growMatrix(old: Weight, fresh: Weight, newRows: number, newColumns: number): void {
  const [rows, columns = 1] = old.shape;
  const [allRows, allColumns = 1] = fresh.shape;
  for (let row = 0; row < allRows; row++) {
    const target = fresh.data.subarray(row * allColumns, (row + 1) * allColumns);
    if (row >= rows) {
      for (let i = 0; i < allColumns; i++) target[i] *= newRows;
      continue;
    }
    for (let i = columns; i < allColumns; i++) target[i] *= newColumns;
    target.set(old.data.subarray(row * columns, (row + 1) * columns));
  }
}

/** The mean square is over more channels now, of which the new ones are small. */
function growNorm(old: Weight, fresh: Weight, share: number): void {
  const mean = old.data.reduce((sum, value) => sum + value, 0) / old.data.length;
  fresh.data.fill(mean * share);
  for (let i = 0; i < old.data.length; i++) fresh.data[i] = old.data[i] * share;
}

function checkGrowth(from: StudentConfig, to: StudentConfig): void {
  const fail = (name: string, wanted: string, got: unknown): never => {
    throw new RangeError(
      `Cannot grow the student: ${name} of the larger one must be ${wanted}, it is ${got}`,
    );
  };
  const { headNorms, normOffset } = architectureOf(to);
  if (headNorms || normOffset !== 0) {
    fail("model_type", "one without norms of heads", to.model_type);
  }
  for (const name of ["model_type", "vocab_size", "tie_word_embeddings", "rope_theta"] as const) {
    if (to[name] !== from[name]) fail(name, `${from[name]}`, to[name]);
  }
  if (headSize(to) !== headSize(from)) fail("head_dim", `${headSize(from)}`, headSize(to));
  const group = (config: StudentConfig) => config.num_attention_heads / config.num_key_value_heads;
  if (group(to) !== group(from)) {
    fail("num_attention_heads / num_key_value_heads", `${group(from)}`, group(to));
  }
  for (
    const name of [
      "hidden_size",
      "intermediate_size",
      "num_hidden_layers",
      "num_attention_heads",
      "num_key_value_heads",
    ] as const
  ) {
    if (to[name] < from[name]) fail(name, `${from[name]} or more`, to[name]);
  }
}
