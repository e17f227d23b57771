import type { DataType } from "../../onnx/data_type.ts";
import type { GraphBuilder, Value } from "../../onnx/graph_builder.ts";
import { type Architecture, architectureOf } from "../architecture.ts";
import { hasAttentionBias, headSize, type StudentConfig } from "../config.ts";
import { BLOCK_SIZE } from "../quantize/quantize_blocks.ts";
import type { Quantizer } from "../quantize/weight_type.ts";
import { checkWeights, type Weight, type Weights } from "../weights.ts";
import { type Constants, InlineConstants } from "./constants.ts";

/** Operator domain of onnxruntime's own operators. */
export const MICROSOFT = "com.microsoft";

/** Queries, keys and values of new tokens, rotated where rotary positions apply. */
export interface Projections {
  /** [tokens, heads * head size]. */
  readonly query: Value;
  /** [tokens, kv heads * head size]. */
  readonly key: Value;
  /** [tokens, kv heads * head size]. */
  readonly value: Value;
}

/** Tables of rotary angles, [positions, head size / 2]. */
export interface RotaryTables {
  /** Cosines. */
  readonly cos: Value;
  /** Sines. */
  readonly sin: Value;
}

/**
 * The parts of a student that the graphs for generation have in common, with the weights as
 * constants. Tokens are rows: every hidden state is [tokens, hidden].
 */
export class InferenceBlocks {
  readonly #graph: GraphBuilder;
  readonly #config: StudentConfig;
  readonly #weights: Weights;
  readonly #quantizer: Quantizer | undefined;
  readonly #store: Constants;
  readonly #constants = new Map<string, Value>();

  /**
   * Blocks that add their nodes to `graph`.
   * @param quantizer makes the matrices smaller; without one they are float32
   * @param store keeps the weights. @default in the graph
   * @throws {RangeError} when the weights are not those of `config`
   */
  constructor(
    graph: GraphBuilder,
    config: StudentConfig,
    weights: Weights,
    quantizer?: Quantizer,
    store: Constants = new InlineConstants(),
  ) {
    checkWeights(config, weights, "the student");
    this.#quantizer = quantizer;
    this.#store = store;
    this.#graph = graph;
    this.#config = config;
    this.#weights = weights;
  }

