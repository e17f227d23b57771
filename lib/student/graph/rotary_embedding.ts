import type { Value } from "../../onnx/graph_builder.ts";
import type { Tape } from "./tape.ts";

/** Shape and inputs of {@link rotaryEmbedding}. */
export interface RotaryOptions {
  /** int64 [n]: each token's position in its sequence. */
  readonly positions: Value;
  /** [positions, headSize / 2] */
  readonly cos: Value;
  /** [positions, headSize / 2] */
  readonly sin: Value;
  /** Heads times head size. */
  readonly width: number;
}

/**
 * Turns each pair (i, i + headSize / 2) of each head of `x`, [n, width], by the angle of its
 * position: Hugging Face's `rotate_half` convention. Its gradient is the same by the opposite angle.
 *
 * @source https://arxiv.org/abs/2104.09864, section 3.2.2
 */
export function rotaryEmbedding(tape: Tape, x: Value, options: RotaryOptions): Value {
  const { graph } = tape;
  // Each token is a sequence of its own, so that the tables need not be as long as the batch.
  const turn = (input: Value, sin: Value) => {
    const tokens = graph.op("Reshape", [input, graph.ints([3], [-1, 1, options.width])]);
    const positions = graph.op("Reshape", [options.positions, graph.ints([2], [-1, 1])]);
    const turned = graph.op(
      "RotaryEmbedding",
      [tokens, positions, options.cos, sin],
      {},
      "com.microsoft",
    );
    return graph.op("Reshape", [turned, graph.ints([2], [-1, options.width])]);
  };
  const y = turn(x, options.sin);
  tape.record([x], [y], () => {
    const back = graph.op("Neg", [options.sin]);
    tape.addGradient(x, () => turn(tape.upstream(y), back));
  });
  return y;
}
