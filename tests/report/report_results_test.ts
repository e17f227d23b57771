import assert from "node:assert/strict";
import { join } from "node:path";
import { runReport } from "@potstill/cli/report.ts";
import type { EvaluationRow } from "@potstill/evaluation/evaluation_row.ts";
import { modelTier, systemTraits } from "@potstill/evaluation/system_traits.ts";
import { codeErrorRates } from "@potstill/report/code_error_table.ts";
import { rowsFrame, rowsFromFrame } from "@potstill/evaluation/rows_frame.ts";
import { loadResults } from "@potstill/report/load_results.ts";
import { comparisonsOf, reportResults } from "@potstill/report/report_results.ts";
import { allTraits, tierTable } from "@potstill/report/tier_table.ts";
import { summarize } from "@potstill/evaluation/summarize.ts";
import { NO_ERRORS } from "@potstill/evaluation/evaluation_row.ts";
import pl from "nodejs-polars";
import { row } from "../evaluation/rows.ts";

const SHARED = new URL("../../../shared/data/traces/", import.meta.url).pathname;
const isThere = await Deno.stat(SHARED).then(() => true, () => false);

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "potstill-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function quiet<T>(body: () => Promise<T>): Promise<{ value: T; out: string; err: string }> {
  const { log, error } = console;
  let [out, err] = ["", ""];
  console.log = (text: unknown) => out += `${text}\n`;
  console.error = (text: unknown) => err += `${text}\n`;
  try {
    return { value: await body(), out, err };
  } finally {
    Object.assign(console, { log, error });
  }
}

/** Ten tasks of a system, the first `right` of them correct. */
function tenTasks(right: number, fields: Partial<EvaluationRow>): EvaluationRow[] {
  return Array.from(
    { length: 10 },
    (_, i) => row({ taskId: `t${i}`, verdict: i < right ? "correct" : "wrong", ...fields }),
  );
}

const student = { student: "s", model: "Qwen2.5-1.5B agent" };
const cot = { system: "cot", paradigm: "cot", student: "c", model: "Qwen2.5-1.5B cot" } as const;
const rows: EvaluationRow[] = [
  ...tenTasks(4, cot),
  ...tenTasks(5, {
    ...student,
    system: "agent",
    steps: 2,
    codeSteps: 1,
    errorKinds: { ...NO_ERRORS, parse: 1 },
  }),
  ...tenTasks(7, { ...student, system: "sag", samples: 8, voteShare: 0.5, completionTokens: 160 }),
  ...tenTasks(6, { ...student, system: "ftp", firstThoughtPrefix: true }),
];

Deno.test("a system's tier and method follow from its rows", () => {
  assert.deepEqual(
    [
      "Qwen2.5-1.5B-Instruct",
      "qwen2.5-0.5b",
      "Llama-3.1-70B",
      "gpt-4o-mini",
      "cot_x-7b_y",
      "x 4M",
      "llama70b",
    ]
      .map(modelTier),
    ["1.5B", "0.5B", "70B", null, "7B", "4M", "70B"],
  );
  const traits = allTraits(rows, ["cot", "agent", "sag", "ftp"]);
  assert.deepEqual(traits.map(({ tier, method }) => [tier, method]), [
    ["1.5B", "CoT distillation"],
    ["1.5B", "agent distillation"],
    ["1.5B", "agent distillation + sag"],
    ["1.5B", "agent distillation + ftp"],
  ]);
  assert.deepEqual(comparisonsOf(traits, rows), [
    ["agent", "cot"],
    ["sag", "cot"],
    ["ftp", "cot"],
    ["sag", "agent"],
    ["ftp", "agent"],
  ]);
  const rag = row({ student: null, paradigm: "cot-rag", model: "m" });
  assert.equal(systemTraits([rag]).method, "CoT prompting + RAG");
});

