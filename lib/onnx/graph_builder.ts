import type { DataType } from "./data_type.ts";
import {
  type Attributes,
  encodeModel,
  type ExternalData,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfo,
} from "./model_proto.ts";

/** The name of a value in a graph: what one node writes and others read. */
export type Value = string & { readonly __value: never };

/** Optional settings of a node. */
export interface NodeOptions {
  /** Operator domain. @default "" (ONNX's own operators) */
  readonly domain?: string;
  /**
   * Number of outputs, or names for them; an empty name leaves that optional output out.
   * @default 1
   */
  readonly outputs?: number | readonly string[];
}

/** Settings of {@link GraphBuilder.encode}. */
export interface EncodeOptions {
  /** Version of ONNX's own operator set. @default 21 */
  readonly opset?: number;
  /** Versions of other domains. @default 1 for each domain that a node uses */
  readonly domains?: Readonly<Record<string, number>>;
  /** @default 10 */
  /** Version of the file format. @default 10 */
  readonly irVersion?: number;
  /** Free text entries in the model file. @default none */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Builds an ONNX graph node by node and writes it as the bytes of a model. Nodes are kept in the
 * order of the calls, which is topological by construction.
 *
 * @example
 * ```ts
 * import { GraphBuilder } from "@potstill/student";
 * import * as ort from "onnxruntime-node";
 * const graph = new GraphBuilder("affine");
 * const x = graph.input("x", "float32", ["rows", 2]);
 * const w = graph.floats([2, 1], [10, 1], "w");
 * graph.output("y", graph.op("MatMul", [x, w]), "float32", ["rows", 1]);
 * const session = await ort.InferenceSession.create(graph.encode());
 * const { y } = await session.run({ x: new ort.Tensor("float32", [1, 2, 3, 4], [2, 2]) });
 * if (y.data.join() !== "12,34") throw new Error("wrong product");
 * ```
 */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: NodeProto[] = [];
  readonly #initializers = new Map<string, TensorProto>();
  readonly #constants = new Map<string, Value>();
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #taken = new Set<string>();
  readonly #outer: GraphBuilder | undefined;
  #scope = "";
  #next = 0;

  /**
   * Starts an empty graph.
   *
   * @param name the graph's name in the file
   * @param outer the graph whose values a branch may read
   */
  constructor(name: string, outer?: GraphBuilder) {
    this.#name = name;
    this.#outer = outer;
  }

  /** Inputs declared so far. */
  get inputs(): readonly ValueInfo[] {
    return this.#inputs;
  }

  /** Outputs declared so far. */
  get outputs(): readonly ValueInfo[] {
    return this.#outputs;
  }

