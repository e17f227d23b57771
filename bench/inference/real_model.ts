/**
 * The workload of self-consistent action generation on a real student, against llama.cpp on the same
 * weights or transformers.js on the same folder: a prompt of real length (a system prompt with
 * examples), 3 steps of 8 samples, and after each the first sample and an observation of a few
 * hundred tokens. llama.cpp keeps its caches from step to step, once read by each of its sequences and
 * once shared where node-llama-cpp can; transformers.js has no cache between calls. Runs alternate.
 *
 * deno run -A bench/inference/real_model.ts --student FILE.gguf [--type int8|float32|int4]
 * [--peer llama.cpp|transformers.js|none] [--rounds N] [--steps N] [--samples N] [--tokens N]
 * [--prompt N] [--observation N] [--threads N] [--json]
 */
import { parseArgs } from "node:util";
import { loadStudent, saveStudent, type StudentParts } from "@potstill";
import { exportGguf, StudentEngine } from "@potstill/student";
import { LlamaCpp } from "../llama_cpp.ts";
import { peakBytes } from "../peak_bytes.ts";
import { spread } from "../spread.ts";

const { values } = parseArgs({
  options: {
    student: { type: "string" },
    type: { type: "string", default: "int8" },
    peer: { type: "string", default: "llama.cpp" },
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "3" },
    samples: { type: "string", default: "8" },
    tokens: { type: "string", default: "100" },
    prompt: { type: "string", default: "2000" },
    observation: { type: "string", default: "300" },
    threads: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
if (values.student === undefined) {
  console.log("skipped: --student names the model to measure");
  Deno.exit(0);
}
const [steps, samples, maxNewTokens, promptTokens, observationTokens, threads] = [
  values.steps,
  values.samples,
  values.tokens,
  values.prompt,
  values.observation,
  values.threads,
].map(Number);
const weightType = values.type as "float32" | "int8" | "int4";
const maxTokens = promptTokens + steps * (maxNewTokens + observationTokens) + 64;
const sampling = { temperature: 0.4, topP: 0.8 };

/** Draws the samples of a step. */
type Draw = (prompt: Int32Array, seed: number) => Promise<readonly ArrayLike<number>[]>;

const folder = await Deno.makeTempDir();
const student = await loadStudent(values.student);
const text = await words();
silenceSpecialTokens(student);
const ids = student.tokenizer.encode(text);
const { draw: theirs, close, peak } = await openPeer(values.peer);
const engine = await StudentEngine.create(student, { threads, maxTokens, weightType });
student.weights.clear();

const sides = new Map<string, Draw>([["engine", ours]]);
if (theirs !== null) sides.set(values.peer, theirs);
const speeds = new Map([...sides.keys()].map((name) => [name, [] as number[]]));
for (let round = 0; round < Number(values.rounds); round++) {
  const order = [...sides];
  // Who goes first alternates.
  if (round % 2 === 1) order.reverse();
  for (const [name, draw] of order) speeds.get(name)!.push(await walk(round, draw));
  console.log(
    `round ${round + 1}: ` +
      [...speeds].map(([name, all]) => `${name} ${all.at(-1)!.toFixed(1)} tokens/s`).join(", "),
  );
}
const { promptTokens: read, cachedTokens, prefillMs, generatedTokens, decodeMs } =
  engine.statistics;
const result = {
  student: values.student.replace(/.*\//, ""),
  weightType,
  peer: values.peer,
  threads,
  steps,
  samples,
  maxNewTokens,
  promptTokens,
  observationTokens,
  tokensPerSecond: Object.fromEntries([...speeds].map(([name, all]) => [name, spread(all)])),
  ratio: theirs === null
    ? null
    : spread(speeds.get("engine")!.map((speed, i) => speed / speeds.get(values.peer)![i])),
  promptTokensPerSecond: 1000 * (read - cachedTokens) / prefillMs,
  decodedTokensPerSecond: 1000 * generatedTokens / decodeMs,
  peerPeakBytes: await peak(),
  peakBytes: peakBytes(),
};
await close();
await engine.dispose();
await Deno.remove(folder, { recursive: true });
const { ratio } = result;
console.log(
  `${weightType}${
    ratio === null
      ? ""
      : `: median ratio ${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)} to ${
        ratio.high.toFixed(2)
      })`
  }; engine: prompts ${result.promptTokensPerSecond.toFixed(0)} tokens/s, decoding ${
    result.decodedTokensPerSecond.toFixed(0)
  } tokens/s`,
);
if (values.json) console.log(JSON.stringify(result));

async function ours(prompt: Int32Array, seed: number) {
  const request = { prompt, samples, maxNewTokens, ...sampling, seed };
  return (await engine.generate(request)).samples.map(({ ids }) => ids);
}

/** Tokens per second of one attempt, the reading of its prompts included. */
async function walk(round: number, draw: Draw): Promise<number> {
  // Another beginning in each round: nothing is in a cache.
  let prompt = part(promptTokens, 37 * round);
  let tokens = 0;
  const startedAt = performance.now();
  for (let step = 0; step < steps; step++) {
    const drawn = await draw(prompt, 10 * round + step + 1);
    tokens += drawn.reduce((sum, { length }) => sum + length, 0);
    prompt = Int32Array.from([
      ...prompt,
      ...Array.from(drawn[0]),
      ...part(observationTokens, 101 * (3 * round + step)),
    ]);
  }
  return 1000 * tokens / (performance.now() - startedAt);
}

function part(length: number, from: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => ids[(from + i) % ids.length]);
}