Deno.test("the tier table has the paper's mean of the same size and method", () => {
  const big = tenTasks(9, { system: "teacher", student: null, model: "Qwen2.5-32B" });
  const all = [...rows, ...big];
  const systems = ["cot", "agent", "sag", "ftp", "teacher"];
  const table = tierTable(summarize(all), allTraits(all, systems))!;
  assert.deepEqual(table.rows.map((cells) => [cells[0], cells[2], cells.at(-1)]), [
    ["32B", "teacher", "46.00"],
    ["1.5B", "cot", "21.28"],
    ["1.5B", "agent", "28.06"],
    ["1.5B", "ftp", null],
    ["1.5B", "sag", "30.29"],
  ]);
  const unknown = [row({ model: "m", system: "A", student: "s" })];
  assert.equal(tierTable(summarize(unknown), allTraits(unknown, ["A"])), null);
});

Deno.test("error rates are shares of the steps and of the code that was run", () => {
  const rates = codeErrorRates([
    row({ steps: 3, codeSteps: 2, errorKinds: { ...NO_ERRORS, parse: 1, execution: 1 } }),
    row({ steps: 6, codeSteps: 2, errorKinds: { ...NO_ERRORS, parse: 3, "max-steps": 1 } }),
  ]);
  assert.deepEqual(rates, {
    steps: 8,
    codeSteps: 4,
    parse: 0.5,
    execution: 0.25,
    timeout: 0,
    unfinished: 0.5,
  });
});

Deno.test("a report of runs has the ablations, the samples figure and the paper's averages", async () => {
  await withFolder(async (folder) => {
    const { report, files } = await reportResults(
      { rows, imported: [], files: [] },
      { out: folder, command: "potstill report" },
    );
    const { sag, ftp, published, codeErrors } = report.tables;
    assert.equal(sag!.rows.length, 1);
    const [withSag, without, difference, , parse, , tokens] = sag!.rows[0];
    assert.deepEqual([withSag, without], ["sag", "agent"]);
    assert.ok(typeof difference === "object" && Math.abs(difference!.estimate - 0.2) < 1e-12);
    assert.deepEqual([parse, tokens], ["50.0 → 0.0", "20 → 160"]);
    assert.deepEqual(ftp!.rows.map((cells) => cells.slice(0, 2)), [["ftp", "agent"]]);
    assert.equal(published!.rows.find((c) => c[1] === "sag")?.[6], "30.29");
    assert.deepEqual(codeErrors!.rows.map((cells) => cells[0]), ["agent", "sag", "ftp"]);
    assert.match(report.charts.numbers!.text, /agent, N = 1: 50\.0%\n.*agent, N = 8: 70\.0%/);
    assert.match(report.charts.tokens!.text, /sag, mathematics: 160 tokens/);
    const names = files.map((file) => file.slice(folder.length + 1));
    for (const name of ["tables/tiers.tex", "tables/ablation_sag.md", "tables/main_table.csv"]) {
      assert.ok(names.includes(name), name);
    }
    for (const name of ["figures/number_of_samples.svg", "figures/tokens_written.vl.json"]) {
      assert.ok(names.includes(name), name);
    }
    assert.deepEqual((await loadResults([{ path: folder }])).rows, rows);
  });
});

Deno.test("rows survive the way through a Polars frame and Parquet", async () => {
  assert.deepEqual(rowsFromFrame(rowsFrame(rows)), rows);
  await withFolder(async (folder) => {
    const path = join(folder, "rows.parquet");
    rowsFrame(rows).writeParquet(path);
    assert.deepEqual((await loadResults([{ path }])).rows, rows);
  });
  const broken = rowsFrame(rows).withColumn(pl.lit("maybe").alias("verdict"));
  assert.throws(() => rowsFromFrame(broken), /line 1 of a frame: field verdict .*maybe/);
});

