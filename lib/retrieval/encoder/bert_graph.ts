import { GraphBuilder, type Value } from "../../onnx/graph_builder.ts";
import { readSafetensorsFile } from "../../onnx/safetensors_file.ts";
import type { SafetensorsTensor } from "../../onnx/safetensors.ts";

/** Sizes of a BERT, as in its `config.json`. */
interface BertSizes {
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly inner: number;
  readonly positions: number;
  readonly vocabulary: number;
  readonly types: number;
  readonly epsilon: number;
}

const CONTRIBUTED = "com.microsoft";

/**
 * The ONNX model of a BERT whose weights are in a safetensors file. Inputs `input_ids` and
 * `attention_mask` (int64 [texts, tokens]), output `last_hidden_state` (float32 [texts, tokens, hidden]);
 * all tokens are of the first type. Attention, normalisation and GELU are onnxruntime's fused operators.
 *
 * @param path `model.safetensors` of a `BertModel`, or of a model around one (`bert.` before its names)
 * @param config the folder's `config.json`
 * @throws {Error} naming the file, and the tensor or the setting that does not fit
 * @source transformers, `BertModel`
 */
export async function bertGraph(
  path: string,
  config: Readonly<Record<string, unknown>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const sizes = bertSizes(path, config);
  const { tensors } = await readSafetensorsFile(path, isUnused);
  const weights = new BertWeights(path, tensors);
  const { hidden, types, positions, vocabulary } = sizes;
  const graph = new GraphBuilder("BERT");
  const ids = graph.input("input_ids", "int64", ["texts", "tokens"]);
  const mask = graph.op("Cast", [graph.input("attention_mask", "int64", ["texts", "tokens"])], {
    to: { int: INT32 },
  });
  const table = (name: string, rows: number) =>
    graph.initializer(name, "float32", [rows, hidden], weights.take(name, [rows, hidden]));
  const words = table("embeddings.word_embeddings.weight", vocabulary);
  const places = table("embeddings.position_embeddings.weight", positions);
  const type = weights.take("embeddings.token_type_embeddings.weight", [types, hidden]);
  const tokens = graph.op("Squeeze", [
    graph.op("Slice", [graph.op("Shape", [ids]), graph.ints([1], [1]), graph.ints([1], [2])]),
  ]);
  const range = graph.op("Range", [graph.ints([], [0]), tokens, graph.ints([], [1])]);
  const placed = graph.op("Add", [
    graph.op("Gather", [places, range]),
    graph.floats([hidden], [...type.slice(0, hidden)]),
  ]);
  let states = graph.op("LayerNormalization", [
    graph.op("Add", [graph.op("Gather", [words, ids]), placed]),
    ...scaleAndBias(graph, weights, "embeddings.LayerNorm", hidden),
  ], { axis: { int: -1 }, epsilon: { float: sizes.epsilon } });
  for (let layer = 0; layer < sizes.layers; layer++) {
    states = bertLayer(graph, weights, sizes, `encoder.layer.${layer}`, states, mask);
  }
  weights.checkUsed();
  graph.output("last_hidden_state", states, "float32", ["texts", "tokens", hidden]);
  return graph.encode();
}

const INT32 = 6;

function bertLayer(
  graph: GraphBuilder,
  weights: BertWeights,
  { hidden, heads, inner, epsilon }: BertSizes,
  name: string,
  states: Value,
  mask: Value,
): Value {
  const parts = ["query", "key", "value"].map((part) => `${name}.attention.self.${part}`);
  const mixed = graph.op(
    "Attention",
    [
      states,
      graph.initializer(
        `${name}.qkv`,
        "float32",
        [hidden, 3 * hidden],
        sideBySide(parts.map((part) => weights.take(`${part}.weight`, [hidden, hidden])), hidden),
      ),
      graph.initializer(
        `${name}.qkv.bias`,
        "float32",
        [3 * hidden],
        joined(parts.map((part) => weights.take(`${part}.bias`, [hidden]))),
      ),
      mask,
    ],
    { num_heads: { int: heads } },
    CONTRIBUTED,
  );
  const matrix = (part: string, from: number, to: number) =>
    graph.initializer(
      `${name}.${part}.transposed`,
      "float32",
      [from, to],
      sideBySide([weights.take(`${name}.${part}.weight`, [to, from])], from),
    );
  const bias = (part: string, size: number) =>
    graph.initializer(
      `${name}.${part}.bias`,
      "float32",
      [size],
      weights.take(`${name}.${part}.bias`, [size]),
    );
  const addNormalized = (part: string, x: Value, skip: Value) =>
    graph.op(
      "SkipLayerNormalization",
      [
        x,
        skip,
        ...scaleAndBias(graph, weights, `${name}.${part}.LayerNorm`, hidden),
        bias(`${part}.dense`, hidden),
      ],
      { epsilon: { float: epsilon } },
      CONTRIBUTED,
    );
  const attended = addNormalized(
    "attention.output",
    graph.op("MatMul", [mixed, matrix("attention.output.dense", hidden, hidden)]),
    states,
  );
  const raised = graph.op(
    "BiasGelu",
    [
      graph.op("MatMul", [attended, matrix("intermediate.dense", hidden, inner)]),
      bias("intermediate.dense", inner),
    ],
    {},
    CONTRIBUTED,
  );
  const lowered = graph.op("MatMul", [raised, matrix("output.dense", inner, hidden)]);
  return addNormalized("output", lowered, attended);
}

