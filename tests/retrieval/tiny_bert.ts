import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GraphBuilder, type Value } from "../../lib/onnx/graph_builder.ts";
import { writeWordPieceTokenizer } from "../../lib/retrieval/encoder/word_piece_tokenizer.ts";
import { Random } from "../../lib/records/random.ts";
import { writeJsonAtomic } from "../../lib/runs/atomic_write.ts";

const HIDDEN = 32;
const HEADS = 4;
const LAYERS = 2;
const POSITIONS = 24;

/** Words that the tests' texts are made of; others are spelled by letters. */
const WORDS = "query passage a the of is tree leaf bark birch aspen white capital : , . ##s ##es"
  .split(" ");

/**
 * Writes a BERT with random weights as a Hugging Face ONNX folder: embeddings with positions and
 * types, two layers of attention and GELU, a vocabulary of words and letters.
 */
export async function writeTinyBert(folder: string, name = "tiny-bert"): Promise<void> {
  const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
  const tokens = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    ...WORDS,
    ...letters.filter((letter) => !WORDS.includes(letter)),
    ...letters.map((letter) => `##${letter}`).filter((piece) => !WORDS.includes(piece)),
  ];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  await mkdir(join(folder, "onnx"), { recursive: true });
  await writeFile(join(folder, "onnx", "model.onnx"), bertGraph(tokens.length));
  await writeJsonAtomic(join(folder, "config.json"), {
    model_type: "bert",
    architectures: ["BertModel"],
    _name_or_path: name,
    hidden_size: HIDDEN,
    num_attention_heads: HEADS,
    num_hidden_layers: LAYERS,
    intermediate_size: 4 * HIDDEN,
    max_position_embeddings: POSITIONS,
    vocab_size: tokens.length,
    pad_token_id: 0,
  });
  await writeWordPieceTokenizer(folder, vocab, POSITIONS);
}

function bertGraph(vocabSize: number): Uint8Array {
  const graph = new GraphBuilder("tiny BERT");
  const random = new Random("tiny BERT");
  const weights = (name: string, shape: number[], scale: number, middle = 0) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Array.from({ length: count }, () => middle + scale * (2 * random.next() - 1));
    return graph.floats(shape, values, name);
  };
  const norm = (x: Value, name: string) =>
    graph.op("LayerNormalization", [
      x,
      weights(`${name}.scale`, [HIDDEN], 0.2, 1),
      weights(`${name}.bias`, [HIDDEN], 0.1),
    ], { axis: { int: -1 }, epsilon: { float: 1e-12 } });
  const linear = (x: Value, name: string, from: number, to: number) =>
    graph.op("Add", [
      graph.op("MatMul", [x, weights(`${name}.weight`, [from, to], 1.5 / Math.sqrt(from))]),
      weights(`${name}.bias`, [to], 0.1),
    ]);
  const ids = graph.input("input_ids", "int64", ["batch", "tokens"]);
  const mask = graph.input("attention_mask", "int64", ["batch", "tokens"]);
  const types = graph.input("token_type_ids", "int64", ["batch", "tokens"]);
  const lookUp = (name: string, rows: number, at: Value) =>
    graph.op("Gather", [weights(name, [rows, HIDDEN], 1), at]);
  const positions = graph.op("Range", [
    graph.ints([], [0]),
    graph.op("Squeeze", [
      graph.op("Slice", [
        graph.op("Shape", [ids]),
        graph.ints([1], [1]),
        graph.ints([1], [2]),
      ]),
    ]),
    graph.ints([], [1]),
  ]);
  const words = graph.op("Add", [lookUp("words", vocabSize, ids), lookUp("types", 2, types)]);
  let x = norm(graph.op("Add", [words, lookUp("positions", POSITIONS, positions)]), "embeddings");
  // 0 where a token may be looked at, very low where there is padding.
  const seen = graph.op("Unsqueeze", [
    graph.op("Cast", [mask], { to: { int: 1 } }),
    graph.ints([2], [1, 2]),
  ]);
  const hide = graph.op("Mul", [
    graph.op("Sub", [graph.scalar(1), seen]),
    graph.scalar(-1e9),
  ]);
  const heads = (value: Value, permutation: number[]) =>
    graph.op("Transpose", [
      graph.op("Reshape", [value, graph.ints([4], [0, 0, HEADS, HIDDEN / HEADS])]),
    ], { perm: { ints: permutation } });
  for (let layer = 0; layer < LAYERS; layer++) {
    const name = `layer${layer}`;
    const query = heads(linear(x, `${name}.query`, HIDDEN, HIDDEN), [0, 2, 1, 3]);
    const key = heads(linear(x, `${name}.key`, HIDDEN, HIDDEN), [0, 2, 3, 1]);
    const value = heads(linear(x, `${name}.value`, HIDDEN, HIDDEN), [0, 2, 1, 3]);
    const scores = graph.op("Mul", [
      graph.op("MatMul", [query, key]),
      graph.scalar(1 / Math.sqrt(HIDDEN / HEADS)),
    ]);
    const attention = graph.op("Softmax", [graph.op("Add", [scores, hide])], {
      axis: { int: -1 },
    });
    const mixed = graph.op("Reshape", [
      graph.op("Transpose", [graph.op("MatMul", [attention, value])], {
        perm: { ints: [0, 2, 1, 3] },
      }),
      graph.ints([3], [0, 0, HIDDEN]),
    ]);
    const attended = linear(mixed, `${name}.output`, HIDDEN, HIDDEN);
    x = norm(graph.op("Add", [x, attended]), `${name}.norm1`);
    const inner = graph.op("Gelu", [linear(x, `${name}.up`, HIDDEN, 4 * HIDDEN)]);
    const outer = linear(inner, `${name}.down`, 4 * HIDDEN, HIDDEN);
    x = norm(graph.op("Add", [x, outer]), `${name}.norm2`);
  }
  graph.output("last_hidden_state", x, "float32", ["batch", "tokens", HIDDEN]);
  return graph.encode();
}