Deno.test("sources are named, and a row that comes twice is refused", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "a.jsonl");
    await Deno.writeTextFile(
      path,
      tenTasks(5, { system: "x" }).map((r) => JSON.stringify(r)).join("\n"),
    );
    const two = await loadResults([{ path }, { path, name: "y" }]);
    assert.deepEqual([...new Set(two.rows.map((r) => r.system))], ["x", "y"]);
    await assert.rejects(loadResults([{ path }, { path }]), /"x" has two rows of lab-math\/t0/);
    await assert.rejects(loadResults([{ path: join(folder, "none") }]), /Cannot find .*none/);
    await Deno.writeTextFile(path, "{}\n{");
    await assert.rejects(loadResults([{ path }]), /a\.jsonl line 2: /);
    await Deno.writeTextFile(path, "{}\n");
    await assert.rejects(loadResults([{ path }]), /a\.jsonl line 1: .*no benchmark is known/);
  });
});

Deno.test("result files of the reference join own runs in one report", async () => {
  await withFolder(async (folder) => {
    const results = join(folder, "cot_small-0.5b_math_500.jsonl");
    const record = (id: number, generated: string, score: number) =>
      JSON.stringify({
        id,
        question: "Q",
        answer: "7",
        response: `So \\boxed{${generated}}.`,
        score,
      });
    await Deno.writeTextFile(
      results,
      [record(1, "7", 1), record(2, "8", 0), record(3, "7.0", 0)].join("\n"),
    );
    const own = join(folder, "own.jsonl");
    await Deno.writeTextFile(own, JSON.stringify(row({ benchmark: "math", taskId: "1" })) + "\n");
    const out = join(folder, "report");
    const { value, out: text } = await quiet(() =>
      runReport([own, results, "--out", out, "--recorded", "--compare", "A:cot_small-0.5b"])
    );
    assert.equal(value, 0);
    assert.match(text, /mean of all .*\*?100\.0 .*66\.7 .*33\.3/);
    const agreement = await Deno.readTextFile(join(out, "tables", "grader_agreement.csv"));
    assert.match(agreement, /cot_small-0\.5b,math,math grader,3/);
    const differing = await Deno.readTextFile(join(out, "tables", "disagreements.csv"));
    assert.match(differing, /cot_small-0\.5b,math,3,7,7\.0,wrong,correct,the same number/);
    const tiers = await Deno.readTextFile(join(out, "tables", "tiers.md"));
    assert.match(tiers, /\| 0\.5B \| CoT prompting \| cot_small-0\.5b \|/);
    const refused = await quiet(() => runReport([own, "--out", out, "--student", "B"]));
    assert.equal(refused.value, 2);
    assert.match(refused.err, /--student: no system is called "B"; there are A/);
  });
});

Deno.test({
  name: `four recorded files make the four-benchmark table${
    isThere ? "" : " (skipped: the recorded results are not on this machine)"
  }`,
  ignore: !isThere,
  fn: async () => {
    const names = ["math_500_20250414", "gsm_hard_500_20250507", "hotpotqa_500_20250422"];
    const sources = [...names, "musique_500_20250504"].map((name) => ({
      path: `${SHARED}cot_qwen2.5-1.5b_${name}.jsonl`,
    }));
    // The recorded mathematics was graded so.
    const { rows, imported } = await loadResults(sources, { mathPolicy: "qwen2.5-math" });
    assert.deepEqual([...new Set(rows.map((r) => r.system))], ["cot_qwen2.5-1.5b"]);
    assert.equal(imported.length, 2000);
    const { scores } = summarize(
      imported.map(({ row, recorded }) => ({ ...row, verdict: recorded })),
    );
    assert.deepEqual(
      scores.map(({ benchmark, accuracy }) => [benchmark, accuracy.estimate]).sort(),
      [["gsm-hard", 0.48], ["hotpotqa", 0.184], ["math", 0.474], ["musique", 0.036]],
    );
    const { scores: anew } = summarize(rows);
    for (
      const { benchmark, accuracy } of scores.filter(({ benchmark }) => /math|gsm/.test(benchmark))
    ) {
      const now = anew.find((score) => score.benchmark === benchmark)!.accuracy;
      assert.ok(now.low < accuracy.estimate && accuracy.estimate < now.high, benchmark);
    }
  },
});
