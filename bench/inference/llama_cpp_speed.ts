/**
 * The workload of self-consistent action generation on a student of the shape of Qwen2.5-0.5B with
 * random weights, against llama.cpp on the same weights at the same precision: at each of 3 steps 8
 * samples are drawn, and the next prompt is the last one, the first sample and an observation. Both
 * keep their caches of keys and values from step to step. llama.cpp runs through node-llama-cpp,
 * which reads the prompt once for each sequence: it has no call that shares a prompt between them.
 * Runs of both sides alternate.
 *
 * deno run -A bench/inference/llama_cpp_speed.ts [--type int8|float32] [--rounds N] [--tokens N]
 * [--samples N] [--threads N] [--json]
 */
import { parseArgs } from "node:util";
import { Random, type StudentParts, type Weights } from "@potstill";
import {
  exportGguf,
  parameterCount,
  StudentEngine,
  studentPreset,
  weightShapes,
} from "@potstill/student";
import { LlamaCpp } from "../llama_cpp.ts";
import { madeUpTokenizer } from "../made_up_tokenizer.ts";
import { peakBytes } from "../peak_bytes.ts";
import { spread } from "../spread.ts";

const STEPS = 3;
const PROMPT_TOKENS = 200;
const OBSERVATION_TOKENS = 100;

