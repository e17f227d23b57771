import { loraScale } from "../lora/lora_config.ts";
import { blockPart, declareParameters, embeddingPart, headPart } from "./graph_part.ts";
import type { ParameterLayout } from "./parameter_layout.ts";
import { embedTokens, headLoss } from "./student_loss.ts";
import { Tape } from "./tape.ts";
import { type GraphShape, placeInputs } from "./token_inputs.ts";
import { attentionMasks, transformerBlock } from "./transformer_block.ts";

/** Options of a block's graph. */
export interface BlockGraphOptions extends GraphShape {
  /** True if only the predictors are wanted after attention, as in the last block. */
  readonly last: boolean;
  /** True for a layer with a window. @default false */
  readonly windowed?: boolean;
  /** `forward` gives `hidden_out`; `backward` takes its gradient and gives all others. */
  readonly direction: "forward" | "backward";
  /** True if adapters get dropout masks, as in training. */
  readonly dropout: boolean;
}

/**
 * The ONNX model of one block, which serves all blocks because the parameters are inputs. Inputs:
 * `hidden` [n, width], where the tokens are, parameters by their names in the block, masks, with
 * `last` the `predictors`, and backward `hidden_out_gradient` and the gradients so far. Outputs:
 * `hidden_out`, or backward `hidden_gradient` and each parameter's gradient. Backward computes the
 * block a second time: what flows between its operations is never kept.
 *
 * @source https://arxiv.org/abs/1604.06174
 */
export function blockGraph(
  layout: ParameterLayout,
  options: BlockGraphOptions,
): Uint8Array<ArrayBuffer> {
  const { config, lora } = layout;
  const backward = options.direction === "backward";
  const tape = new Tape(`block_${options.direction}`);
  const { graph } = tape;
  const inputs = placeInputs(graph, config, options);
  const hidden = graph.input("hidden", "float32", ["tokens", config.hidden_size]);
  if (backward) tape.watch(hidden);
  const rows = options.last ? graph.input("predictors", "int32", ["trained"]) : undefined;
  const part = blockPart(layout, 0);
  const parameters = declareParameters(tape, layout, part, {
    gradients: backward,
    dropout: options.dropout,
  });
  const attention = graph.scope("blocks", () => attentionMasks(graph, config, inputs));
  const scale = lora === null ? undefined : loraScale(lora);
  const { windowed } = options;
  const context = { config, inputs, attention, loraScale: scale, rows, windowed };
  const out = transformerBlock(tape, hidden, parameters.parameter, context);
  const shape = [options.last ? "trained" : "tokens", config.hidden_size];
  if (!backward) {
    graph.output("hidden_out", out, "float32", shape);
    return graph.encode();
  }
  tape.backward(out, graph.input("hidden_out_gradient", "float32", shape));
  const gradient = tape.gradient(hidden)!;
  graph.output("hidden_gradient", gradient, "float32", ["tokens", config.hidden_size]);
  parameters.outputGradients();
  return graph.encode();
}

/**
 * The ONNX model of the part after the blocks. Inputs: `hidden` [m, width], `targets` int32 [m],
 * the parameters, and in training `loss_scale` and the gradients so far. Outputs: `loss`, and in
 * training `hidden_gradient` and each parameter's gradient.
 */
export function headGraph(layout: ParameterLayout, training: boolean): Uint8Array<ArrayBuffer> {
  const { config } = layout;
  const tape = new Tape("head");
  const { graph } = tape;
  const shape = ["trained", config.hidden_size];
  const hidden = graph.input("hidden", "float32", shape);
  if (training) tape.watch(hidden);
  const targets = graph.input("targets", "int32", ["trained"]);
  const parameters = declareParameters(tape, layout, headPart(config), {
    gradients: training,
    dropout: false,
  });
  const loss = headLoss(tape, config, hidden, parameters.parameter, targets);
  graph.output("loss", loss, "float32", []);
  if (training) {
    tape.backward(loss, graph.input("loss_scale", "float32", []));
    graph.output("hidden_gradient", tape.gradient(hidden)!, "float32", shape);
    parameters.outputGradients();
  }
  return graph.encode();
}

/**
 * The ONNX model of the embeddings: `ids` int32 [n] give `hidden` [n, width], or backward
 * `hidden_gradient` and the gradient so far give the gradient.
 */
export function embeddingGraph(
  layout: ParameterLayout,
  direction: "forward" | "backward",
): Uint8Array<ArrayBuffer> {
  const { config } = layout;
  const backward = direction === "backward";
  const tape = new Tape(`embedding_${direction}`);
  const { graph } = tape;
  const ids = graph.input("ids", "int32", ["tokens"]);
  const parameters = declareParameters(tape, layout, embeddingPart(), {
    gradients: backward,
    dropout: false,
  });
  const hidden = embedTokens(tape, config, parameters.parameter, ids);
  const shape = ["tokens", config.hidden_size];
  if (backward) {
    tape.backward(hidden, graph.input("hidden_gradient", "float32", shape));
    parameters.outputGradients();
  } else {
    graph.output("hidden", hidden, "float32", shape);
  }
  return graph.encode();
}
