import type { Value } from "../../onnx/graph_builder.ts";
import { architectureOf } from "../architecture.ts";
import { hasWindow, type StudentConfig } from "../config.ts";
import type { LoraConfig } from "../lora/lora_config.ts";
import { type CrossEntropy, weightedCrossEntropy } from "./cross_entropy.ts";
import { embedding } from "./embedding.ts";
import { scaled } from "./elementwise.ts";
import { linear } from "./linear.ts";
import { type ParameterSource, required } from "./projection.ts";
import { rmsNorm } from "./rms_norm.ts";
import type { Tape } from "./tape.ts";
import { attentionMasks, type PlaceInputs, transformerBlock } from "./transformer_block.ts";

/** Inputs of {@link studentLoss}: a flat stream of n tokens, of examples that do not see each other. */
export interface TokenInputs extends PlaceInputs {
  /** int32 [n] */
  readonly ids: Value;
  /** int32 [m]: tokens of the stream from which a trained token is predicted, each once. */
  readonly predictors: Value;
  /** int32 [m]: the tokens to predict from them. */
  readonly targets: Value;
  /** float32 [m]: the weight of each in the loss; it may be negative. */
  readonly targetWeights: Value;
}

/**
 * The model as a differentiable graph, up to the cross-entropies of its trained tokens and their
 * weighted sum. What only untrained tokens would use is not computed: the output layer and all of the
 * last block that comes after its attention see the predictors alone.
 *
 * @param parameter finds parameters by their names in a checkpoint
 * @param lora the adapter, if there is one
 */
export function studentLoss(
  tape: Tape,
  config: StudentConfig,
  parameter: ParameterSource,
  inputs: TokenInputs,
  lora: LoraConfig | null = null,
): CrossEntropy {
  const { graph } = tape;
  const attention = graph.scope("blocks", () => attentionMasks(graph, config, inputs));
  let hidden = embedTokens(tape, config, parameter, inputs.ids);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const rows = layer === config.num_hidden_layers - 1 ? inputs.predictors : undefined;
    const windowed = hasWindow(config, layer);
    const context = { config, inputs, attention, lora, rows, windowed };
    const own: ParameterSource = (name) => parameter(`model.layers.${layer}.${name}`);
    hidden = graph.scope(`layer${layer}`, () => transformerBlock(tape, hidden, own, context));
  }
  return headLoss(tape, config, hidden, parameter, inputs);
}

/** The embeddings of token ids, int32 [n], as the first block reads them: [n, width]. */
function embedTokens(
  tape: Tape,
  config: StudentConfig,
  parameter: ParameterSource,
  ids: Value,
): Value {
  const x = embedding(tape, required(parameter, EMBEDDINGS), ids);
  const scale = embeddingScale(config);
  return scale === 1 ? x : scaled(tape, x, scale);
}

/** Name of the matrix of embeddings. */
export const EMBEDDINGS = "model.embed_tokens.weight";

/** Factor of the embeddings, as float32. */
export function embeddingScale(config: StudentConfig): number {
  const { scalesEmbeddings } = architectureOf(config);
  return scalesEmbeddings ? Math.fround(Math.sqrt(config.hidden_size)) : 1;
}

/** The output layer and the loss, from hidden states [m, width]. */
export function headLoss(
  tape: Tape,
  config: StudentConfig,
  hidden: Value,
  parameter: ParameterSource,
  { targets, targetWeights }: Pick<TokenInputs, "targets" | "targetWeights">,
): CrossEntropy {
  const { normOffset: offset } = architectureOf(config);
  const norm = { epsilon: config.rms_norm_eps, width: config.hidden_size, offset };
  const last = rmsNorm(tape, hidden, required(parameter, "model.norm.weight"), norm);
  const head = required(parameter, outputLayer(config));
  return weightedCrossEntropy(tape, linear(tape, last, head), targets, targetWeights);
}

/** Name of the output layer's matrix: the embeddings when it is tied to them. */
export function outputLayer(config: StudentConfig): string {
  return config.tie_word_embeddings ? EMBEDDINGS : "lm_head.weight";
}