/** Text as a prompt has it: prose, code, lists. */
async function words(): Promise<string> {
  const files = ["docs/agents.md", "docs/lab.md", "docs/interpreter.md"];
  const texts = files.map((file) => Deno.readTextFile(new URL(`../../${file}`, import.meta.url)));
  return (await Promise.all(texts)).join("\n");
}

/** Special tokens get the logit 0, so that no sample ends: every side draws as many tokens. */
function silenceSpecialTokens({ config, weights, tokenizer }: StudentParts): void {
  const name = config.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight";
  const { data } = weights.get(name)!;
  const width = config.hidden_size;
  for (const id of tokenizer.specialTokens.values()) data.fill(0, id * width, (id + 1) * width);
}

async function openPeer(name: string): Promise<{
  readonly draw: Draw | null;
  readonly peak: () => Promise<number>;
  readonly close: () => Promise<void>;
}> {
  if (name === "none") return { draw: null, peak: () => Promise.resolve(0), close: async () => {} };
  if (name === "transformers.js") return await openTransformersJs();
  const gguf = ({ int8: "q8_0", float32: "f32", int4: "q8_0" } as const)[weightType];
  await exportGguf(`${folder}/student.gguf`, student, { type: gguf });
  const llama = await LlamaCpp.load(`${folder}/student.gguf`, {
    threads,
    contextSize: maxTokens,
    sequences: samples,
    kvType: "F16",
  });
  return {
    // Its default top-k: without one it sorts the whole vocabulary for each token.
    draw: async (prompt, seed) =>
      (await llama.sample(prompt, { maxNewTokens, ...sampling, topK: 40, seed })).ids,
    peak: async () => (await llama.memory()).peakBytes,
    close: () => llama.close(),
  };
}

async function openTransformersJs() {
  const { AutoModelForCausalLM, env, Tensor } = await import("@huggingface/transformers");
  await saveStudent(folder, student, {
    quantized: weightType === "float32" ? [] : [weightType],
  });
  env.allowRemoteModels = false;
  const model = await AutoModelForCausalLM.from_pretrained(folder, {
    dtype: ({ float32: "fp32", int8: "int8", int4: "q4" } as const)[weightType],
    device: "cpu",
    local_files_only: true,
    session_options: { intraOpNumThreads: threads },
  });
  const draw: Draw = async (prompt) => {
    const row = BigInt64Array.from(prompt, BigInt);
    const all = new BigInt64Array(samples * row.length);
    for (let i = 0; i < samples; i++) all.set(row, i * row.length);
    // Its types leave the options of the generation configuration out.
    const options = {
      inputs: new Tensor("int64", all, [samples, row.length]),
      max_new_tokens: maxNewTokens,
      do_sample: true,
      temperature: sampling.temperature,
      top_p: sampling.topP,
      top_k: 0,
    };
    // deno-lint-ignore no-explicit-any
    const output = await (model as any).generate(options);
    return output.tolist().map((ids: bigint[]) => ids.slice(row.length).map(Number));
  };
  return {
    draw,
    peak: () => Promise.resolve(0),
    close: async () => {
      await model.dispose();
    },
  };
}
