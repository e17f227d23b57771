import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TensorProto } from "../../onnx/model_proto.ts";
import { type ReadModel, readModel } from "../../onnx/read_model.ts";
import { headSize, type StudentConfig, weightShapes } from "../config.ts";
import type { Weight, Weights } from "../weights.ts";
import { toFloat32 } from "../../onnx/safetensors.ts";
import { checkInput, readInput } from "../../runs/read_input.ts";

/** File names of unquantized weights; quantized ones cannot be trained nor read back exactly. */
const FILES = ["model.onnx", "model_fp16.onnx"];

/** The ONNX model of a folder from which weights can be read, or null. */
export function findOnnxModel(folder: string): string | null {
  const paths = FILES.flatMap((name) => [join(folder, "onnx", name), join(folder, name)]);
  return paths.find((path) => existsSync(path)) ?? null;
}

/**
 * Reads a student's weights from an ONNX model that PyTorch's exporter (optimum, onnx-community) or
 * onnxruntime-genai's model builder has written, in float32 or float16, also with external data.
 * Embeddings, norms and biases keep their names in such files; a matrix is found by the name of the
 * operation that multiplies with it, transposed.
 *
 * @throws {RangeError} naming the file and what does not fit
 * @throws {Error} naming the file that cannot be read
 * @source https://huggingface.co/docs/optimum/exporters/onnx/overview
 * @source https://onnxruntime.ai/docs/genai/howto/build-model.html
 */
export async function readOnnxWeights(path: string, config: StudentConfig): Promise<Weights> {
  const model = readModel(await read(path), path);
  const quantized = model.nodes.find(({ opType }) => /NBits$|Integer|Quantize/.test(opType));
  if (quantized !== undefined) {
    throw new RangeError(
      `Cannot read weights from ${path}: it is quantized (${quantized.opType}); ` +
        "take the folder with model.onnx, or the one that it was converted from",
    );
  }
  const stored = storedTensors(model, config);
  const weights: Weights = new Map();
  await using files = new ExternalFiles(dirname(path));
  for (const [name, shape] of weightShapes(config)) {
    const found = stored.get(name);
    if (found === undefined) {
      throw new RangeError(`Cannot read weights from ${path}: it has no ${name}`);
    }
    const { tensor, isTransposed, rows } = found;
    const whole: Weight = {
      shape: tensor.shape,
      data: floats(await files.bytes(tensor), tensor, `${path}: ${name}`),
    };
    const upright = isTransposed ? transposed(whole) : whole;
    const weight = rows === undefined ? upright : {
      shape: [rows.count, ...upright.shape.slice(1)],
      data: rowsOf(upright, rows),
    };
    if (weight.shape.join() !== shape.join()) {
      throw new RangeError(
        `Cannot read weights from ${path}: ${name} is [${weight.shape}] and its config.json ` +
          `calls for [${shape}]`,
      );
    }
    weights.set(name, weight);
  }
  return weights;
}

/** Place of a weight: a tensor, its transpose, or some rows of that. */
interface Stored {
  readonly tensor: TensorProto;
  readonly isTransposed: boolean;
  readonly rows?: { readonly first: number; readonly count: number };
}

const PROJECTION =
  /(?:^|\/)layers\.(\d+)\/(?:self_attn|attn|mlp)\/(q|k|v|o|gate|up|down|qkv)_proj\/MatMul(?:_\d+)?$/;

