import assert from "node:assert/strict";
import { bootstrapMean } from "@potstill/evaluation/bootstrap.ts";
import { accuracyInterval, macroInterval } from "@potstill/evaluation/accuracy_interval.ts";
import { mcnemarExact } from "@potstill/evaluation/mcnemar.ts";
import { normalCdf, normalQuantile } from "@potstill/evaluation/normal_quantile.ts";
import { signFlipTest } from "@potstill/evaluation/sign_flip_test.ts";
import { wilsonInterval } from "@potstill/evaluation/wilson_interval.ts";
import { Random } from "@potstill/records/random.ts";

function near(actual: number, expected: number, tolerance: number): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${actual} is not within ${tolerance} of ${expected}`,
  );
}

Deno.test("the normal distribution matches published quantiles", () => {
  near(normalQuantile(0.975), 1.959963984540054, 1e-10);
  near(normalQuantile(0.995), 2.5758293035489004, 1e-10);
  near(normalQuantile(0.5), 0, 1e-10);
  near(normalCdf(-3), 0.0013498980316300933, 1e-14);
  near(normalCdf(7), 1 - 1.279812543885835e-12, 1e-15);
  assert.throws(() => normalQuantile(1), /Cannot take the normal quantile at 1/);
});

Deno.test("Wilson's interval has the textbook values and stays within 0 and 1", () => {
  const some = wilsonInterval(8, 10);
  near(some.low, 0.4901625, 1e-6);
  near(some.high, 0.9433178, 1e-6);
  assert.deepEqual([wilsonInterval(0, 10).low, wilsonInterval(10, 10).high], [0, 1]);
  near(wilsonInterval(0, 10).high, 0.2775328, 1e-6);
  assert.ok(Number.isNaN(wilsonInterval(0, 0).estimate));
  assert.throws(() => wilsonInterval(11, 10), /11 successes of 10 trials/);
});

Deno.test("McNemar's exact test sums the binomial tail", () => {
  near(mcnemarExact(1, 9), 22 / 1024, 1e-12);
  near(mcnemarExact(9, 1), 22 / 1024, 1e-12);
  assert.equal(mcnemarExact(0, 0), 1);
  assert.equal(mcnemarExact(5, 5), 1);
  near(mcnemarExact(0, 3000), 0, 1e-300);
  // Normal approximation with continuity correction, 2 Phi(-(2100 - 1900 - 1) / sqrt(4000)).
  near(mcnemarExact(1900, 2100), 2 * normalCdf(-199 / Math.sqrt(4000)), 2e-5);
  assert.throws(() => mcnemarExact(-1, 2), /-1 is not a count/);
});

Deno.test("the bootstrap is seeded, ordered and about as wide as the analytic interval", () => {
  const values = Array.from({ length: 400 }, (_, i) => (i % 5 < 2 ? 1 : 0));
  const a = bootstrapMean([{ values }], { seed: 3 });
  assert.deepEqual(a, bootstrapMean([{ values }], { seed: 3 }));
  assert.notDeepEqual(a, bootstrapMean([{ values }], { seed: 4 }));
  near(a.estimate, 0.4, 1e-12);
  const half = 1.96 * Math.sqrt(0.4 * 0.6 / 400);
  near(a.low, 0.4 - half, 0.006);
  near(a.high, 0.4 + half, 0.006);
  // Two strata: the standard error of a mean of two means.
  const b = bootstrapMean([{ values }, { values }], { seed: 3, resamples: 4000 });
  near(b.high - b.low, (2 * half) / Math.SQRT2, 0.006);
  assert.equal(b.n, 800);
});

Deno.test("a stratum weighs the same whatever its size, and an empty one is left out", () => {
  const mean = bootstrapMean([{ values: [1] }, { values: [0, 0, 0, 0] }, { values: [] }]);
  assert.equal(mean.estimate, 0.5);
  assert.ok(Number.isNaN(bootstrapMean([]).estimate));
});

Deno.test("clusters that repeat one draw widen the interval by the square root of their size", () => {
  const random = new Random("clusters");
  const values: number[] = [];
  const clusters: string[] = [];
  for (let c = 0; c < 200; c++) {
    const value = random.chance(0.5) ? 1 : 0;
    for (let i = 0; i < 4; i++) {
      values.push(value);
      clusters.push(`c${c}`);
    }
  }
  const alone = bootstrapMean([{ values }], { resamples: 4000 });
  const clustered = bootstrapMean([{ values, clusters }], { resamples: 4000 });
  assert.equal(alone.estimate, clustered.estimate);
  near((clustered.high - clustered.low) / (alone.high - alone.low), 2, 0.15);
  assert.throws(() => bootstrapMean([{ values, clusters: ["x"] }]), /800 values but 1 clusters/);
});

Deno.test("an accuracy interval is Wilson's for independent tasks and wider for clusters", () => {
  const values = Array.from({ length: 200 }, (_, i) => (Math.floor(i / 4) % 5 < 2 ? 1 : 0));
  const plain = accuracyInterval({ values });
  near(plain.low, wilsonInterval(80, 200).low, 1e-9);
  near(plain.high, wilsonInterval(80, 200).high, 1e-9);
  const clusters = values.map((_, i) => `c${Math.floor(i / 4)}`);
  const clustered = accuracyInterval({ values, clusters });
  // Four tasks that are right or wrong together count for one: 50 tasks, up to (C - 1) / C.
  const fifty = wilsonInterval(20, 50);
  near(clustered.high - clustered.low, fifty.high - fifty.low, 0.005);
  const allWrong = accuracyInterval({ values: values.map(() => 0), clusters });
  near(allWrong.high, wilsonInterval(0, 50).high, 1e-9);
  const seeds = accuracyInterval({ values: [0.5, 0.5, 0.5, 0.5] });
  assert.ok(seeds.low < 0.5 && seeds.high > 0.5);
  assert.throws(() => accuracyInterval({ values, clusters: [] }), /200 values but 0 clusters/);
});

Deno.test("a macro interval is that of a mean of independent means", () => {
  const one = wilsonInterval(200, 400);
  const four = macroInterval([one, one, one, one]);
  near(four.high - four.low, (one.high - one.low) / 2, 1e-12);
  assert.deepEqual([four.estimate, four.n], [0.5, 1600]);
  const certain = macroInterval([wilsonInterval(10, 10), wilsonInterval(10, 10)]);
  assert.equal(certain.high, 1);
  assert.ok(certain.low < 0.9 && certain.low > wilsonInterval(10, 10).low);
});

Deno.test("the sign-flip test agrees with McNemar's where both apply", () => {
  const values = [...Array(14).fill(1), ...Array(4).fill(-1), ...Array(30).fill(0)];
  near(signFlipTest([{ values }], { draws: 20_000 }), mcnemarExact(14, 4), 0.01);
  assert.equal(signFlipTest([{ values: [0, 0] }]), 1);
  const clusters = values.map((_, i) => `c${Math.floor(i / 7)}`);
  assert.ok(signFlipTest([{ values, clusters }]) > 0.1);
});

Deno.test("intervals cover the truth about as often as they say", () => {
  const random = new Random("coverage");
  const trials = 400;
  let [wilson, bootstrap] = [0, 0];
  for (let t = 0; t < trials; t++) {
    const values: number[] = Array.from({ length: 60 }, () => Number(random.chance(0.7)));
    const w = wilsonInterval(values.reduce((a, b) => a + b, 0), 60);
    const b = bootstrapMean([{ values }], { resamples: 400, seed: t });
    if (w.low <= 0.7 && 0.7 <= w.high) wilson++;
    if (b.low <= 0.7 && 0.7 <= b.high) bootstrap++;
  }
  near(wilson / trials, 0.95, 0.03);
  near(bootstrap / trials, 0.95, 0.04);
});