const { values } = parseArgs({
  options: {
    type: { type: "string", default: "int8" },
    rounds: { type: "string", default: "5" },
    tokens: { type: "string", default: "32" },
    samples: { type: "string", default: "8" },
    threads: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
const [samples, maxNewTokens, threads] = [values.samples, values.tokens, values.threads].map(
  Number,
);
const weightType = values.type as "int8" | "float32";
const gguf = ({ int8: "q8_0", float32: "f32" } as const)[weightType];
const maxTokens = 1024;

const folder = await Deno.makeTempDir();
const { engine, parameters } = await prepare();
let llama: LlamaCpp;
try {
  const options = { threads, contextSize: maxTokens, sequences: samples, kvType: "F16" } as const;
  llama = await LlamaCpp.load(`${folder}/student.gguf`, options);
} catch (error) {
  console.log(`skipped: ${(error as Error).message}`);
  Deno.exit(0);
}

interface Run {
  readonly tokensPerSecond: number;
  readonly tokens: number;
  readonly durationMs: number;
}
const rows: { readonly ours: Run; readonly llamaCpp: Run; readonly ratio: number }[] = [];
for (let round = 0; round <= Number(values.rounds); round++) {
  // Who goes first alternates.
  const order = round % 2 === 0 ? [timeOurs, timeTheirs] : [timeTheirs, timeOurs];
  const runs = new Map<unknown, Run>();
  for (const run of order) runs.set(run, await run(round));
  if (round === 0) continue; // The first round warms up.
  const [ours, llamaCpp] = [runs.get(timeOurs)!, runs.get(timeTheirs)!];
  const ratio = ours.tokensPerSecond / llamaCpp.tokensPerSecond;
  rows.push({ ours, llamaCpp, ratio });
  console.log(
    `round ${round}: engine ${ours.tokensPerSecond.toFixed(1)} tokens/s, llama.cpp ${
      llamaCpp.tokensPerSecond.toFixed(1)
    } tokens/s, ratio ${ratio.toFixed(2)}`,
  );
}
const statistics = engine.statistics;
const ratio = spread(rows.map((row) => row.ratio));
const peerPeakBytes = (await llama.memory()).peakBytes;
await llama.close();
await engine.dispose();
await Deno.remove(folder, { recursive: true });
const result = {
  shape: "Qwen2.5-0.5B",
  parameters,
  weightType,
  gguf,
  threads,
  samples,
  maxNewTokens,
  ratio,
  ours: spread(rows.map((row) => row.ours.tokensPerSecond)),
  llamaCpp: spread(rows.map((row) => row.llamaCpp.tokensPerSecond)),
  oursPeakBytes: peakBytes(),
  llamaCppPeakBytes: peerPeakBytes,
};
console.log(
  `${weightType} against ${gguf}: median ratio ${ratio.median.toFixed(2)} (${
    ratio.low.toFixed(2)
  } to ${ratio.high.toFixed(2)}); engine: prompts ${
    (1000 * (statistics.promptTokens - statistics.cachedTokens) / statistics.prefillMs).toFixed(0)
  } tokens/s, decoding ${
    (1000 * statistics.generatedTokens / statistics.decodeMs).toFixed(0)
  } tokens/s; peak memory ${(result.oursPeakBytes / 2 ** 20).toFixed(0)} MiB (with the weights ` +
    `being made) and ${(peerPeakBytes / 2 ** 20).toFixed(0)} MiB`,
);
if (values.json) console.log(JSON.stringify(result));

async function timeOurs(round: number): Promise<Run> {
  return await timed(round, async (prompt, seed) => {
    const request = { prompt, samples, maxNewTokens, temperature: 0.4, topP: 0.8, seed };
    return (await engine.generate(request)).samples.map(({ ids }) => [...ids]);
  });
}

async function timeTheirs(round: number): Promise<Run> {
  await llama.clear();
  return await timed(round, async (prompt, seed) => {
    // Its default top-k: without one it sorts the whole vocabulary for each token.
    const options = { maxNewTokens, temperature: 0.4, topP: 0.8, topK: 40, seed };
    return (await llama.sample(prompt, options)).ids;
  });
}

async function timed(
  round: number,
  draw: (prompt: Int32Array, seed: number) => Promise<number[][]>,
): Promise<Run> {
  let prompt = madeUpIds(PROMPT_TOKENS, `${round}`);
  let tokens = 0;
  const startedAt = performance.now();
  for (let step = 0; step < STEPS; step++) {
    const drawn = await draw(prompt, 10 * round + step + 1);
    tokens += drawn.reduce((sum, { length }) => sum + length, 0);
    const observation = madeUpIds(OBSERVATION_TOKENS, `${round}/${step}`);
    prompt = Int32Array.from([...prompt, ...drawn[0], ...observation]);
  }
  const durationMs = performance.now() - startedAt;
  return { tokensPerSecond: 1000 * tokens / durationMs, tokens, durationMs };
}

/** Makes the student, writes it as GGUF and opens an engine; its weights are then let go. */
async function prepare(): Promise<{ engine: StudentEngine; parameters: number }> {
  const tokenizer = await madeUpTokenizer();
  const config = studentPreset("0.3M", 151_936, {
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    max_position_embeddings: maxTokens,
    rope_theta: 1_000_000,
    tie_word_embeddings: true,
  });
  const weights: Weights = new Map();
  const random = new Random("tile");
  const tile = Float32Array.from({ length: 1 << 20 }, () => random.normal());
  for (const [name, shape] of weightShapes(config)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (name.endsWith("norm.weight")) data.fill(1);
    else {
      const deviation = shape.length === 1 ? 0.1 : name.includes("embed") ? 0.1 : shape[1] ** -0.5;
      const scaled = tile.map((x) => deviation * x);
      // A different place of the tile for each tensor and, by its odd length, for each pass.
      let from = random.integer(0, 1 << 19);
      for (let at = 0; at < data.length;) {
        const length = Math.min(data.length - at, (1 << 19) - 17);
        data.set(scaled.subarray(from, from + length), at);
        at += length;
        from = (from + 7919) % (1 << 19);
      }
    }
    weights.set(name, { shape, data });
  }
  // A student that never ends by itself: both sides draw the same number of tokens.
  const embeddings = weights.get("model.embed_tokens.weight")!.data;
  for (const id of tokenizer.specialTokens.values()) {
    embeddings.fill(0, id * config.hidden_size, (id + 1) * config.hidden_size);
  }
  const parts: StudentParts = { config, weights, tokenizer };
  await exportGguf(`${folder}/student.gguf`, parts, { type: gguf });
  const engine = await StudentEngine.create(parts, { threads, maxTokens, weightType });
  return { engine, parameters: parameterCount(config) };
}

function madeUpIds(length: number, seed: string): Int32Array {
  const random = new Random(seed);
  return Int32Array.from({ length }, () => random.integer(0, 1000));
}
