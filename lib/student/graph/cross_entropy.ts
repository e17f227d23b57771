import type { Value } from "../../onnx/graph_builder.ts";
import type { Tape } from "./tape.ts";

/** Losses of {@link weightedCrossEntropy}. */
export interface CrossEntropy {
  /** Sum of the rows' losses times their weights: a scalar. Gradients flow from it alone. */
  readonly loss: Value;
  /** float32 [n, 1]: `-log softmax(logits)[target]` of each row, without its weight. */
  readonly losses: Value;
}

/**
 * Sum over rows of `-log softmax(logits)[target]`: logits [n, classes] and targets int32 [n] give a
 * scalar.
 */
export function crossEntropy(tape: Tape, logits: Value, targets: Value): Value {
  return weightedCrossEntropy(tape, logits, targets).loss;
}

/**
 * Sum over rows of `-weight log softmax(logits)[target]`, from logits [n, classes] and targets int32
 * [n]. A negative weight makes the target less likely.
 *
 * @param weights float32 [n]. @default 1 for each row
 */
export function weightedCrossEntropy(
  tape: Tape,
  logits: Value,
  targets: Value,
  weights?: Value,
): CrossEntropy {
  const { graph } = tape;
  const lastAxis = graph.ints([1], [1]);
  const probabilities = graph.op("Softmax", [logits], { axis: { int: -1 } });
  const column = graph.op("Unsqueeze", [targets, lastAxis]);
  // The largest logit and its probability give the log of the sum of exponentials exactly enough,
  // without a second pass of logarithms over all classes.
  const keep = { keepdims: { int: 1 } };
  const top = graph.op("ReduceMax", [logits, lastAxis], keep);
  const topProbability = graph.op("ReduceMax", [probabilities, lastAxis], keep);
  const logSum = graph.op("Sub", [top, graph.op("Log", [topProbability])]);
  const picked = graph.op("GatherElements", [logits, column], { axis: { int: 1 } });
  const losses = graph.op("Sub", [logSum, picked]);
  const factors = weights === undefined ? null : graph.op("Unsqueeze", [weights, lastAxis]);
  const weighted = factors === null ? losses : graph.op("Mul", [losses, factors]);
  const loss = graph.op("ReduceSum", [weighted], { keepdims: { int: 0 } });
  tape.record([logits], [loss], () => {
    tape.addGradient(logits, () => {
      const minus = graph.op("Expand", [graph.scalar(-1), graph.op("Shape", [column])]);
      const error = graph.op("ScatterElements", [probabilities, column, minus], {
        axis: { int: 1 },
        reduction: { string: "add" },
      });
      const upstream = tape.upstream(loss);
      const scale = factors === null ? upstream : graph.op("Mul", [factors, upstream]);
      return graph.op("Mul", [error, scale]);
    });
  });
  return { loss, losses };
}
