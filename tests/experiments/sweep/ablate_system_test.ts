import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ablate } from "@potstill/experiments/sweep/ablate.ts";
import type {
  AblateSystemRequest,
  SystemOption,
} from "@potstill/experiments/sweep/ablate_system.ts";
import { runEvaluate } from "@potstill/cli/evaluate.ts";
import { openProgress } from "@potstill/runs/progress/open_progress.ts";
import { readManifest } from "@potstill/runs/read_manifest.ts";

const progress = openProgress("silent");
const folder = await Deno.makeTempDir({ prefix: "potstill-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const store = join(folder, "steps");
const common = { teacher: "lab-expert", limit: 3, search: "none", store, processes: 1 } as const;

Deno.test("a finished model is asked with each value on the same tasks", async () => {
  const out = join(folder, "candidates");
  const request = { ...common, benchmarks: ["lab-math", "lab-gsm-hard"], out, progress } as const;
  const made = await ablate({ ...request, option: "candidates", values: [1, 2] });
  assert.deepEqual(made.values.map(({ label }) => label), ["1", "2"]);
  assert.deepEqual(made.values.map(({ accuracy }) => [accuracy.n, accuracy.seeds]), [[6, 1], [
    6,
    1,
  ]]);
  assert.equal(made.values[0].difference, null);
  assert.equal(made.values[1].difference!.n, 6);
  assert.equal(made.frame().height, 12);
  assert.match(made.verdict, /^candidates 2 cannot be told from 1\.$/);
  assert.doesNotMatch(made.table.caption, /seed/);
  assert.deepEqual(made.frame().select("system").unique().height, 2);
  const manifest = (value: string) =>
    readManifest(join(out, `candidates-${value}`, "lab-math", "manifest.json"));
  const [one, two] = [(await manifest("1")).resolved, (await manifest("2")).resolved];
  assert.deepEqual([one.candidates, one.temperature, one.tasksSha256], [1, 0, two.tasksSha256]);
  assert.deepEqual([two.candidates, two.temperature], [2, 0.4]);

  await assert.rejects(
    ablate({ ...request, option: "candidates", values: [1, 2, 3] }),
    /it holds one already/,
  );
  const more = await ablate({
    ...{ ...request, option: "candidates", resume: true },
    values: [1, 3, { candidates: 2, voteOn: "logs" }],
  });
  assert.deepEqual(more.values.map(({ label }) => label), ["1", "3", "2 (voteOn-logs)"]);
  assert.deepEqual(more.frame().getColumn("system").unique().toArray().sort(), [
    "lab-expert agent, sag 1",
    "lab-expert agent, sag 2, voteOn-logs",
    "lab-expert agent, sag 3",
  ]);
  assert.ok(existsSync(join(out, "candidates-2_voteOn-logs", "lab-gsm-hard", "rows.jsonl")));
});

Deno.test("several attempts are several seeds, and one sample alone stays greedy", async () => {
  const made = await ablate({
    ...{ ...common, option: "samples", values: [1, 2], attempts: 3, progress, name: "expert" },
    ...{ benchmarks: ["lab-math"], out: join(folder, "samples") },
  });
  assert.deepEqual(made.values.map(({ accuracy }) => accuracy.seeds), [3, 3]);
  assert.match(made.table.caption, /3 tasks and 3 seeds/);
  assert.deepEqual(made.frame().getColumn("system").unique().toArray().sort(), [
    "expert, samples-1",
    "expert, samples-2",
  ]);
  const { resolved } = await readManifest(
    join(folder, "samples", "samples-1", "lab-math", "manifest.json"),
  );
  assert.deepEqual([resolved.paradigm, resolved.attempts, resolved.temperature], ["cot", 3, 0]);
});

Deno.test("what cannot be varied is refused before the model is asked", async () => {
  type Loose = AblateSystemRequest<SystemOption>;
  const out = join(folder, "refused");
  const refused = async (more: object, message: RegExp) => {
    const request = { ...common, option: "candidates", values: [1, 2], benchmarks: ["lab-math"] };
    await assert.rejects(
      ablate({ ...request, out, progress, ...more } as unknown as Loose),
      message,
    );
    assert.ok(!existsSync(join(out, "candidates-1", "lab-math", "manifest.json")));
  };
  await refused({ option: "limit", values: [1, 2] }, /Cannot ablate limit of a finished model/);
  await refused(
    { option: "adaptation", values: ["full", "lora"] },
    /Cannot ablate adaptation of a/,
  );
  await refused({ option: "constructor", values: [1, 2] }, /Cannot ablate constructor of a/);
  await refused({ values: [4] }, /it needs two or more different values, not 4/);
  await refused({ values: [4, 4] }, /two or more different values/);
  await refused({ values: [4, { temperature: 1 }] }, /\{"temperature":1\} does not set it/);
  await refused({ candidates: 8 }, /it is set for every value already/);
  await refused({ benchmarks: [] }, /benchmarks must be one or more/);
  await refused({ benchmarks: ["a/b.json", "c/b.json"] }, /of different names, not \[a\/b\.json/);
  await refused({ values: [1, 0] }, /candidates must be a whole number from 1, it is 0/);
  await refused({ values: [1, { candidates: 2, topP: 0 }] }, /topP must be a number above 0/);
  await refused({ values: [1, { candidates: 2, voteon: "logs" }] }, /a value sets voteon; the opt/);
});

Deno.test("evaluate --candidates 1,2 prints one table", async () => {
  const out = join(folder, "command");
  const args = [
    ...["--benchmark", "lab-math", "--lab-expert", "--limit", "3", "--search", "none"],
    ...["--store", store, "--processes", "1", "--out", out, "--json"],
  ];
  const lines: string[] = [];
  const { log, error } = console;
  try {
    console.log = (text: string) => lines.push(text);
    console.error = () => {};
    assert.equal(await runEvaluate([...args, "--candidates", "1,2"]), 0);
    assert.equal(await runEvaluate([...args, "--candidates", "1,2", "--samples", "1,2"]), 2);
    assert.equal(await runEvaluate([...args, "--candidates", "1,0"]), 2);
  } finally {
    Object.assign(console, { log, error });
  }
  const last = JSON.parse(lines.at(-1)!);
  assert.deepEqual([last.option, last.values.length], ["candidates", 2]);
  assert.match(lines[0], /candidates +accuracy/);
  assert.ok(existsSync(join(out, "ablation_candidates.svg")));
});
