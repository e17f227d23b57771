import { byteLength, DATA_TYPES, type DataType, elementCount } from "./data_type.ts";
import { ProtobufWriter } from "./protobuf_writer.ts";

/** Bytes of a tensor that live in a file beside the model. */
export interface ExternalData {
  /** File name, relative to the model's folder. */
  readonly location: string;
  /** Byte offset of the tensor in the file; best a multiple of 4,096. */
  readonly offset: number;
  /** Size of the tensor in the file. */
  readonly lengthBytes: number;
}

/** A constant tensor, row-major; elements are little-endian and 4-bit ones packed low half first. */
export interface TensorProto {
  /** Type of the elements. */
  readonly type: DataType;
  /** Dimensions, outermost first; none for a scalar. */
  readonly shape: readonly number[];
  /** A view on the elements, kept by reference, or where to find them. */
  readonly data: ArrayBufferView | ExternalData;
}

/** An attribute of a node, tagged because ONNX tells 1 from 1.0. */
export type AttributeValue =
  | { readonly int: number | bigint }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly tensor: TensorProto }
  | { readonly graph: GraphProto }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] };

/** Attributes by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** An operation of a graph. */
export interface NodeProto {
  /** Unique within the graph; shown in profiles and errors. */
  readonly name: string;
  /** Name of the operator, such as `MatMul`. */
  readonly opType: string;
  /** Empty for ONNX's own operators, else for example `com.microsoft`. */
  readonly domain: string;
  /** Names of values; an empty name stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  /** Names for the values that the node makes; an empty one is not wanted. */
  readonly outputs: readonly string[];
  /** The node's constants. */
  readonly attributes: Attributes;
}

/** A graph input or output; a text dimension is a name for a size that is known at run time only. */
export interface ValueInfo {
  /** Name of the value. */
  readonly name: string;
  /** Type of the elements. */
  readonly type: DataType;
  /** Dimensions, outermost first. */
  readonly shape: readonly (number | string)[];
}

/** A graph: nodes in topological order. */
export interface GraphProto {
  /** Name of the graph. */
  readonly name: string;
  /** Operations, each after those whose outputs it reads. */
  readonly nodes: readonly NodeProto[];
  /** Constant tensors by name. */
  readonly initializers: ReadonlyMap<string, TensorProto>;
  /** Inputs that must be fed. */
  readonly inputs: readonly ValueInfo[];
  /** Outputs that can be fetched. */
  readonly outputs: readonly ValueInfo[];
}

/** A model: a graph and the operator sets that it is written in. */
export interface ModelProto {
  /** The graph to run. */
  readonly graph: GraphProto;
  /** Version by operator domain; the empty domain is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Version of the file format. */
  readonly irVersion: number;
  /** Free text entries. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The bytes of an `.onnx` file.
 *
 * @throws {RangeError} when a tensor's data does not have the size that its shape calls for, or the
 *   model passes protobuf's limit of 2 GiB (use {@link ExternalData})
 * @source https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */
export function encodeModel(model: ModelProto): Uint8Array<ArrayBuffer> {
  const out = new ProtobufWriter()
    .int(1, model.irVersion)
    .string(2, "potstill")
    .message(7, graphMessage(model.graph));
  for (const [domain, version] of Object.entries(model.opsets)) {
    out.message(8, new ProtobufWriter().string(1, domain).int(2, version));
  }
  for (const [key, value] of Object.entries(model.metadata)) {
    out.message(14, new ProtobufWriter().string(1, key).string(2, value));
  }
  if (out.size >= 2 ** 31) {
    throw new RangeError(
      `Cannot encode the ONNX model: ${out.size} bytes pass the limit of 2 GiB; ` +
        "move the initializers to external data",
    );
  }
  return out.finish();
}

function graphMessage(graph: GraphProto): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const node of graph.nodes) out.message(1, nodeMessage(node));
  out.string(2, graph.name);
  for (const [name, tensor] of graph.initializers) out.message(5, tensorMessage(name, tensor));
  for (const input of graph.inputs) out.message(11, valueMessage(input));
  for (const output of graph.outputs) out.message(12, valueMessage(output));
  return out;
}

function nodeMessage(node: NodeProto): ProtobufWriter {
  const out = new ProtobufWriter();
  for (const input of node.inputs) out.string(1, input);
  for (const output of node.outputs) out.string(2, output);
  out.string(3, node.name).string(4, node.opType);
  for (const [name, value] of Object.entries(node.attributes)) {
    out.message(5, attributeMessage(name, value));
  }
  if (node.domain !== "") out.string(7, node.domain);
  return out;
}

function attributeMessage(name: string, value: AttributeValue): ProtobufWriter {
  const out = new ProtobufWriter().string(1, name);
  if ("float" in value) return out.float(2, value.float).int(20, 1);
  if ("int" in value) return out.int(3, value.int).int(20, 2);
  if ("string" in value) return out.string(4, value.string).int(20, 3);
  if ("tensor" in value) return out.message(5, tensorMessage("", value.tensor)).int(20, 4);
  if ("graph" in value) return out.message(6, graphMessage(value.graph)).int(20, 5);
  if ("floats" in value) return out.floats(7, value.floats).int(20, 6);
  if ("ints" in value) return out.ints(8, value.ints).int(20, 7);
  for (const text of value.strings) out.string(9, text);
  return out.int(20, 8);
}

function tensorMessage(name: string, tensor: TensorProto): ProtobufWriter {
  const out = new ProtobufWriter().ints(1, tensor.shape).int(2, DATA_TYPES[tensor.type].code);
  if (name !== "") out.string(8, name);
  const expected = byteLength(tensor.type, elementCount(tensor.shape));
  const { data } = tensor;
  const actual = ArrayBuffer.isView(data) ? data.byteLength : data.lengthBytes;
  if (actual !== expected) {
    throw new RangeError(
      `Cannot encode the tensor "${name}": shape [${tensor.shape}] of ${tensor.type} ` +
        `takes ${expected} bytes but its data has ${actual}`,
    );
  }
  if (ArrayBuffer.isView(data)) {
    return out.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const entries = { location: data.location, offset: data.offset, length: data.lengthBytes };
  for (const [key, value] of Object.entries(entries)) {
    out.message(13, new ProtobufWriter().string(1, key).string(2, String(value)));
  }
  return out.int(14, 1);
}

function valueMessage(value: ValueInfo): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const dimension of value.shape) {
    shape.message(
      1,
      typeof dimension === "number"
        ? new ProtobufWriter().int(1, dimension)
        : new ProtobufWriter().string(2, dimension),
    );
  }
  const tensorType = new ProtobufWriter().int(1, DATA_TYPES[value.type].code).message(2, shape);
  return new ProtobufWriter()
    .string(1, value.name)
    .message(2, new ProtobufWriter().message(1, tensorType));
}