/** Weights by Hugging Face's names. */
function storedTensors({ nodes, initializers }: ReadModel, config: StudentConfig) {
  const stored = new Map<string, Stored>();
  const multiplied = new Set<string>();
  const { num_attention_heads: heads, num_key_value_heads: keyHeads } = config;
  const size = headSize(config);
  const packed = [["q", heads * size], ["k", keyHeads * size], ["v", keyHeads * size]] as const;
  for (const { name, opType, inputs } of nodes) {
    const tensor = opType === "MatMul" ? initializers.get(inputs[1]) : undefined;
    if (tensor === undefined) continue;
    multiplied.add(inputs[1]);
    const match = PROJECTION.exec(name);
    if (/(?:^|\/)lm_head\/MatMul(?:_\d+)?$/.test(name)) {
      stored.set("lm_head.weight", { tensor, isTransposed: true });
    } else if (match?.[2] === "qkv") {
      let first = 0;
      for (const [part, count] of packed) {
        const rows = { first, count };
        const at = `model.layers.${match[1]}.self_attn.${part}_proj.weight`;
        stored.set(at, { tensor, isTransposed: true, rows });
        first += count;
      }
    } else if (match !== null) {
      const block = "qkvo".includes(match[2]) ? "self_attn" : "mlp";
      const at = `model.layers.${match[1]}.${block}.${match[2]}_proj.weight`;
      stored.set(at, { tensor, isTransposed: true });
    }
  }
  for (const [name, tensor] of initializers) {
    const usual = usualName(name, config);
    if (!multiplied.has(name) && !stored.has(usual)) {
      stored.set(usual, { tensor, isTransposed: false });
    }
  }
  return stored;
}

/** The model builder's names of norms and biases as Hugging Face's. */
function usualName(name: string, config: StudentConfig): string {
  return name
    .replace(/\.attn\.([qkvo]_proj)\.Add\.bias$/, ".self_attn.$1.bias")
    .replace(`model.layers.${config.num_hidden_layers}.final_norm_layernorm.`, "model.norm.");
}

function floats(bytes: Uint8Array<ArrayBuffer>, tensor: TensorProto, what: string): Float32Array {
  const count = tensor.shape.reduce((a, b) => a * b, 1);
  const dtype = { float32: "F32", float16: "F16", bfloat16: "BF16" }[tensor.type as string];
  if (dtype === undefined) {
    throw new RangeError(`Cannot read weights from ${what}: it is of the type ${tensor.type}`);
  }
  const wanted = count * (dtype === "F32" ? 4 : 2);
  if (bytes.length !== wanted) {
    throw new RangeError(
      `Cannot read weights from ${what}: it has ${bytes.length} bytes, not ${wanted}`,
    );
  }
  return toFloat32(bytes.slice(), dtype);
}

function transposed({ shape: [rows, columns], data }: Weight): Weight {
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[column * rows + row] = data[row * columns + column];
    }
  }
  return { shape: [columns, rows], data: out };
}

function rowsOf({ shape, data }: Weight, rows: NonNullable<Stored["rows"]>): Float32Array {
  const width = shape[1];
  return data.slice(rows.first * width, (rows.first + rows.count) * width);
}

/** Files beside a model that hold tensors; each is opened once. */
class ExternalFiles implements AsyncDisposable {
  readonly #folder: string;
  readonly #open = new Map<string, Awaited<ReturnType<typeof open>>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The bytes of a tensor, wherever they are. */
  async bytes({ data }: TensorProto): Promise<Uint8Array<ArrayBuffer>> {
    if (ArrayBuffer.isView(data)) return data as Uint8Array<ArrayBuffer>;
    const { location, offset, lengthBytes } = data;
    const path = join(this.#folder, location);
    if (/[/\\]/.test(location)) throw new RangeError(`Cannot read ${path}: bad file name`);
    try {
      await checkInput(path);
      let file = this.#open.get(location);
      if (file === undefined) this.#open.set(location, file = await open(path));
      const { size } = await file.stat();
      if (offset + lengthBytes > size) {
        throw new RangeError(`a tensor ends at byte ${offset + lengthBytes}, the file has ${size}`);
      }
      const bytes = new Uint8Array(lengthBytes);
      const { bytesRead } = await file.read(bytes, 0, lengthBytes, offset);
      return bytes.subarray(0, bytesRead);
    } catch (cause) {
      throw new Error(`Cannot read ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#open.values()) await file.close();
  }
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readInput(path));
}