function scaleAndBias(
  graph: GraphBuilder,
  weights: BertWeights,
  name: string,
  size: number,
): Value[] {
  return ["weight", "bias"].map((part) =>
    graph.initializer(`${name}.${part}`, "float32", [size], weights.take(`${name}.${part}`, [size]))
  );
}

/** True if the states do not depend on a tensor: the pooler, numbers of positions. */
function isUnused(name: string): boolean {
  return /^(?:bert\.)?(?:pooler\.|embeddings\.(?:position_ids|token_type_ids)$)/.test(name);
}

/** Tensors of a file by their names in `BertModel`; each is used once. */
class BertWeights {
  readonly #path: string;
  readonly #tensors: Map<string, SafetensorsTensor>;

  constructor(path: string, tensors: ReadonlyMap<string, SafetensorsTensor>) {
    this.#path = path;
    const hasPrefix = [...tensors.keys()].some((name) => name.startsWith("bert."));
    // A head for another task is beside the encoder, not in it.
    this.#tensors = new Map(
      [...tensors].filter(([name]) => !hasPrefix || name.startsWith("bert."))
        .map(([name, tensor]) => [hasPrefix ? name.slice(5) : name, tensor]),
    );
  }

  take(name: string, shape: readonly number[]): Float32Array {
    // Weights of TensorFlow call scale and bias so.
    const old = name.replace(/LayerNorm\.weight$/, "LayerNorm.gamma")
      .replace(/LayerNorm\.bias$/, "LayerNorm.beta");
    const found = this.#tensors.has(name) ? name : old;
    const tensor = this.#tensors.get(found);
    if (tensor === undefined) throw new Error(`Cannot load ${this.#path}: there is no ${name}`);
    if (tensor.shape.join() !== shape.join()) {
      throw new Error(
        `Cannot load ${this.#path}: ${name} has the shape [${tensor.shape}], and config.json says ` +
          `[${shape}]`,
      );
    }
    this.#tensors.delete(found);
    return tensor.data;
  }

  /** Nothing may be left over. */
  checkUsed(): void {
    const [left] = this.#tensors.keys();
    if (left !== undefined) {
      throw new Error(`Cannot load ${this.#path}: a BertModel has no ${left}`);
    }
  }
}

/** Matrices `[out, from]` transposed and beside each other: `[from, sum of out]`. */
function sideBySide(matrices: readonly Float32Array[], from: number): Float32Array {
  const width = matrices.reduce((sum, { length }) => sum + length / from, 0);
  const result = new Float32Array(from * width);
  let start = 0;
  for (const matrix of matrices) {
    const rows = matrix.length / from;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < from; i++) result[i * width + start + row] = matrix[row * from + i];
    }
    start += rows;
  }
  return result;
}

function joined(vectors: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(vectors.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const vector of vectors) {
    result.set(vector, start);
    start += vector.length;
  }
  return result;
}

function bertSizes(path: string, config: Readonly<Record<string, unknown>>): BertSizes {
  const refuse = (key: string, wanted: string): never => {
    throw new Error(
      `Cannot load ${path}: config.json says ${key} ${
        JSON.stringify(config[key])
      }; of weights in ` +
        `safetensors, ${wanted}. A model in onnx/model.onnx may be any`,
    );
  };
  if (config.model_type !== "bert") refuse("model_type", "only those of bert are run");
  if ((config.hidden_act ?? "gelu") !== "gelu") refuse("hidden_act", "only gelu is run");
  if ((config.position_embedding_type ?? "absolute") !== "absolute") {
    refuse("position_embedding_type", "only absolute is run");
  }
  if (config.is_decoder === true) refuse("is_decoder", "only encoders are run");
  const size = (key: string): number => {
    const value = config[key];
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    return refuse(key, `${key} must be a whole number above 0`);
  };
  const { layer_norm_eps: epsilon = 1e-12 } = config;
  if (typeof epsilon !== "number" || !(epsilon >= 0)) refuse("layer_norm_eps", "it is a number");
  const heads = size("num_attention_heads");
  const hidden = size("hidden_size");
  if (hidden % heads !== 0) refuse("num_attention_heads", `it must divide hidden_size ${hidden}`);
  return {
    hidden,
    heads,
    layers: size("num_hidden_layers"),
    inner: size("intermediate_size"),
    positions: size("max_position_embeddings"),
    vocabulary: size("vocab_size"),
    types: size("type_vocab_size"),
    epsilon: epsilon as number,
  };
}
