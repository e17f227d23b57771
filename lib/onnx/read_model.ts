import { DATA_TYPES, type DataType } from "./data_type.ts";
import type { ExternalData, NodeProto, TensorProto } from "./model_proto.ts";
import { protobufFields } from "./protobuf_reader.ts";

/**
 * The parts of an ONNX model that are read: operations without attributes, and constant tensors.
 */
export interface ReadModel {
  /** In topological order. */
  readonly nodes: readonly Omit<NodeProto, "attributes">[];
  /** By name. */
  readonly initializers: ReadonlyMap<string, TensorProto>;
}

type Bytes = Uint8Array<ArrayBuffer>;

const TYPES = new Map(
  Object.entries(DATA_TYPES).map(([type, { code }]) => [code, type as DataType]),
);
const decoder = new TextDecoder();

/**
 * Reads the graph of an `.onnx` file; tensors are views of `bytes`.
 *
 * @param source names the file, for the error
 * @throws {RangeError} when it is no ONNX model or is cut short
 * @source https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 *
 * @example
 * ```ts
 * import { GraphBuilder } from "@potstill/student";
 * import { readModel } from "@potstill/onnx/read_model.ts";
 * const graph = new GraphBuilder("affine");
 * const x = graph.input("x", "float32", ["rows", 2]);
 * graph.output("y", graph.op("MatMul", [x, graph.floats([2, 1], [10, 1], "w")]), "float32", ["rows", 1]);
 * const { nodes, initializers } = readModel(graph.encode(), "an example");
 * if (nodes[0].inputs[1] !== "w" || initializers.get("w")?.shape.join() !== "2,1") throw new Error();
 * ```
 */
export function readModel(bytes: Uint8Array<ArrayBuffer>, source: string): ReadModel {
  const graph = [...protobufFields(bytes, source)].find(({ field }) => field === 7);
  if (graph === undefined) throw new RangeError(`Cannot read ${source}: it is no ONNX model`);
  const nodes: ReadModel["nodes"][number][] = [];
  const initializers = new Map<string, TensorProto>();
  for (const { field, bytes } of protobufFields(graph.bytes, source)) {
    if (field === 1) nodes.push(readNode(bytes, source));
    if (field === 5) {
      const { name, tensor } = readTensor(bytes, source);
      initializers.set(name, tensor);
    }
  }
  return { nodes, initializers };
}

function readNode(message: Bytes, source: string): ReadModel["nodes"][number] {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let [name, opType, domain] = ["", "", ""];
  for (const { field, bytes } of protobufFields(message, source)) {
    if (field === 1) inputs.push(decoder.decode(bytes));
    if (field === 2) outputs.push(decoder.decode(bytes));
    if (field === 3) name = decoder.decode(bytes);
    if (field === 4) opType = decoder.decode(bytes);
    if (field === 7) domain = decoder.decode(bytes);
  }
  return { name, opType, domain, inputs, outputs };
}

function readTensor(message: Bytes, source: string): { name: string; tensor: TensorProto } {
  const shape: number[] = [];
  const external = new Map<string, string>();
  let name = "";
  let code = 0;
  let data: Bytes = new Uint8Array(0);
  let floats: Bytes | null = null;
  for (const { field, int, bytes } of protobufFields(message, source)) {
    if (field === 1 && bytes.length === 0) shape.push(int);
    else if (field === 1) shape.push(...packedInts(bytes, source));
    if (field === 2) code = int;
    if (field === 4) floats = bytes;
    if (field === 8) name = decoder.decode(bytes);
    if (field === 9) data = bytes;
    if (field === 13) {
      const entry = [...protobufFields(bytes, source)].map((part) => decoder.decode(part.bytes));
      external.set(entry[0], entry[1]);
    }
  }
  const type = TYPES.get(code);
  if (type === undefined) {
    throw new RangeError(`Cannot read ${source}: the tensor ${name} is of the type ${code}`);
  }
  const location = external.get("location");
  const place: ExternalData | null = location === undefined ? null : {
    location,
    offset: Number(external.get("offset") ?? 0),
    lengthBytes: Number(external.get("length") ?? 0),
  };
  return {
    name,
    tensor: { type, shape, data: place ?? (data.length > 0 ? data : floats ?? data) },
  };
}

/** Packed varints, as fields of a message without keys. */
function packedInts(bytes: Bytes, source: string): number[] {
  const values: number[] = [];
  let [value, shift] = [0, 0];
  for (const byte of bytes) {
    value += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte < 128) {
      values.push(value);
      [value, shift] = [0, 0];
    }
  }
  if (shift > 0) throw new RangeError(`Cannot read ${source}: it is cut short`);
  return values;
}
