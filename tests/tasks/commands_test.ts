import assert from "node:assert/strict";
import { join } from "node:path";
import { runBenchmarks } from "@potstill/cli/benchmarks.ts";
import { runGrade } from "@potstill/cli/grade.ts";

/** Runs a command and collects what it prints. */
async function run(
  command: () => Promise<number>,
): Promise<{ code: number; out: string[]; err: string }> {
  const { log, error } = console;
  const out: string[] = [];
  const err: string[] = [];
  console.log = (text: string) => out.push(...text.split("\n"));
  console.error = (text: string) => err.push(text);
  try {
    return { code: await command(), out, err: err.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

Deno.test("grade writes one verdict a line, in order", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, "answers.jsonl");
    const records = [
      { id: 3, gold: "\\frac{1}{2}", prediction: "The answer is \\boxed{0.5}." },
      { id: "a", gold: 13138980, prediction: "13138000" },
      { id: "b", gold: "x", prediction: null },
      { id: "c", gold: null, prediction: "1" },
      { id: "d", gold: "5", prediction: "9^{9^{9^9}}" },
      { id: "e", gold: "7", aliases: ["8"], prediction: "8" },
    ];
    await Deno.writeTextFile(file, records.map((record) => JSON.stringify(record)).join("\n"));
    const math = await run(() => runGrade(["--kind", "math", "--policy", "rounded", file]));
    assert.equal(math.code, 0);
    const verdicts = math.out.map((line) => JSON.parse(line));
    assert.deepEqual(verdicts.map(({ id, verdict }) => [id, verdict]), [
      [3, "correct"],
      ["a", "wrong"],
      ["b", "wrong"],
      ["c", "unscored"],
      ["d", "unscored"],
      ["e", "correct"],
    ]);
    assert.ok(verdicts.every((line) => typeof line.why === "string" && !("em" in line)));
    assert.match(math.err, /6 answers: 2 correct, 2 wrong, 2 unscored/);
    const byDefault = await run(() => runGrade(["--kind", "math", file]));
    assert.equal(JSON.parse(byDefault.out[1]).verdict, "wrong");
    const reference = await run(() =>
      runGrade(["--kind", "math", "--policy", "qwen2.5-math", file])
    );
    assert.equal(JSON.parse(reference.out[1]).verdict, "correct");

    await Deno.writeTextFile(
      file,
      '{"id":1,"gold":"The Who","prediction":"who"}\n\n{"id":2,"gold":"A b","prediction":"b c"}',
    );
    const qa = await run(() => runGrade(["--kind", "qa", "--out", join(dir, "out.jsonl"), file]));
    assert.deepEqual(qa.out, []);
    const lines = (await Deno.readTextFile(join(dir, "out.jsonl"))).trim().split("\n").map((l) =>
      JSON.parse(l)
    );
    assert.deepEqual(lines.map(({ id, verdict, em }) => [id, verdict, em]), [[1, "correct", 1], [
      2,
      "wrong",
      0,
    ]]);
    assert.ok(Math.abs(lines[1].f1 - 2 / 3) < 1e-12);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("grade names the line that it cannot read, and writes nothing", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, "bad.jsonl");
    await Deno.writeTextFile(file, '{"id":1,"gold":"x","prediction":"y"}\n{"id":2,"gold":"x"}\n');
    const out = join(dir, "out.jsonl");
    const bad = await run(() => runGrade(["--kind", "qa", "-o", out, file]));
    assert.equal(bad.code, 1);
    assert.match(bad.err, /Cannot grade .*bad\.jsonl line 2: field prediction is missing/);
    await assert.rejects(Deno.stat(out));
    assert.equal((await run(() => runGrade([file]))).code, 2);
    const policy = await run(() => runGrade(["--kind", "qa", "--policy", "exact", file]));
    assert.equal(policy.code, 2);
    assert.match(
      (await run(() => runGrade(["--kind", "qa", join(dir, "none")]))).err,
      /Cannot read/,
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("benchmarks describes good files and reports bad ones", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      join(dir, "aime.jsonl"),
      '{"id":"2024-I-1","problem":"P?","answer":"33"}\n',
    );
    await Deno.writeTextFile(join(dir, "broken.json"), "{");
    await Deno.writeTextFile(join(dir, "notes.txt"), "not a benchmark");
    const out = join(dir, "tasks");
    const { code, out: printed, err } = await run(() => runBenchmarks([dir, "--out", out]));
    assert.equal(code, 1);
    assert.match(err, /Cannot read .*broken\.json/);
    assert.equal(printed.length, 1);
    const { name, split, kind, examples, known } = JSON.parse(printed[0]);
    assert.deepEqual({ name, split, kind, examples, known }, {
      name: "aime",
      split: "test",
      kind: "math",
      examples: 1,
      known: false,
    });
    const task = JSON.parse(await Deno.readTextFile(join(out, "aime-test.jsonl")));
    assert.equal(task.answer, "33");
    assert.match((await run(() => runBenchmarks([join(dir, "no")]))).err, /Cannot find/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
