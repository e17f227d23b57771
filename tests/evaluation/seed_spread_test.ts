import assert from "node:assert/strict";
import { majorityCurves } from "@potstill/evaluation/majority_curves.ts";
import { seedSpread } from "@potstill/evaluation/seed_spread.ts";
import { row } from "./rows.ts";

Deno.test("the spread over seeds is Student's interval of the seeds' means", () => {
  // Two benchmarks of ten tasks; seeds 1, 2 and 3 get 4, 5 and 6 of each right.
  const rows = [1, 2, 3].flatMap((seed) =>
    ["a", "b"].flatMap((benchmark) =>
      Array.from(
        { length: 10 },
        (_, i) =>
          row({ seed, benchmark, taskId: `t${i}`, verdict: i < seed + 3 ? "correct" : "wrong" }),
      )
    )
  );
  const { means, deviation, mean } = seedSpread(rows);
  assert.deepEqual(means, [{ seed: 1, mean: 0.4 }, { seed: 2, mean: 0.5 }, { seed: 3, mean: 0.6 }]);
  assert.ok(Math.abs(deviation - 0.1) < 1e-12);
  // 4.303 * 0.1 / sqrt(3)
  assert.ok(Math.abs(mean.high - mean.estimate - 0.24844) < 1e-4);
  assert.equal(mean.n, 3);
});

Deno.test("with more seeds than the table of t has, the interval goes on without a jump", () => {
  const half = (count: number) => {
    const rows = Array.from(
      { length: count },
      (_, seed) => row({ seed, verdict: seed % 2 === 0 ? "correct" : "wrong" }),
    );
    const { mean, deviation } = seedSpread(rows);
    return (mean.high - mean.estimate) / deviation * Math.sqrt(count);
  };
  // R: qt(0.975, c(30, 31, 40, 120))
  for (const [freedom, t] of [[30, 2.0423], [31, 2.0395], [40, 2.0211], [120, 1.9799]]) {
    assert.ok(Math.abs(half(freedom + 1) - t) < 5e-4, `${freedom}: ${half(freedom + 1)}`);
  }
});

Deno.test("a seed without all tasks is left out, and one seed has no spread", () => {
  const rows = [row({ seed: 1 }), row({ seed: 1, taskId: "t2" }), row({ seed: 2 })];
  const { means, deviation, mean } = seedSpread(rows);
  assert.deepEqual(means, [{ seed: 1, mean: 1 }]);
  assert.ok(Number.isNaN(deviation));
  assert.deepEqual([mean.low, mean.high], [0, 1]);
});

Deno.test("curves are of systems with several attempts at each task", () => {
  const rows = [
    ...[0, 1].map((seed) => row({ system: "twice", seed })),
    row({ system: "once" }),
    ...[0, 1].map((seed) => row({ system: "uneven", seed })),
    row({ system: "uneven", taskId: "t2" }),
  ];
  const curves = majorityCurves(rows, ["twice", "once", "uneven"]);
  assert.deepEqual(curves.map(({ system, points }) => [system, points.map(({ k }) => k)]), [
    ["twice", [1, 2]],
  ]);
});
