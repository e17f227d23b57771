import { declareParameters, wholeModel } from "./graph_part.ts";
import type { ParameterLayout } from "./parameter_layout.ts";
import { studentLoss } from "./student_loss.ts";
import { Tape } from "./tape.ts";
import { type GraphShape, tokenInputs } from "./token_inputs.ts";

/**
 * The ONNX model that adds the gradient of one micro-batch to a running sum. Inputs: the tokens (see
 * `TokenInputs`), each parameter, the gradient so far of each that is trained, the masks of adapters,
 * and `loss_scale`, a scalar that every gradient is multiplied by. Outputs: `loss`, the weighted
 * sum of cross-entropies (not scaled), and each gradient.
 *
 * @param shape of the micro-batch; lengths are free
 */
export function trainingGraph(
  layout: ParameterLayout,
  shape: GraphShape,
): Uint8Array<ArrayBuffer> {
  return build(layout, shape, true);
}

/**
 * The ONNX model of the loss alone: inputs and `loss` as in {@link trainingGraph}, and `losses`
 * [m, 1], the cross-entropy of each trained token without its weight.
 */
export function lossGraph(layout: ParameterLayout, shape: GraphShape): Uint8Array<ArrayBuffer> {
  return build(layout, shape, false);
}

function build(layout: ParameterLayout, shape: GraphShape, training: boolean) {
  const { config, lora } = layout;
  const tape = new Tape(training ? "train" : "loss", shape);
  const { graph } = tape;
  const inputs = tokenInputs(graph, config, shape);
  const part = declareParameters(tape, layout, wholeModel(layout), {
    gradients: training,
    dropout: training,
  });
  const { loss, losses } = studentLoss(tape, config, part.parameter, inputs, lora);
  if (training) tape.backward(loss, graph.input("loss_scale", "float32", []));
  graph.output("loss", loss, "float32", []);
  if (!training) graph.output("losses", losses, "float32", ["trained", 1]);
  part.outputGradients();
  return graph.encode();
}
