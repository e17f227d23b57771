/**
 * Tokens per second of the inference engine on a student with random weights.
 *
 * deno run -A bench/inference/decode_speed.ts [--threads N] [--rounds N] [--preset 1M] [--json]
 */
import { parseArgs } from "node:util";
import { Random, type StudentPreset } from "@potstill";
import {
  type EngineStatistics,
  initWeights,
  StudentEngine,
  studentPreset,
} from "@potstill/student";
import { madeUpTokenizer } from "../made_up_tokenizer.ts";

/** One workload: `requests` prompts of `prompt` tokens, each with `samples` of `tokens` tokens. */
interface Workload {
  readonly name: string;
  readonly requests: number;
  readonly samples: number;
  readonly prompt: number;
  readonly tokens: number;
}

/** Medians over the rounds, in tokens per second, with the lowest and the highest. */
interface Measured extends Workload {
  readonly decode: readonly [number, number, number];
  readonly prefill: readonly [number, number, number];
  readonly wall: readonly [number, number, number];
  readonly msPerStep: number;
}

const WORKLOADS: readonly Workload[] = [
  { name: "one sequence", requests: 1, samples: 1, prompt: 300, tokens: 64 },
  { name: "64 prompts of 200", requests: 64, samples: 1, prompt: 200, tokens: 64 },
  { name: "64 prompts of 400", requests: 64, samples: 1, prompt: 400, tokens: 64 },
  { name: "64 prompts of 800", requests: 64, samples: 1, prompt: 800, tokens: 64 },
  { name: "8 prompts of 400, 8 samples each", requests: 8, samples: 8, prompt: 400, tokens: 64 },
  { name: "8 prompts of 800, 8 samples each", requests: 8, samples: 8, prompt: 800, tokens: 64 },
];

const { values } = parseArgs({
  options: {
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
    preset: { type: "string", default: "1M" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const tokenizer = await madeUpTokenizer();
const config = studentPreset(values.preset as StudentPreset, tokenizer.vocabSize, {
  // Logits spread as widely as those of a trained student: it is sure of most of its tokens.
  initializer_range: 0.2,
});
const engine = await StudentEngine.create(
  { config, weights: initWeights(config, 1), tokenizer },
  { threads: Number(values.threads), prefixCacheBytes: 1 },
);

const measured: Measured[] = [];
for (const workload of WORKLOADS) {
  await run(workload, 0);
  const results: Awaited<ReturnType<typeof run>>[] = [];
  for (let round = 1; round <= rounds; round++) results.push(await run(workload, round));
  const spread = (key: "decode" | "prefill" | "wall") => {
    const sorted = results.map((result) => result[key]).sort((a, b) => a - b);
    return [sorted[sorted.length >> 1], sorted[0], sorted[sorted.length - 1]] as const;
  };
  const decode = spread("decode");
  const msPerStep = 1000 * workload.requests * workload.samples / decode[0];
  const row = { ...workload, decode, prefill: spread("prefill"), wall: spread("wall"), msPerStep };
  measured.push(row);
  const show = ([median, low, high]: readonly number[]) =>
    `${Math.round(median)} (${Math.round(low)} to ${Math.round(high)})`;
  console.log(
    `${row.name.padEnd(34)} decode ${show(row.decode).padEnd(24)} prefill ${
      show(row.prefill).padEnd(24)
    } whole ${show(row.wall)} tokens/s`,
  );
}
await engine.dispose();
const memoryMiB = Math.round(Deno.memoryUsage().rss / 2 ** 20);
console.log(`resident memory at the end: ${memoryMiB} MiB`);
if (values.json) {
  const { preset } = values;
  console.log(JSON.stringify({ preset, threads: Number(values.threads), memoryMiB, measured }));
}

async function run(workload: Workload, round: number) {
  const before = engine.statistics;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: workload.requests }, (_, i) => {
      const random = new Random(`${workload.name}/${round}/${i}`);
      const prompt = Int32Array.from({ length: workload.prompt }, () => random.integer(0, 255));
      const { samples, tokens: maxNewTokens } = workload;
      return engine.generate({
        prompt,
        samples,
        maxNewTokens,
        temperature: 0.4,
        topP: 0.8,
        seed: i,
      });
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const after = engine.statistics;
  const difference = (key: keyof EngineStatistics) => after[key] - before[key];
  // The first token of each sample comes with its prompt.
  const decoded = difference("generatedTokens") - workload.requests * workload.samples;
  return {
    decode: 1000 * decoded / difference("decodeMs"),
    prefill: 1000 * difference("promptTokens") / difference("prefillMs"),
    wall: difference("generatedTokens") / seconds,
  };
}