  /** Token ids [tokens] to hidden states. */
  embed(ids: Value): Value {
    const x = this.#quantizer !== undefined
      ? this.#embedQuantized(ids)
      : this.#graph.op("Gather", [this.#embeddings(), ids]);
    if (!this.#architecture.scalesEmbeddings) return x;
    return this.#graph.op("Mul", [x, this.#graph.scalar(Math.sqrt(this.#config.hidden_size))]);
  }

  /** RMS norm with the scale `name`. */
  norm(x: Value, name: string): Value {
    const inputs = [x, this.#normScale(name)];
    return this.#graph.op("SimplifiedLayerNormalization", inputs, this.#epsilon);
  }

  /** `x + change`, and the RMS norm of that. */
  addAndNorm(x: Value, change: Value, name: string): { readonly sum: Value; readonly norm: Value } {
    const at = this.#graph.fresh("skip");
    const outputs = this.#graph.node(
      "SkipSimplifiedLayerNormalization",
      [x, change, this.#normScale(name)],
      this.#epsilon,
      { domain: MICROSOFT, outputs: [`${at}.norm`, "", "", `${at}.sum`] },
    );
    return { norm: outputs[0], sum: outputs[3] };
  }

  /** Queries, keys and values side by side: [tokens, (heads + 2 * kv heads) * head size]. */
  packedProjections(x: Value, layer: number): Value {
    const parts = ["q_proj", "k_proj", "v_proj"].map((part) => `${at(layer)}.self_attn.${part}`);
    const biases = hasAttentionBias(this.#config) ? parts.map((part) => `${part}.bias`) : [];
    return this.#linear(x, parts.map((part) => `${part}.weight`), biases);
  }

  /**
   * Queries, keys and values of new tokens, not yet rotated, each head normed where the architecture
   * says so: [tokens, heads * head size], and twice [tokens, kv heads * head size].
   */
  unrotated(x: Value, layer: number): Projections {
    const { num_attention_heads: heads, num_key_value_heads: keyHeads } = this.#config;
    const size = headSize(this.#config);
    const widths = [heads * size, keyHeads * size, keyHeads * size];
    const [query, key, value] = split(this.#graph, this.packedProjections(x, layer), widths);
    if (!this.#architecture.headNorms) return { query, key, value };
    const normed = (input: Value, name: string, width: number) => {
      const byHead = this.#graph.op("Reshape", [input, this.#graph.ints([2], [-1, size])]);
      const y = this.norm(byHead, `${at(layer)}.self_attn.${name}.weight`);
      return this.#graph.op("Reshape", [y, this.#graph.ints([2], [-1, width])]);
    };
    return {
      query: normed(query, "q_norm", heads * size),
      key: normed(key, "k_norm", keyHeads * size),
      value,
    };
  }

  /** Queries and keys rotated by `positions` ([tokens] int64), and values. */
  projections(x: Value, layer: number, positions: Value, tables: RotaryTables): Projections {
    const projected = this.#architecture.headNorms
      ? this.unrotated(x, layer)
      : this.packedProjections(x, layer);
    return this.rotated(this.#graph, projected, positions, tables);
  }

  /**
   * Queries and keys rotated by `positions` ([tokens] int64), and values, computed in `graph`.
   * @param projected as {@link packedProjections} or {@link unrotated} give them
   */
  rotated(
    graph: GraphBuilder,
    projected: Projections | Value,
    positions: Value,
    tables: RotaryTables,
  ): Projections {
    const { num_attention_heads: heads, num_key_value_heads: keyHeads } = this.#config;
    const size = headSize(this.#config);
    const rotatedWidth = (heads + keyHeads) * size;
    const [unrotated, value] = typeof projected === "string"
      ? split(graph, projected, [rotatedWidth, keyHeads * size])
      : [graph.concat([projected.query, projected.key], 1), projected.value];
    const rotated = graph.op(
      "RotaryEmbedding",
      [
        graph.op("Reshape", [unrotated, graph.ints([3], [-1, 1, rotatedWidth])]),
        graph.op("Reshape", [positions, graph.ints([2], [-1, 1])]),
        tables.cos,
        tables.sin,
      ],
      { num_heads: { int: heads + keyHeads }, rotary_embedding_dim: { int: 0 } },
      MICROSOFT,
    );
    const flat = graph.op("Reshape", [rotated, graph.ints([2], [-1, rotatedWidth])]);
    const [query, key] = split(graph, flat, [heads * size, keyHeads * size]);
    return { query, key, value };
  }

  /** Attention's contribution to the hidden states, from the heads' outputs side by side. */
  attentionOutput(attended: Value, layer: number): Value {
    const written = this.#linear(attended, [`${at(layer)}.self_attn.o_proj.weight`]);
    return this.#normedIf(written, layer, this.#architecture.norms.afterAttention);
  }

  /** The SwiGLU layer's contribution to the hidden states. */
  feedForward(x: Value, layer: number): Value {
    const graph = this.#graph;
    const gate = this.#linear(x, [`${at(layer)}.mlp.gate_proj.weight`]);
    const up = this.#linear(x, [`${at(layer)}.mlp.up_proj.weight`]);
    const { activation, norms } = this.#architecture;
    const active = activation === "silu"
      // QuickGelu with alpha 1 is x * sigmoid(x).
      ? graph.op("QuickGelu", [gate], { alpha: { float: 1 } }, MICROSOFT)
      : graph.op("FastGelu", [gate], {}, MICROSOFT);
    const down = `${at(layer)}.mlp.down_proj.weight`;
    const written = this.#linear(graph.op("Mul", [active, up]), [down]);
    return this.#normedIf(written, layer, norms.afterFeedForward);
  }

  /** Name of the norm that follows `layer`: the next layer's first or the last of all. */
  normAfter(layer: number): string {
    return layer + 1 === this.#config.num_hidden_layers
      ? "model.norm.weight"
      : this.firstNorm(layer + 1);
  }

  /** Name of the norm of what a layer's attention reads. */
  firstNorm(layer: number): string {
    return `${at(layer)}.${this.#architecture.norms.beforeAttention}.weight`;
  }

  /** Name of the norm of what a layer's gated part reads. */
  secondNorm(layer: number): string {
    return `${at(layer)}.${this.#architecture.norms.beforeFeedForward}.weight`;
  }

  /** Logits [tokens, vocab] of normed hidden states. */
  logits(x: Value): Value {
    const tied = this.#config.tie_word_embeddings;
    return this.#linear(x, [tied ? "model.embed_tokens.weight" : "lm_head.weight"]);
  }

  get #architecture(): Architecture {
    return architectureOf(this.#config);
  }

  #normedIf(x: Value, layer: number, name: string | undefined): Value {
    return name === undefined ? x : this.norm(x, `${at(layer)}.${name}.weight`);
  }

  /** The weights of a norm as a constant, with what is added to them. */
  #normScale(name: string): Value {
    const { normOffset } = this.#architecture;
    if (normOffset === 0) return this.#rows([name]);
    const { shape, data } = this.#weights.get(name)!;
    return this.#once(name, "float32", shape, () => data.map((value) => value + normOffset));
  }

  get #epsilon(): { readonly epsilon: { readonly float: number } } {
    return { epsilon: { float: this.#config.rms_norm_eps } };
  }

  /** x times the transposed matrices `names`, side by side, plus their biases. */
  #linear(x: Value, names: readonly string[], biases: readonly string[] = []): Value {
    if (this.#quantizer !== undefined) return this.#linearQuantized(x, names, biases);
    const inputs = [x, this.#rows(names)];
    if (biases.length > 0) inputs.push(this.#rows(biases));
    return this.#graph.op("Gemm", inputs, { transB: { int: 1 } });
  }

  #linearQuantized(x: Value, names: readonly string[], biases: readonly string[]): Value {
    const name = names.join("+");
    const matrix = this.#quantizer!.quantized(name, () => this.#stacked(names));
    const [rows, columns] = matrix.shape;
    const bytes = BLOCK_SIZE * matrix.bits / 8;
    const codes = this.#once(
      `${name}.codes`,
      "uint8",
      [rows, matrix.blocks, bytes],
      () => matrix.codes,
    );
    const scales = this.#once(
      `${name}.scales`,
      "float32",
      [rows, matrix.blocks],
      () => matrix.scales,
    );
    const product = this.#graph.op("MatMulNBits", [x, codes, scales], {
      K: { int: columns },
      N: { int: rows },
      bits: { int: matrix.bits },
      block_size: { int: BLOCK_SIZE },
      // Products of 8-bit integers.
      accuracy_level: { int: 4 },
    }, MICROSOFT);
    return biases.length > 0 ? this.#graph.op("Add", [product, this.#rows(biases)]) : product;
  }

  #embedQuantized(ids: Value): Value {
    const name = "model.embed_tokens.weight";
    const matrix = this.#quantizer!.quantized(name, () => this.#stacked([name]));
    const [rows] = matrix.shape;
    const width = matrix.blocks * BLOCK_SIZE;
    const [codes, scales] = [
      this.#once(`${name}.embedded`, "uint8", [rows, width], () => matrix.codes, `${name}.codes`),
      this.#once(
        `${name}.embedded_scales`,
        "float32",
        [rows, matrix.blocks],
        () => matrix.scales,
        `${name}.scales`,
      ),
    ];
    const embedded = this.#graph.op("GatherBlockQuantized", [codes, ids, scales], {
      bits: { int: matrix.bits },
      block_size: { int: BLOCK_SIZE },
      gather_axis: { int: 0 },
      quantize_axis: { int: 1 },
    }, MICROSOFT);
    const { hidden_size: hidden } = this.#config;
    if (width === hidden) return embedded;
    const ends = [0, hidden, 1].map((place) => this.#graph.ints([1], [place]));
    return this.#graph.op("Slice", [embedded, ...ends]);
  }

  /**
   * The embeddings as a constant of their own: the output layer's copy is packed and let go, and of
   * this one, when it lies in a file, only rows that are looked up come into memory.
   */
  #embeddings(): Value {
    const name = "model.embed_tokens.weight";
    if (!this.#store.isShared) return this.#rows([name]);
    const { shape } = this.#weights.get(name)!;
    return this.#once(`${name}.embedded`, "float32", shape, () => this.#stacked([name]).data, name);
  }

  /** The weights `names` as one constant, the rows of each after those of the one before. */
  #rows(names: readonly string[]): Value {
    const name = names.join("+");
    const known = this.#constants.get(name);
    if (known !== undefined) return known;
    const shapes = names.map((part) => this.#weights.get(part)!.shape);
    const rows = shapes.reduce((sum, shape) => sum + shape[0], 0);
    const shape = [rows, ...shapes[0].slice(1)];
    return this.#once(name, "float32", shape, () => this.#stacked(names).data);
  }

  #stacked(names: readonly string[]): Weight {
    return stacked(names.map((part) => this.#weights.get(part)!));
  }

  /**
   * The constant `name`, added to the graph when it is first wanted.
   * @param key of its numbers: constants of one key share them
   */
  #once(
    name: string,
    type: DataType,
    shape: readonly number[],
    data: () => ArrayBufferView,
    key: string = name,
  ): Value {
    let value = this.#constants.get(name);
    if (value === undefined) {
      value = this.#graph.initializer(name, type, shape, this.#store.keep(key, data));
      this.#constants.set(name, value);
    }
    return value;
  }
}

function split(graph: GraphBuilder, x: Value, widths: readonly number[]): Value[] {
  const sizes = graph.ints([widths.length], widths);
  return graph.node("Split", [x, sizes], { axis: { int: 1 } }, { outputs: widths.length });
}

function at(layer: number): string {
  return `model.layers.${layer}`;
}

function stacked(parts: readonly Weight[]): Weight {
  if (parts.length === 1) return parts[0];
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  const rows = parts.reduce((sum, { shape }) => sum + shape[0], 0);
  return { shape: [rows, ...parts[0].shape.slice(1)], data };
}
