import { type StudentConfig, weightShapes } from "../config.ts";

/** The linear layers of a block that an adapter may change. */
export const LINEAR_LAYERS = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
] as const;

/** Name of one of the {@link LINEAR_LAYERS}. */
export type LinearLayer = typeof LINEAR_LAYERS[number];

/** A low-rank adapter: each layer's `W x` becomes `W x + scale B A dropout(x)`. */
export interface LoraOptions {
  /** Rows of A. @default 64 */
  readonly rank?: number;
  /** The scale is this over the rank. @default 128 */
  readonly alpha?: number;
  /** Share of the inputs of A that are dropped while training. @default 0.05 */
  readonly dropout?: number;
  /** Layers that get an adapter. @default all linear layers of the blocks */
  readonly targets?: readonly LinearLayer[];
  /** Divide alpha by the square root of the rank (rank-stabilised LoRA). @default false */
  readonly rankStabilised?: boolean;
}

/** No layer is wider. */
const MAX_RANK = 2 ** 16;

/** {@link LoraOptions} with every default filled in. */
export type LoraConfig = Required<LoraOptions>;

/**
 * Fills in the defaults, which are the paper's settings.
 *
 * @throws {RangeError} naming the option that is out of range
 * @source https://arxiv.org/abs/2505.17612, section 5; https://arxiv.org/abs/2106.09685
 *
 * @example
 * ```ts
 * import { resolveLora } from "@potstill/student";
 * const lora = resolveLora({ rank: 8, alpha: 16 });
 * if (lora.targets.length !== 7 || lora.dropout !== 0.05) throw new Error("other defaults");
 * ```
 */
export function resolveLora(options: LoraOptions): LoraConfig {
  const { rank = 64, alpha = 128, dropout = 0.05, rankStabilised = false } = options;
  const targets = options.targets ?? LINEAR_LAYERS;
  const fail = (name: string, value: unknown, wanted: string) => {
    throw new RangeError(`Cannot set up LoRA: ${name} must be ${wanted}, not ${value}`);
  };
  if (!Number.isInteger(rank) || rank < 1) fail("rank", rank, "a positive whole number");
  if (rank > MAX_RANK) fail("rank", rank, `at most ${MAX_RANK}`);
  if (!(alpha > 0 && alpha < Infinity)) fail("alpha", alpha, "positive");
  if (!(dropout >= 0 && dropout < 1)) fail("dropout", dropout, "in [0, 1)");
  const unknown = targets.find((name) => !LINEAR_LAYERS.includes(name));
  if (unknown !== undefined || targets.length === 0) {
    fail("targets", `[${targets}]`, `some of ${LINEAR_LAYERS.join(", ")}`);
  }
  // In one order, so that equal settings are equal.
  const ordered = LINEAR_LAYERS.filter((name) => targets.includes(name));
  return { rank, alpha, dropout, targets: ordered, rankStabilised };
}

/** Factor of `B A x`. */
export function loraScale({ rank, alpha, rankStabilised }: LoraConfig): number {
  return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
}

/**
 * Names and shapes of an adapter's tensors: `LAYER.lora_A.weight`, [rank, in], and
 * `LAYER.lora_B.weight`, [out, rank], where LAYER is for example `model.layers.0.mlp.up_proj`.
 */
export function adapterShapes(
  config: StudentConfig,
  { rank, targets }: LoraConfig,
): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, shape] of weightShapes(config)) {
    const layer = name.replace(/\.weight$/, "");
    if (!targets.some((target) => name.endsWith(`.${target}.weight`))) continue;
    shapes.set(`${layer}.lora_A.weight`, [rank, shape[1]]);
    shapes.set(`${layer}.lora_B.weight`, [shape[0], rank]);
  }
  return shapes;
}
