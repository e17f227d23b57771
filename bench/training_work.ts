// The work that benchmarks of training share, and the ceiling that they compare with.
import * as ort from "onnxruntime-node";
import { Random, type StudentConfig } from "@potstill";
import { batchRows, GraphBuilder, headSize, type PackedRow, packExamples } from "@potstill/student";

/** Token ids of the students. */
export const VOCABULARY = 1024;

/** Batches of about 8,192 tokens: examples of 150 to 512 tokens, in turns that are trained or not. */
export function exampleBatches(): PackedRow[][] {
  const random = new Random("train-speed");
  const examples = Array.from({ length: 120 }, () => {
    const length = random.integer(150, 512);
    const ids = Int32Array.from({ length }, () => random.integer(0, VOCABULARY - 1));
    const trained = Uint8Array.from({ length }, (_, i) => (i % 100 >= 65 ? 1 : 0));
    trained[length - 1] = 1;
    return { ids, trained };
  });
  return batchRows(packExamples(examples, { seed: 1 }), 8192).slice(0, 4);
}

/**
 * What any implementation has to compute for these rows, forward and backward. Of attention that is
 * the causal half; of the output layer, and of what follows attention in the last block, the tokens
 * that are trained. The backward pass counts twice the forward pass.
 */
export function usefulFlops(rows: readonly PackedRow[], config: StudentConfig): number {
  const width = config.hidden_size;
  const query = config.num_attention_heads * headSize(config);
  const keyValue = config.num_key_value_heads * headSize(config);
  const before = width * (query + 2 * keyValue);
  const after = width * query + 3 * width * config.intermediate_size;
  const layers = config.num_hidden_layers;
  let forward = 0;
  for (const { trained, lengths } of rows) {
    const tokens = trained.length;
    const learned = trained.reduce((sum, item) => sum + item, 0);
    forward += 2 * (layers * before + (layers - 1) * after) * tokens;
    forward += 2 * (after + width * config.vocab_size) * learned;
    for (const length of lengths) forward += 2 * layers * query * length * (length + 1);
  }
  return 3 * forward;
}

/** The best of several runs of four products behind each other, in GFLOPS. */
export async function matrixProductCeiling(threads: number): Promise<{
  readonly ceiling: () => Promise<number>;
  readonly release: () => Promise<void>;
}> {
  const size = 1024;
  const graph = new GraphBuilder("ceiling");
  const a = graph.input("a", "float32", [size, size]);
  let y = graph.input("b", "float32", [size, size]);
  for (let i = 0; i < 4; i++) y = graph.op("MatMul", [a, y]);
  graph.output("y", y, "float32", [size, size]);
  const session = await ort.InferenceSession.create(graph.encode(), { intraOpNumThreads: threads });
  const random = new Random("ceiling");
  const matrix = () => {
    const data = Float32Array.from({ length: size * size }, () => random.next() / size);
    return new ort.Tensor("float32", data, [size, size]);
  };
  const feeds = { a: matrix(), b: matrix() };
  const fetches = { y: matrix() };
  return {
    ceiling: async () => {
      let best = Infinity;
      for (let i = 0; i < 12; i++) {
        const start = performance.now();
        await session.run(feeds, fetches);
        best = Math.min(best, performance.now() - start);
      }
      return (4 * 2 * size ** 3) / best / 1e6;
    },
    release: () => session.release(),
  };
}

/** The middle one, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, and in parentheses the least and the greatest. */
export function spread(numbers: readonly number[], digits = 0): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const format = (value: number) => value.toFixed(digits);
  return `${format(median(numbers))} (${format(sorted[0])} to ${format(sorted.at(-1)!)})`;
}
