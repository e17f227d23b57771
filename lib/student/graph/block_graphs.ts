import { encodeGraph } from "../../onnx/graph_builder.ts";
import type { ValueInfo } from "../../onnx/model_proto.ts";
import { blockPart, declareParameters, headPart } from "./graph_part.ts";
import type { ParameterLayout } from "./parameter_layout.ts";
import { splitPasses } from "./split_passes.ts";
import { headLoss } from "./student_loss.ts";
import { Tape, type TapeOptions } from "./tape.ts";
import { type GraphShape, placeInputs, targetInputs } from "./token_inputs.ts";
import { attentionMasks, transformerBlock } from "./transformer_block.ts";

/** Options of {@link blockGraphs}. */
export interface BlockGraphOptions extends GraphShape {
  /** Number of the block, or of one with the same parameters. */
  readonly layer: number;
  /** True if only the predictors are wanted after attention, as in the last block. */
  readonly last: boolean;
  /** True for a layer with a window. @default false */
  readonly windowed?: boolean;
  /** True if adapters get dropout masks, as in training. */
  readonly dropout: boolean;
  /** True if the gradient of the hidden states is wanted: anything below is trained. */
  readonly inputGradient: boolean;
  /** True if all is computed a second time, and nothing kept but the hidden states. */
  readonly recompute: boolean;
  /** True if linear layers multiply in int8. */
  readonly int8: boolean;
}

/** The two passes of a block as ONNX models. */
export interface BlockGraphs {
  /** Gives `hidden_out` and the kept values. */
  readonly forward: Uint8Array<ArrayBuffer>;
  /** Takes the kept values and the gradient of `hidden_out`; null when nothing asks for gradients. */
  readonly backward: Uint8Array<ArrayBuffer> | null;
  /** What the forward pass hands to the backward pass. */
  readonly kept: readonly ValueInfo[];
}

/**
 * The ONNX models of one block, which serve all blocks because the parameters are inputs. Inputs:
 * `hidden` [n, width], where the tokens are, parameters by their names in the block, masks, with
 * `last` the `predictors`, and backward `hidden_out_gradient`, the kept values and the gradients so
 * far. Outputs: `hidden_out` and the kept values, or backward `hidden_gradient` and each parameter's
 * gradient. What is not kept is computed a second time.
 *
 * @source https://arxiv.org/abs/1604.06174; https://arxiv.org/abs/2205.05198
 */
export function blockGraphs(layout: ParameterLayout, options: BlockGraphOptions): BlockGraphs {
  const { config, lora } = layout;
  const tape = new Tape("block", options);
  const { graph } = tape;
  const inputs = placeInputs(graph, config, options);
  const hidden = graph.input("hidden", "float32", ["tokens", config.hidden_size]);
  if (options.inputGradient) tape.watch(hidden);
  const rows = options.last ? graph.input("predictors", "int32", ["trained"]) : undefined;
  const part = blockPart(layout, options.layer);
  const parameters = declareParameters(tape, layout, part, {
    gradients: true,
    dropout: options.dropout,
    int8: options.int8,
  });
  const attention = graph.scope("blocks", () => attentionMasks(graph, config, inputs));
  const { windowed } = options;
  const context = { config, inputs, attention, lora, rows, windowed };
  const out = transformerBlock(tape, hidden, parameters.parameter, context);
  const shape = [options.last ? "trained" : "tokens", config.hidden_size];
  graph.output("hidden_out", out, "float32", shape);
  const nodes = graph.nodeCount;
  const output = graph.outputs[0];
  if (tape.watches(out)) {
    tape.backward(out, graph.input("hidden_out_gradient", "float32", shape));
    if (options.inputGradient) {
      const gradient = tape.gradient(hidden)!;
      graph.output("hidden_gradient", gradient, "float32", ["tokens", config.hidden_size]);
    }
    parameters.outputGradients();
  }
  const keep = options.recompute ? [] : tape.kept;
  const { forward, backward, kept } = splitPasses(graph.toProto(), nodes, output, keep);
  return {
    forward: encodeGraph(forward),
    backward: tape.watches(out) ? encodeGraph(backward) : null,
    kept,
  };
}

/**
 * The ONNX model of the part after the blocks. Inputs: `hidden` [m, width], `targets` int32 [m],
 * `target_weights` [m], the parameters, and in training `loss_scale` and the gradients so far.
 * Outputs: `loss`, in training `hidden_gradient` and each parameter's gradient, else `losses` [m, 1].
 */
export function headGraph(
  layout: ParameterLayout,
  training: boolean,
  options: TapeOptions = {},
): Uint8Array<ArrayBuffer> {
  const { config } = layout;
  const tape = new Tape("head", options);
  const { graph } = tape;
  const shape = ["trained", config.hidden_size];
  const hidden = graph.input("hidden", "float32", shape);
  if (training) tape.watch(hidden);
  const targets = targetInputs(graph);
  const parameters = declareParameters(tape, layout, headPart(config), {
    gradients: training,
    dropout: false,
  });
  const { loss, losses } = headLoss(tape, config, hidden, parameters.parameter, targets);
  graph.output("loss", loss, "float32", []);
  if (!training) graph.output("losses", losses, "float32", ["trained", 1]);
  if (training) {
    tape.backward(loss, graph.input("loss_scale", "float32", []));
    graph.output("hidden_gradient", tape.gradient(hidden)!, "float32", shape);
    parameters.outputGradients();
  }
  return graph.encode();
}
