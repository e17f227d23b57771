import assert from "node:assert/strict";
import {
  expectedHalfWidth,
  halfWidth,
  powerTable,
  tasksForHalfWidth,
} from "../../../lib/experiments/findings/power.ts";
import { judge, makeFinding } from "../../../lib/experiments/findings/finding.ts";
import type {
  SeededBenchmark,
  SeededTask,
} from "../../../lib/experiments/findings/seeded_benchmark.ts";
import {
  groupContrast,
  macroMean,
  seededBootstrap,
} from "../../../lib/experiments/findings/seeded_bootstrap.ts";
import type { SeededInterval } from "../../../lib/experiments/findings/seeded_bootstrap.ts";
import { pairedDifference } from "../../../lib/experiments/findings/seeded_tasks.ts";
import type { EvaluationRow } from "../../../lib/evaluation/evaluation_row.ts";
import { Random } from "../../../lib/records/random.ts";

/** Benchmarks whose scores are a task's part, a seed's and one of both, of given deviations. */
function made(
  random: Random,
  { tasks, seeds, deviations: [ofTask, ofSeed, ofBoth] }: {
    readonly tasks: number;
    readonly seeds: number;
    readonly deviations: readonly [number, number, number];
  },
): SeededBenchmark[] {
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const bySeed = Array.from({ length: seeds }, () => ofSeed * normal());
  return ["a", "b"].map((name) => ({
    name,
    inDomain: name === "a",
    isFactual: true,
    tasks: Array.from({ length: tasks / 2 }, (_, i): SeededTask => {
      const own = ofTask * normal();
      return {
        cluster: `${i}`,
        values: bySeed.map((seed) => [0.5 + seed + own + ofBoth * normal()]),
      };
    }),
  }));
}

function meanComponents(trials: number, of: Parameters<typeof made>[1]) {
  const random = new Random(5);
  const sums = { tasks: 0, seeds: 0, both: 0 };
  for (let i = 0; i < trials; i++) {
    const { variance } = seededBootstrap(made(random, of), macroMean, { resamples: 1 });
    for (const name of ["tasks", "seeds", "both"] as const) sums[name] += variance![name] / trials;
  }
  return sums;
}

const isNear = (value: number, wanted: number, share: number) =>
  assert.ok(Math.abs(value - wanted) < share * wanted, `${value}, not about ${wanted}`);

Deno.test("the variance of an estimate is told apart by cause", () => {
  const found = meanComponents(300, { tasks: 80, seeds: 6, deviations: [0.4, 0.1, 0.3] });
  // The mean of two benchmarks over 80 tasks: 0.4^2 / 80; one seed's part in both: 0.1^2; 0.3^2 / 80.
  isNear(found.tasks, 0.16 / 80, 0.1);
  isNear(found.seeds, 0.01, 0.15);
  isNear(found.both, 0.09 / 80, 0.1);
});

Deno.test("a contrast of groups of benchmarks does not vary with what a seed does to both", () => {
  const random = new Random(8);
  let [seeds, tasks] = [0, 0];
  for (let i = 0; i < 100; i++) {
    const benchmarks = made(random, { tasks: 60, seeds: 5, deviations: [0.4, 0.2, 0.01] });
    const { variance } = seededBootstrap(benchmarks, groupContrast((b) => b.inDomain), {
      resamples: 1,
    });
    seeds += variance!.seeds / 100;
    tasks += variance!.tasks / 100;
  }
  assert.ok(seeds < 1e-4, `${seeds}`);
  isNear(tasks, 2 * 0.16 / 30, 0.15);
});

Deno.test("the expected width is the one that so many tasks and seeds then give", () => {
  const random = new Random(11);
  const deviations = [0.35, 0.04, 0.3] as const;
  const width = (tasks: number, seeds: number) => {
    const interval = seededBootstrap(made(random, { tasks, seeds, deviations }), macroMean, {
      resamples: 400,
    });
    return { interval, width: halfWidth(interval) };
  };
  let [expected, measured] = [0, 0];
  for (let i = 0; i < 40; i++) {
    expected += expectedHalfWidth(width(100, 6).interval, 600, 10) / 40;
    measured += width(600, 10).width / 40;
  }
  isNear(expected, measured, 0.15);
});

Deno.test("the number of tasks is the one that gives the wanted width; seeds can make it impossible", () => {
  const interval = {
    estimate: 0.05,
    low: 0,
    high: 0.1,
    n: 100,
    seeds: 3,
    variance: { tasks: 4e-4, seeds: 3e-4, both: 3e-4 },
  };
  const tasks = tasksForHalfWidth(interval, 0.03, 5)!;
  assert.ok(expectedHalfWidth(interval, tasks, 5) <= 0.03);
  assert.ok(expectedHalfWidth(interval, tasks - 1, 5) > 0.03);
  assert.equal(expectedHalfWidth(interval, 100, 3), 0.05);
  assert.equal(tasksForHalfWidth(interval, 0.001, 5), null);
  assert.equal(tasksForHalfWidth(interval, 0, 5), null);
});

