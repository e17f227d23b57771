import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Progress } from "../../../lib/runs/progress/progress.ts";
import { silentSink } from "../../../lib/runs/progress/sinks.ts";
import { ablate, type AblateRequest } from "../../../lib/experiments/sweep/ablate.ts";
import { ablationOf } from "../../../lib/experiments/sweep/ablation.ts";
import type { DistillOptions } from "../../../lib/experiments/distill/distill_options.ts";
import { first, reference, seeds } from "../findings/synthetic_cells.ts";

const progress = new Progress(silentSink());
const input = (cells: ReturnType<typeof seeds>[], numbers = [0, 1, 2]) => ({
  path: "",
  cells: cells.flat(),
  option: "adaptation" as const,
  overrides: [{ adaptation: "full" }, { adaptation: "lora", learningRate: 5e-3 }] as const,
  reference,
  seeds: numbers,
  system: "agent-student" as const,
});
const full = (right: number) => seeds({ adaptation: "full" }, { "agent-student": first(right) });
const lora = (right: number, learningRate = 5e-3) =>
  seeds({ adaptation: "lora", learningRate }, { "agent-student": first(right) });

Deno.test("a value is better, worse, or cannot be told from the first", async () => {
  const better = await ablationOf(input([full(10), lora(30)]));
  assert.equal(better.values[0].difference, null);
  assert.equal(better.values[0].accuracy.estimate, 0.25);
  assert.equal(better.values[1].difference!.estimate, 0.5);
  assert.equal(
    better.verdict,
    "adaptation lora (learningRate-0.005) is better than full.",
  );
  assert.match((await ablationOf(input([full(30), lora(10)]))).verdict, /is worse than full/);
  const equal = await ablationOf(input([full(20), lora(20)]));
  assert.match(equal.verdict, /cannot be told from full/);
  assert.equal(better.frame().height, 2 * 3 * 80);
  assert.match(better.table.toText(), /lora .*\+50\.0 .*better/);
  assert.ok(better.chart.svg.includes("learningRate-0.005"));
});

Deno.test("runs of another setting or seed are left out, and few seeds decide nothing", async () => {
  const other = lora(40, 1e-3);
  const mixed = await ablationOf(input([full(10), lora(30), other]));
  assert.equal(mixed.values[1].accuracy.estimate, 0.75);
  const two = await ablationOf(input([full(10), lora(30)], [0, 1]));
  assert.equal(two.values[1].verdict, "undecided");
  assert.match(two.verdict, /With 2 of at least 3 seeds nothing is decided\./);
  await assert.rejects(
    ablationOf(input([full(10), other])),
    /Cannot compare adaptation lora \(learningRate-0\.005\): agent-student has no graded answer/,
  );
});

Deno.test("what cannot be ablated is refused before anything is run", async () => {
  type Loose = AblateRequest<keyof DistillOptions>;
  const refused = (request: Omit<Loose, "progress">, message: RegExp) =>
    assert.rejects(ablate({ ...request, progress } as Loose), message);
  await refused({ option: "sampels" as never, values: [1, 2] }, /Cannot ablate sampels: the opt/);
  await refused({ option: "candidates", values: [8] }, /needs two or more different values, not 8/);
  await refused({ option: "candidates", values: [8, 8] }, /different values, not 8, 8/);
  await refused({ option: "seed", values: [1, 2] }, /Cannot ablate seed/);
  await refused(
    { option: "candidates", values: [4, { epochs: 2 }] },
    /the value {"epochs":2} does not set it/,
  );
  await refused(
    { option: "candidates", values: [4, 8], base: { candidates: 2 } },
    /base sets it already, to 2/,
  );
  await refused({ option: "candidates", values: [4, 8], seeds: [] }, /seeds must be 1 or more/);
});

Deno.test("an ablation runs its distillations, and is read again when it is resumed", async () => {
  const out = await mkdtemp(join(tmpdir(), "potstill-ablate-"));
  try {
    const request = {
      option: "maxSteps",
      values: [1, 2],
      seeds: [3],
      profile: "quick",
      base: {
        trainTasks: 4,
        testTasks: 1,
        student: "0.3M",
        base: "trained",
        baseTexts: 20,
        vocabSize: 400,
        epochs: 1,
        maxNewTokens: 16,
      },
      out,
      resume: true,
      progress,
    } as const;
    const made = await ablate(request);
    assert.deepEqual(made.cells.map(({ options }) => [options.seed, options.maxSteps]), [
      [3, 1],
      [3, 2],
    ]);
    assert.equal(made.values[0].accuracy.n, 8);
    const read = await ablate(request);
    assert.deepEqual(read.values, made.values);
  } finally {
    await rm(out, { recursive: true });
  }
});