  /** Nodes added so far. */
  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** Runs `build` with `name/` before the names that it makes up: profiles become readable. */
  scope<T>(name: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = `${outer}${name}/`;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  /**
   * The outputs of one of two branches, as `condition` (bool, one element) says. A branch reads any
   * value made before and gives values of its own; its constants become this graph's.
   *
   * @param shapes of the outputs, which are float32, of both branches
   */
  branch(
    condition: Value,
    shapes: readonly (readonly (number | string)[])[],
    then: (graph: GraphBuilder) => readonly Value[],
    otherwise: (graph: GraphBuilder) => readonly Value[],
  ): Value[] {
    const built = ([["then_branch", then], ["else_branch", otherwise]] as const).map(
      ([name, build]) => {
        const graph = new GraphBuilder(this.fresh(name), this);
        const outputs = build(graph);
        shapes.forEach((shape, i) =>
          graph.#outputs.push({ name: outputs[i], type: "float32", shape })
        );
        return [name, { graph: graph.toProto() }] as const;
      },
    );
    return this.node("If", [condition], Object.fromEntries(built), { outputs: shapes.length });
  }

  /** Declares a graph input; text dimensions are dynamic. */
  input(name: string, type: DataType, shape: readonly (number | string)[]): Value {
    const value = this.#take(name);
    this.#inputs.push({ name, type, shape });
    return value;
  }

  /**
   * Declares `value` as the graph output `name`, through an Identity node unless the value already
   * has that name.
   */
  output(
    name: string,
    value: Value,
    type: DataType,
    shape: readonly (number | string)[],
  ): void {
    if (name !== value) this.node("Identity", [value], {}, { outputs: [name] });
    this.#outputs.push({ name, type, shape });
  }

  /** A constant tensor; `data` is kept by reference until {@link encode}. */
  initializer(
    name: string,
    type: DataType,
    shape: readonly number[],
    data: ArrayBufferView | ExternalData,
  ): Value {
    const value = this.#take(name);
    this.#initializers.set(name, { type, shape, data });
    return value;
  }

  /** A float32 constant; equal unnamed ones are kept once. */
  floats(shape: readonly number[], values: readonly number[], name?: string): Value {
    return this.#constant("float32", shape, Float32Array.from(values), values, name);
  }

  /** An int64 constant; equal unnamed ones are kept once. */
  ints(shape: readonly number[], values: readonly number[], name?: string): Value {
    return this.#constant("int64", shape, BigInt64Array.from(values, BigInt), values, name);
  }

  /** A float32 scalar. */
  scalar(value: number): Value {
    return this.floats([], [value]);
  }

  /** Adds a node with one output and returns it. `null` leaves an optional input out. */
  op(
    opType: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes = {},
    domain = "",
  ): Value {
    return this.node(opType, inputs, attributes, { domain })[0];
  }

  /** Adds a node and returns its outputs, as many as `options.outputs` says. */
  node(
    opType: string,
    inputs: readonly (Value | null)[],
    attributes: Attributes = {},
    options: NodeOptions = {},
  ): Value[] {
    const name = this.fresh(opType);
    const wanted = options.outputs ?? 1;
    const outputs = typeof wanted === "number"
      ? Array.from({ length: wanted }, (_, i) => this.#take(i === 0 ? name : `${name}.${i}`))
      : wanted.map((output) => output === "" ? ("" as Value) : this.#take(output));
    const domain = options.domain ?? "";
    this.#nodes.push({
      name,
      opType,
      domain,
      inputs: inputs.map((input) => input ?? ""),
      outputs,
      attributes,
    });
    return outputs;
  }

  /** `x` in another shape. @param to int64, such as {@link shape} gives; -1 for what is left */
  reshape(x: Value, to: Value): Value {
    return this.op("Reshape", [x, to]);
  }

  /** Values joined along an axis. */
  concat(values: readonly Value[], axis: number): Value {
    return this.op("Concat", values, { axis: { int: axis } });
  }

  /** A shape, as int64 [parts.length], of numbers and of int64 [1] values. */
  shape(...parts: readonly (number | Value)[]): Value {
    return this.concat(
      parts.map((part) => typeof part === "number" ? this.ints([1], [part]) : part),
      0,
    );
  }

  /** A name that no other call returns, made of the scope and `hint`. */
  fresh(hint: string): string {
    if (this.#outer !== undefined) return this.#outer.fresh(hint);
    return `${this.#scope}${hint}_${this.#next++}`;
  }

  /** The graph so far, as a subgraph for If, Loop and Scan attributes or for encoding. */
  toProto(): GraphProto {
    return {
      name: this.#name,
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  /** The bytes of the model, for `InferenceSession.create` or an `.onnx` file. */
  encode(options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
    return encodeGraph(this.toProto(), options);
  }

  #constant(
    type: DataType,
    shape: readonly number[],
    data: ArrayBufferView,
    values: readonly number[],
    name?: string,
  ): Value {
    if (name !== undefined) return this.initializer(name, type, shape, data);
    if (this.#outer !== undefined) return this.#outer.#constant(type, shape, data, values);
    const key = `${type}[${shape}]:${values.map((value) => Object.is(value, -0) ? "-0" : value)}`;
    let value = this.#constants.get(key);
    if (value === undefined) {
      value = this.initializer(`constant_${this.#next++}`, type, shape, data);
      this.#constants.set(key, value);
    }
    return value;
  }

  #take(name: string): Value {
    if (this.#outer !== undefined) return this.#outer.#take(name);
    if (name === "") throw new RangeError("Cannot name a value: the name is empty");
    if (this.#taken.has(name)) {
      throw new RangeError(
        `Cannot name a value "${name}": the graph "${this.#name}" has one already`,
      );
    }
    this.#taken.add(name);
    return name as Value;
  }
}

/** The bytes of a model with this graph. */
export function encodeGraph(
  graph: GraphProto,
  options: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const used = new Set(domainsOf(graph.nodes).filter((domain) => domain !== ""));
  const opsets: Record<string, number> = { "": options.opset ?? 21 };
  for (const domain of used) opsets[domain] = 1;
  return encodeModel({
    graph,
    opsets: { ...opsets, ...options.domains },
    irVersion: options.irVersion ?? 10,
    metadata: options.metadata ?? {},
  });
}

function domainsOf(nodes: readonly NodeProto[]): string[] {
  return nodes.flatMap(({ domain, attributes }) => [
    domain,
    ...Object.values(attributes).flatMap((value) =>
      "graph" in value ? domainsOf(value.graph.nodes) : []
    ),
  ]);
}
