import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GraphBuilder } from "../../onnx/graph_builder.ts";
import { Random } from "../../records/random.ts";
import { writeJsonAtomic } from "../../runs/atomic_write.ts";
import { SPECIAL_TOKENS, writeWordPieceTokenizer } from "./word_piece_tokenizer.ts";

/** Options of {@link writeWordEncoder}. */
export interface WordEncoderOptions {
  /** Numbers in a vector. @default 384, as MiniLM has */
  readonly dimensions?: number;
  /** Most words; rarer ones are spelled in pieces. @default 60000 */
  readonly maxWords?: number;
  /** Most tokens of a text. @default 256 */
  readonly maxTokens?: number;
}

/**
 * Writes an encoder that needs no training and no download, for texts like `sample`: every word has
 * a fixed random vector, scaled by how rare the word is, and a text is the mean of its words'
 * vectors. The cosine of two texts then approximates that of their TF-IDF vectors (random
 * projection). The folder has the same form as E5's or BGE's, so that index, encoder and search do
 * the same work with it; what it finds is what words have in common, not meaning.
 *
 * @throws {Error} when the folder cannot be written
 *
 * @example
 * ```ts
 * import { loadOnnxEncoder, writeWordEncoder } from "@potstill/retrieval";
 * const folder = await Deno.makeTempDir();
 * await writeWordEncoder(folder, ["a white birch", "a brown cedar"], { dimensions: 16 });
 * const encoder = await loadOnnxEncoder(folder);
 * const [a, b] = await encoder.encode(["white birch", "birch, white"], "query");
 * const cosine = a.reduce((sum, value, i) => sum + value * b[i], 0);
 * if (cosine < 0.9) throw new Error("the order of words does not matter");
 * await encoder.dispose();
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeWordEncoder(
  folder: string,
  sample: Iterable<string>,
  options: WordEncoderOptions = {},
): Promise<void> {
  const { dimensions = 384, maxWords = 60_000, maxTokens = 256 } = options;
  const { words, texts } = countWords(sample, maxWords);
  const characters = new Set([...words.keys()].join(""));
  const vocab = new Map<string, number>();
  const frequencies: number[] = [];
  const add = (token: string, frequency: number) => {
    if (vocab.has(token)) return;
    vocab.set(token, frequencies.length);
    frequencies.push(frequency);
  };
  for (const token of SPECIAL_TOKENS) add(token, 0);
  for (const [word, count] of words) add(word, count);
  const pieces = countPieces(words);
  for (const [piece, count] of pieces) add(piece, count);
  for (const character of [...characters].sort()) {
    add(character, texts);
    add(`##${character}`, texts);
  }
  const table = new Float32Array(frequencies.length * dimensions);
  frequencies.forEach((frequency, id) => {
    if (frequency === 0) return;
    const random = new Random(`word encoder/${id}`);
    const weight = Math.log(1 + texts / frequency);
    for (let i = 0; i < dimensions; i++) {
      table[id * dimensions + i] = random.next() < 0.5 ? -weight : weight;
    }
  });
  const graph = new GraphBuilder("word encoder");
  const ids = graph.input("input_ids", "int64", ["batch", "tokens"]);
  graph.input("attention_mask", "int64", ["batch", "tokens"]);
  const vectors = graph.initializer(
    "embeddings",
    "float32",
    [frequencies.length, dimensions],
    table,
  );
  graph.output("last_hidden_state", graph.op("Gather", [vectors, ids]), "float32", [
    "batch",
    "tokens",
    dimensions,
  ]);
  await mkdir(join(folder, "onnx"), { recursive: true });
  await writeFile(join(folder, "onnx", "model.onnx"), graph.encode());
  await writeJsonAtomic(join(folder, "config.json"), {
    model_type: "bert",
    _name_or_path: "random-projection-of-words",
    hidden_size: dimensions,
    vocab_size: frequencies.length,
    max_position_embeddings: maxTokens,
  });
  await writeWordPieceTokenizer(folder, Object.fromEntries(vocab), maxTokens);
}

/** The most frequent words, with the number of texts that hold them. */
function countWords(sample: Iterable<string>, maxWords: number) {
  const counts = new Map<string, number>();
  let texts = 0;
  for (const text of sample) {
    texts++;
    const words = text.toLowerCase().normalize("NFD").replaceAll(/\p{Mn}/gu, "")
      .match(/[\p{L}\p{N}]+|[^\p{L}\p{N}\s]/gu) ?? [];
    for (const word of new Set(words)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const order = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return { words: new Map(order.slice(0, maxWords)), texts };
}

/** The commonest beginnings and ends of words, which spell the words that are left out. */
function countPieces(words: ReadonlyMap<string, number>): [string, number][] {
  const counts = new Map<string, number>();
  for (const [word, count] of words) {
    for (let length = 2; length <= 4 && length < word.length; length++) {
      for (const piece of [word.slice(0, length), `##${word.slice(-length)}`]) {
        counts.set(piece, (counts.get(piece) ?? 0) + count);
      }
    }
  }
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, 8_000);
}
