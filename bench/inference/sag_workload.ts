/**
 * The workload of self-consistent action generation, against transformers.js on the same folder: at
 * each of 3 steps 8 samples of 64 tokens are drawn, and the next prompt is the last one, the first
 * sample and an observation of 100 tokens. Several agents take their steps one after the other in
 * transformers.js, and at the same time in the engine, which shares decoding steps between them.
 *
 * deno run -A bench/inference/sag_workload.ts [--rounds N] [--agents N] [--preset 1M] [--threads N]
 * [--json]
 */
import { parseArgs } from "node:util";
import { AutoModelForCausalLM, env, Tensor } from "@huggingface/transformers";
import { loadStudent, Random, saveStudent, type StudentPreset } from "@potstill";
import { initWeights, StudentEngine, studentPreset } from "@potstill/student";
import { madeUpTokenizer } from "../made_up_tokenizer.ts";
import { peakBytes } from "../peak_bytes.ts";

const STEPS = 3;
const SAMPLES = 8;
const NEW_TOKENS = 64;
const PROMPT_TOKENS = 200;
const OBSERVATION_TOKENS = 100;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    agents: { type: "string", default: "4" },
    preset: { type: "string", default: "1M" },
    threads: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
const agents = Number(values.agents);
const threads = Number(values.threads);
const tokenizer = await madeUpTokenizer();
const config = studentPreset(values.preset as StudentPreset, tokenizer.vocabSize, {
  initializer_range: 0.2,
});
const weights = initWeights(config, 1);
// A student that never ends by itself: both sides draw the same number of tokens.
silence(weights.get("model.embed_tokens.weight")!.data);
const folder = await Deno.makeTempDir();
await saveStudent(folder, { config, weights, tokenizer });
env.allowRemoteModels = false;
const engine = await StudentEngine.create(await loadStudent(folder), { threads });
const peer = await AutoModelForCausalLM.from_pretrained(folder, {
  dtype: "fp32",
  device: "cpu",
  local_files_only: true,
  session_options: { intraOpNumThreads: threads },
});

const ratios: number[] = [];
const speeds: { readonly ours: number; readonly transformersJs: number }[] = [];
for (let round = 0; round <= Number(values.rounds); round++) {
  const ours = await timed(() =>
    Promise.all(range(agents).map((agent) => walk(`${round}/${agent}`, drawOurs)))
  );
  const theirs = await timed(async () => {
    for (const agent of range(agents)) await walk(`${round}/${agent}`, drawTheirs);
  });
  if (round === 0) continue; // The first round warms up.
  speeds.push({ ours, transformersJs: theirs });
  ratios.push(ours / theirs);
  console.log(
    `round ${round}: engine ${ours.toFixed(0)} tokens/s, transformers.js ${
      theirs.toFixed(0)
    } tokens/s, ratio ${(ours / theirs).toFixed(2)}`,
  );
}
ratios.sort((a, b) => a - b);
const ratio = ratios[ratios.length >> 1];
console.log(
  `median ratio ${ratio.toFixed(2)} (${ratios[0].toFixed(2)} to ${
    ratios[ratios.length - 1].toFixed(2)
  })`,
);
const peakMiB = Math.round(peakBytes() / 2 ** 20);
console.log(`peak memory of both together: ${peakMiB} MiB`);
await engine.dispose();
await peer.dispose();
await Deno.remove(folder, { recursive: true });
if (values.json) {
  console.log(
    JSON.stringify({ preset: values.preset, threads, agents, ratio, ratios, peakMiB, speeds }),
  );
}

/** Drawn tokens per second of all agents together. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  const tokens = agents * STEPS * SAMPLES * NEW_TOKENS;
  return 1000 * tokens / (performance.now() - startedAt);
}

async function walk(seed: string, draw: (prompt: Int32Array) => Promise<Int32Array>) {
  let prompt = madeUpIds(PROMPT_TOKENS, seed);
  for (let step = 0; step < STEPS; step++) {
    const action = await draw(prompt);
    if (action.length !== NEW_TOKENS) throw new Error(`${action.length} tokens were drawn`);
    const observation = madeUpIds(OBSERVATION_TOKENS, `${seed}/${step}`);
    prompt = Int32Array.from([...prompt, ...action, ...observation]);
  }
}

async function drawOurs(prompt: Int32Array): Promise<Int32Array> {
  const { samples } = await engine.generate({
    prompt,
    samples: SAMPLES,
    temperature: 0.4,
    topP: 0.8,
    maxNewTokens: NEW_TOKENS,
  });
  return samples[0].ids;
}

async function drawTheirs(prompt: Int32Array): Promise<Int32Array> {
  const row = BigInt64Array.from(prompt, BigInt);
  const ids = new BigInt64Array(SAMPLES * row.length);
  for (let i = 0; i < SAMPLES; i++) ids.set(row, i * row.length);
  // Its types leave the options of the generation configuration out.
  const options = {
    inputs: new Tensor("int64", ids, [SAMPLES, row.length]),
    max_new_tokens: NEW_TOKENS,
    do_sample: true,
    temperature: 0.4,
    top_p: 0.8,
    top_k: 0,
  };
  // deno-lint-ignore no-explicit-any
  const output = await (peer as any).generate(options);
  return Int32Array.from(output.tolist()[0].slice(row.length), Number);
}

function madeUpIds(length: number, seed: string): Int32Array {
  const random = new Random(seed);
  return Int32Array.from({ length }, () => random.integer(0, tokenizer.vocabSize - 4));
}

/** Gives special tokens the logit 0, far below that of the likeliest tokens. */
function silence(embeddings: Float32Array): void {
  const width = config.hidden_size;
  for (const id of tokenizer.specialTokens.values()) {
    embeddings.fill(0, id * width, (id + 1) * width);
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
