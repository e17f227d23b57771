import type { Value } from "../../onnx/graph_builder.ts";
import type { Tape } from "./tape.ts";

const [ROOT, CUBE] = [Math.sqrt(2 / Math.PI), 0.044715];

/**
 * `gelu(gate) up`, with gelu(x) = x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, element by element.
 *
 * @source https://arxiv.org/abs/2002.05202, section 2; https://arxiv.org/abs/1606.08415, section 2
 */
export function geglu(tape: Tape, gate: Value, up: Value): Value {
  const { graph } = tape;
  const op = graph.op.bind(graph);
  const times = (x: Value, factor: number) => op("Mul", [x, graph.scalar(factor)]);
  const plus = (x: Value, term: number) => op("Add", [x, graph.scalar(term)]);
  const square = op("Mul", [gate, gate]);
  const inner = op("Mul", [gate, plus(times(square, ROOT * CUBE), ROOT)]);
  const tanh = op("Tanh", [inner]);
  const share = times(plus(tanh, 1), 0.5);
  const gelu = op("Mul", [gate, share]);
  const y = op("Mul", [gelu, up]);
  tape.record([gate, up], [y], () => {
    const dy = tape.upstream(y);
    tape.addGradient(up, () => op("Mul", [dy, gelu]));
    tape.addGradient(gate, () => {
      // gelu' = share + gate (1 - tanh²) inner' / 2
      const slope = plus(times(square, 3 * ROOT * CUBE), ROOT);
      const bend = op("Sub", [graph.scalar(1), op("Mul", [tanh, tanh])]);
      const further = times(op("Mul", [op("Mul", [gate, bend]), slope]), 0.5);
      return op("Mul", [op("Mul", [dy, up]), op("Add", [share, further])]);
    });
  });
  return y;
}
