/**
 * Training speed of students, next to the ceiling that the same machine gives plain matrix products
 * in the same minute. Each round measures the ceiling, then every student; the table has medians
 * and the range over rounds. The last line is JSON.
 *
 * Useful work is counted strictly: what any implementation has to compute for these examples. Of
 * attention that is the causal half; of the output layer, and of what follows attention in the last
 * block, the tokens that are trained. The backward pass counts twice the forward pass.
 *
 * deno run -A bench/training/train_speed.ts [--rounds N] [--students 1M,4M]
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { StudentPreset } from "@potstill";
import { initWeights, parameterCount, studentPreset, Trainer } from "@potstill/student";
import {
  exampleBatches,
  matrixProductCeiling,
  median,
  spread,
  usefulFlops,
  VOCABULARY,
} from "../training_work.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    steps: { type: "string", default: "4" },
    students: { type: "string", default: "1M,4M" },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});
const rounds = Number(values.rounds);
const steps = Number(values.steps);
const threads = Number(values.threads);

const students = [];
for (const name of values.students.split(",")) {
  const config = studentPreset(name as StudentPreset, VOCABULARY);
  const trainer = await Trainer.create(config, initWeights(config, 1), { threads });
  students.push({ name, config, trainer });
}
const batches = exampleBatches();
const { ceiling, release } = await matrixProductCeiling(threads);

// One round unmeasured: sessions are made, memory is taken.
for (const { trainer } of students) for (const rows of batches) await trainer.step(rows);

const ceilings: number[] = [];
const speeds: number[][] = students.map(() => []);
const shares: number[][] = students.map(() => []);
let longestPauseMs = 0;
for (let round = 0; round < rounds; round++) {
  const gflops = await ceiling();
  let last = performance.now();
  const ticker = setInterval(() => {
    longestPauseMs = Math.max(longestPauseMs, performance.now() - last - 5);
    last = performance.now();
  }, 5);
  ceilings.push(gflops);
  for (const [i, { config, trainer }] of students.entries()) {
    let work = 0;
    let tokens = 0;
    let ms = 0;
    for (let step = 0; step < steps; step++) {
      const rows = batches[step % batches.length];
      const result = await trainer.step(rows);
      work += usefulFlops(rows, config);
      tokens += result.tokens;
      ms += result.ms;
    }
    speeds[i].push((1000 * tokens) / ms);
    shares[i].push(work / ms / 1e6 / gflops);
  }
  clearInterval(ticker);
}
await release();
for (const { trainer } of students) await trainer.close();

console.log(`matrix products, 1024 x 1024, ${threads} threads: ${spread(ceilings)} GFLOPS`);
console.log("student    parameters  tokens/s                    share of the ceiling, %");
students.forEach(({ name, config }, i) => {
  const percent = shares[i].map((share) => 100 * share);
  console.log(
    `${name.padEnd(10)} ${String(parameterCount(config)).padStart(10)}  ` +
      `${spread(speeds[i]).padEnd(27)} ${spread(percent, 1)}`,
  );
});
console.log(`longest pause of the event loop while training: ${longestPauseMs.toFixed(0)} ms`);
console.log(JSON.stringify({
  benchmark: "train_speed",
  threads,
  rounds,
  ceilingGflops: ceilings,
  longestPauseMs,
  students: students.map(({ name, config }, i) => ({
    name,
    parameters: parameterCount(config),
    tokensPerSecond: speeds[i],
    medianTokensPerSecond: median(speeds[i]),
    ceilingShare: shares[i],
    medianCeilingShare: median(shares[i]),
  })),
}));
