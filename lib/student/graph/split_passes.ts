import type { GraphProto, NodeProto, ValueInfo } from "../../onnx/model_proto.ts";

/** Forward and backward pass as graphs of their own. */
export interface SplitPasses {
  /** Has the kept values as outputs beside its own. */
  readonly forward: GraphProto;
  /** Has the kept values as inputs beside its own, and computes again what it needs besides. */
  readonly backward: GraphProto;
  /** The kept values, those alone that the backward pass reads. */
  readonly kept: readonly ValueInfo[];
}

/**
 * Cuts a graph into its forward and its backward pass. Of what flows from one to the other only
 * values that are worth it are kept; everything else is computed a second time from those and from
 * the graph's inputs.
 *
 * @param nodes number of nodes of the forward pass, which come first
 * @param output the graph's output that the forward pass gives
 * @param keep values worth keeping, such as those of large products
 * @source https://arxiv.org/abs/2205.05198, section 5 (selective recomputation)
 */
export function splitPasses(
  graph: GraphProto,
  nodes: number,
  output: ValueInfo,
  keep: readonly ValueInfo[],
): SplitPasses {
  const first = graph.nodes.slice(0, nodes);
  const second = graph.nodes.slice(nodes);
  const worth = new Map(keep.map((value) => [value.name, value]));
  const makers = new Map(first.flatMap((node) => node.outputs.map((name) => [name, node])));
  const kept = new Set<string>();
  const again = new Set<NodeProto>();
  const need = (name: string) => {
    const maker = makers.get(name);
    if (maker === undefined || again.has(maker) || kept.has(name)) return;
    if (worth.has(name)) {
      kept.add(name);
    } else {
      again.add(maker);
      maker.inputs.forEach(need);
    }
  };
  second.forEach((node) => node.inputs.forEach(need));
  const values = [...kept].map((name) => worth.get(name)!);
  // A recomputed node may have a kept value among its outputs, which is then an input: the node's own
  // gets no name.
  const recomputed = first.filter((node) => again.has(node)).map((node) => ({
    ...node,
    outputs: node.outputs.map((name) => kept.has(name) ? "" : name),
  }));
  const others = graph.outputs.filter(({ name }) => name !== output.name);
  return {
    forward: part(graph, `${graph.name}_forward`, first, [], [output, ...values]),
    backward: part(graph, `${graph.name}_backward`, [...recomputed, ...second], values, others),
    kept: values,
  };
}

/** A graph of some of the nodes, with those inputs and constants alone that they read. */
function part(
  graph: GraphProto,
  name: string,
  nodes: readonly NodeProto[],
  more: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
): GraphProto {
  const read = new Set(nodes.flatMap((node) => node.inputs));
  return {
    name,
    nodes,
    initializers: new Map([...graph.initializers].filter(([name]) => read.has(name))),
    inputs: [...graph.inputs.filter((input) => read.has(input.name)), ...more],
    outputs,
  };
}
