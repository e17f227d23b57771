/**
 * Memory over many generations: a student with random weights answers growing and fresh prompts, and
 * the resident memory is printed on the way. It has to stay flat once caches are full.
 *
 * deno run -A bench/inference/flat_memory.ts [--generations 1000] [--json]
 */
import { parseArgs } from "node:util";
import { Random } from "@potstill";
import { initWeights, StudentEngine, studentPreset } from "@potstill/student";
import { madeUpTokenizer } from "../made_up_tokenizer.ts";
import { peakBytes } from "../peak_bytes.ts";

const { values } = parseArgs({
  options: {
    generations: { type: "string", default: "1000" },
    json: { type: "boolean", default: false },
  },
});
const generations = Number(values.generations);
const tokenizer = await madeUpTokenizer();
const config = studentPreset("1M", tokenizer.vocabSize, { initializer_range: 0.2 });
const engine = await StudentEngine.create(
  { config, weights: initWeights(config, 1), tokenizer },
  { threads: 1, prefixCacheBytes: 16 * 2 ** 20 },
);
const random = new Random("prompts");
const residentMiB: number[] = [];
let prompt = new Int32Array(0);
for (let i = 1; i <= generations; i++) {
  // Every third prompt begins anew; the others go on from the last answer, as an agent's do.
  const added = Array.from({ length: 100 }, () => random.integer(0, tokenizer.vocabSize - 4));
  prompt = Int32Array.from(i % 3 === 1 ? added : [...prompt, ...added]);
  const { samples } = await engine.generate({
    prompt,
    samples: 4,
    maxNewTokens: 16,
    seed: i,
    temperature: 0.4,
    topP: 0.8,
  });
  prompt = Int32Array.from([...prompt, ...samples[0].ids]);
  if (i % Math.max(1, Math.floor(generations / 10)) === 0) {
    residentMiB.push(Math.round(Deno.memoryUsage().rss / 2 ** 20));
    console.log(`after ${i} generations: ${residentMiB.at(-1)} MiB`);
  }
}
await engine.dispose();
const peakMiB = Math.round(peakBytes() / 2 ** 20);
const half = residentMiB.slice(residentMiB.length >> 1);
const growthMiB = half[half.length - 1] - half[0];
console.log(`growth over the second half: ${growthMiB} MiB; peak ${peakMiB} MiB`);
if (values.json) console.log(JSON.stringify({ generations, residentMiB, growthMiB, peakMiB }));
