import assert from "node:assert/strict";
import { bootstrapMean } from "../../../lib/evaluation/bootstrap.ts";
import type { SeededTask } from "../../../lib/experiments/findings/seeded_benchmark.ts";
import {
  groupContrast,
  macroMean,
  seededBootstrap,
} from "../../../lib/experiments/findings/seeded_bootstrap.ts";
import { Random } from "../../../lib/records/random.ts";

const benchmark = (name: string, tasks: readonly SeededTask[], inDomain = true) => ({
  name,
  inDomain,
  isFactual: true,
  tasks,
});
const task = (cluster: string, ...scores: number[]): SeededTask => ({
  cluster,
  values: scores.map((score) => [score]),
});

Deno.test("the estimate is the mean of the benchmarks' means over tasks and seeds", () => {
  const result = seededBootstrap([
    benchmark("a", [task("1", 1, 1, 0), task("2", 0, 0, 0)]),
    benchmark("b", [task("1", 1, 1, 1)], false),
  ], macroMean);
  // (2/6 + 3/3) / 2
  assert.ok(Math.abs(result.estimate - 2 / 3) < 1e-12);
  assert.deepEqual([result.n, result.seeds], [3, 3]);
  const contrast = seededBootstrap([
    benchmark("a", [task("1", 1, 1, 0), task("2", 0, 0, 0)]),
    benchmark("b", [task("1", 1, 1, 1)], false),
  ], groupContrast(({ inDomain }) => !inDomain));
  // 1 - 1/3
  assert.ok(Math.abs(contrast.estimate - 2 / 3) < 1e-12);
});

Deno.test("with one seed it is the task bootstrap", () => {
  const scores = Array.from({ length: 60 }, (_, i) => i % 3 === 0 ? 1 : 0);
  const seeded = seededBootstrap(
    [benchmark("a", scores.map((score, i) => task(`${i}`, score)))],
    macroMean,
    { resamples: 20_000 },
  );
  const plain = bootstrapMean([{ values: scores }], { resamples: 20_000 });
  assert.equal(seeded.estimate, plain.estimate);
  assert.ok(Math.abs(seeded.low - plain.low) < 0.01, `${seeded.low} ${plain.low}`);
  assert.ok(Math.abs(seeded.high - plain.high) < 0.01);
});

Deno.test("seeds that differ widen the interval by what they differ", () => {
  // All tasks alike within a seed, so only the seeds vary: 0.2, 0.5, 0.8 with deviation 0.3, and the
  // standard error of their mean is 0.3 / sqrt(3). Two of three are drawn, with replacement: the means
  // are those three, 0.35, 0.5 and 0.65, with this very deviation.
  const tasks = Array.from({ length: 50 }, (_, i) => task(`${i}`, 0.2, 0.5, 0.8));
  const result = seededBootstrap([benchmark("a", tasks)], macroMean, {
    resamples: 20_000,
    level: 0.6,
  });
  assert.ok(Math.abs(result.low - 0.35) < 1e-9 && Math.abs(result.high - 0.65) < 1e-9);
  const wide = seededBootstrap([benchmark("a", tasks)], macroMean);
  assert.ok(Math.abs(wide.low - 0.2) < 1e-9 && Math.abs(wide.high - 0.8) < 1e-9);
});

Deno.test("tasks of one cluster are drawn together", () => {
  const alone = Array.from({ length: 40 }, (_, i) => task(`${i}`, i % 2, i % 2, i % 2));
  const paired = Array.from({ length: 40 }, (_, i) => {
    const pair = Math.floor(i / 4);
    return task(`${pair}`, pair % 2, pair % 2, pair % 2);
  });
  const width = (tasks: SeededTask[]) => {
    const { low, high } = seededBootstrap([benchmark("a", tasks)], macroMean);
    return high - low;
  };
  assert.ok(width(paired) > 1.6 * width(alone), `${width(paired)} against ${width(alone)}`);
});

Deno.test("95% intervals cover the truth about as often, seeds and tasks being drawn", () => {
  const random = new Random(3);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  let covered = 0;
  const trials = 200;
  for (let t = 0; t < trials; t++) {
    const seeds = [normal(), normal(), normal()].map((value) => 0.05 * value);
    const tasks = Array.from({ length: 60 }, (_, i) => {
      const own = 0.3 * normal();
      return task(`${i}`, ...seeds.map((seed) => seed + own + 0.3 * normal()));
    });
    const { low, high } = seededBootstrap([benchmark("a", tasks)], macroMean, {
      resamples: 300,
      seed: t,
    });
    if (low <= 0 && high >= 0) covered++;
  }
  assert.ok(covered >= 0.86 * trials && covered <= trials, `${covered} of ${trials}`);
});

Deno.test("what cannot be bootstrapped is said", () => {
  assert.throws(() => seededBootstrap([], macroMean), /there is no task or no seed/);
  assert.throws(
    () => seededBootstrap([benchmark("a", [task("1", 1), task("2", 1, 0)])], macroMean),
    /a task of a has 2 seeds, another has 1/,
  );
  assert.throws(
    () => seededBootstrap([benchmark("a", [task("1", 1)])], groupContrast(() => true)),
    /one of them is empty/,
  );
});