Deno.test("where no task differs the width falls as Wilson's bound does", () => {
  const row = (taskId: string, seed: number) =>
    ({
      benchmark: "a",
      taskId,
      question: taskId,
      seed,
      verdict: "correct",
      kind: "qa",
    }) as unknown as EvaluationRow;
  const rows = Array.from({ length: 40 }, (_, i) => [0, 1, 2].map((seed) => row(`${i}`, seed)))
    .flat();
  const same = pairedDifference([{ a: rows, b: rows }])!;
  assert.equal(same.variance, undefined);
  const tasks = tasksForHalfWidth(same, 0.02, 3)!;
  assert.ok(tasks > 150 && tasks < 250, `${tasks}`);
});

Deno.test("the table has the headline figure of each finding that has one", () => {
  const interval = {
    estimate: 0.01,
    low: -0.03,
    high: 0.05,
    n: 100,
    seeds: 3,
    variance: { tasks: 3e-4, seeds: 0, both: 3e-4 },
  };
  const draft = { claim: "c", source: "s", note: "n" };
  const unit = "difference" as const;
  const table = powerTable([
    makeFinding({
      ...draft,
      id: "F1",
      parts: [{ name: "x", interval, unit, threshold: { above: 0 } }],
    }),
    makeFinding({
      ...draft,
      id: "F2",
      parts: [{ name: "y", interval: null, unit, threshold: { above: 0 } }],
    }),
    makeFinding({ ...draft, id: "F3", parts: [{ name: "z", interval, unit }] }),
  ]);
  const [row, ...others] = table.frame.toRecords();
  assert.equal(others.length, 0);
  // Four times as many halve the width; 0.0070 of 0.04 takes 32.7 times as many.
  assert.equal(row.tasksFor2Points3, 400);
  assert.equal(row.tasksToDecide3, 3270);
});

Deno.test("so many tasks show that there is no difference with a chance of at least 80%", () => {
  const tasksOf = (interval: SeededInterval) => {
    const part = { name: "x", unit: "difference" as const, threshold: { above: 0 }, interval };
    const finding = makeFinding({ id: "F", claim: "c", source: "s", note: "n", parts: [part] });
    return powerTable([finding]).frame.toRecords()[0].tasksToDecide3 as number | null;
  };
  const standardError = 0.02;
  const z = 1.959964;
  const at = (estimate: number, se: number, n: number): SeededInterval => ({
    ...{ estimate, low: estimate - z * se, high: estimate + z * se, n, seeds: 3 },
    ...{ variance: { tasks: se * se, seeds: 0, both: 0 }, noneDiffer: 0.3 / n },
  });
  const random = new Random(5);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  for (const effect of [0, 0.002, 0.006]) {
    const tasks = tasksOf(at(effect, standardError, 100))!;
    const se = standardError * Math.sqrt(100 / tasks);
    const draws = Array.from(
      { length: 4000 },
      () => judge(at(effect + se * normal(), se, tasks), { above: 0 }),
    );
    const decided = draws.filter((verdict) => verdict !== "undecided").length / draws.length;
    assert.ok(decided > 0.78, `${decided} of draws with an effect of ${effect} and ${tasks} tasks`);
  }
  const { variance: _, ...same } = { ...at(0, standardError, 100), low: -0.05, high: 0.05 };
  assert.equal(tasksOf({ ...same, noneDiffer: 0.05 }), 250);
  assert.equal(tasksOf({ ...at(0, standardError, 100), noneDiffer: undefined }), null);
});

Deno.test("of an undecided finding the open figure is told of, and the seeds that would decide it", () => {
  const figure = (name: string, estimate: number, seeds: number) => ({
    ...{ name, unit: "difference" as const, threshold: { above: 0 } },
    interval: {
      ...{ estimate, low: estimate - 0.04, high: estimate + 0.04, n: 100, seeds: 3 },
      variance: { tasks: 1e-5, seeds, both: 0 },
    },
  });
  const rowOf = (...parts: ReturnType<typeof figure>[]) =>
    powerTable([makeFinding({ id: "F", claim: "c", source: "s", note: "n", parts })]).frame
      .toRecords()[0];
  // The half-width of 0.04 is to become 0.70 of 0.03; nearly all of it comes from the seeds.
  const row = rowOf(figure("decided", 0.1, 1e-3), figure("open", 0.03, 1e-3));
  assert.deepEqual([row.figure, row.tasksToDecide3, row.seedsToDecide], ["open", null, 12]);
  assert.equal(rowOf(figure("decided", 0.1, 1e-3)).seedsToDecide, 3);
  assert.equal(rowOf(figure("tiny", 1e-4, 1e-3)).seedsToDecide, null);
  // What is undecided for another reason, or for want of runs, is decided by no number.
  const floor = { ...figure("floor", 0.03, 1e-3), undecidedBecause: "both are at the floor" };
  assert.equal(rowOf(floor), undefined);
  const none = { ...figure("none", 0, 0), interval: null };
  assert.equal(rowOf(figure("decided", 0.1, 1e-3), none as never), undefined);
});
