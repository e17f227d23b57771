import type { Value } from "../../onnx/graph_builder.ts";
import { architectureOf } from "../architecture.ts";
import { hasWindow, type StudentConfig } from "../config.ts";
import { crossEntropy } from "./cross_entropy.ts";
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
}

/**
 * The model as a differentiable graph, up to the sum of the cross-entropies of its trained tokens (a
 * scalar). What only untrained tokens would use is not computed: the output layer and all of the
 * last block that comes after its attention see the predictors alone.
 *
 * @param parameter finds parameters by their names in a checkpoint
 * @param loraScale factor of adapters
 */
export function studentLoss(
  tape: Tape,
  config: StudentConfig,
  parameter: ParameterSource,
  inputs: TokenInputs,
  loraScale?: number,
): Value {
  const { graph } = tape;
  const attention = graph.scope("blocks", () => attentionMasks(graph, config, inputs));
  let hidden = embedTokens(tape, config, parameter, inputs.ids);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const rows = layer === config.num_hidden_layers - 1 ? inputs.predictors : undefined;
    const windowed = hasWindow(config, layer);
    const context = { config, inputs, attention, loraScale, rows, windowed };
    const own: ParameterSource = (name) => parameter(`model.layers.${layer}.${name}`);
    hidden = graph.scope(`layer${layer}`, () => transformerBlock(tape, hidden, own, context));
  }
  return headLoss(tape, config, hidden, parameter, inputs.targets);
}

/** The embeddings of token ids, int32 [n], as the first block reads them: [n, width]. */
export function embedTokens(
  tape: Tape,
  config: StudentConfig,
  parameter: ParameterSource,
  ids: Value,
): Value {
  const x = embedding(tape, required(parameter, "model.embed_tokens.weight"), ids);
  const { scalesEmbeddings } = architectureOf(config);
  return scalesEmbeddings ? scaled(tape, x, Math.sqrt(config.hidden_size)) : x;
}

/** The output layer and the loss: hidden states [m, width] and targets int32 [m] give a scalar. */
export function headLoss(
  tape: Tape,
  config: StudentConfig,
  hidden: Value,
  parameter: ParameterSource,
  targets: Value,
): Value {
  const { normOffset: offset } = architectureOf(config);
  const norm = { epsilon: config.rms_norm_eps, width: config.hidden_size, offset };
  const last = rmsNorm(tape, hidden, required(parameter, "model.norm.weight"), norm);
  const head = required(parameter, outputLayer(config));
  return crossEntropy(tape, linear(tape, last, head), targets);
}

/** Name of the output layer's matrix: the embeddings when it is tied to them. */
export function outputLayer(config: StudentConfig): string {
  return config.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight";
}
