import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadResults } from "@potstill/report/load_results.ts";
import { factsOfResultFile } from "@potstill/report/result_file_name.ts";
import { row } from "../evaluation/rows.ts";

const jsonl = (...values: unknown[]) =>
  values.map((value) => JSON.stringify(value) + "\n").join("");
const cot = (id: unknown, extra: object = {}) => ({
  id,
  question: "Q?",
  answer: "7",
  response: "So \\boxed{7}.",
  score: true,
  ...extra,
});

async function withTree(
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "potstill-results-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const QWEN = "Qwen2.5-1.5B-Instruct_temp=0.0_seed=42_type=reasoning";

Deno.test("the reference's result tree: every system and benchmark once", async () => {
  const aime = "logs/qa_results/vllm/Qwen_Qwen2.5-1.5B-Instruct/aime_90_20250504_test";
  const olym = "logs/qa_results/vllm/Qwen_Qwen2.5-1.5B-Instruct/olymath_200_20250511_test";
  const student = "training_outputs/student-1.5B/qa_results/hotpotqa_500_20250422_test";
  await withTree({
    [`${aime}/${QWEN}.jsonl`]: jsonl(cot(0, { score: undefined })),
    [`${aime}/evaluations/${QWEN}_scored.jsonl`]: jsonl(cot(0)),
    [`${aime}/evaluations/evaluation_summary_${QWEN}.json`]: '{"accuracy": 1}',
    [`${olym}/${QWEN}_rag.jsonl`]: jsonl(cot(0, { dataset_name: "OlymMATH" })),
    [`${olym}/evaluations/${QWEN.replace("42", "43")}_scored.jsonl`]: jsonl(cot(0)),
    [`${student}/evaluations/Qwen2.5-1.5B-Instruct_temp=0.4_n=8_seed=7_type=agent_steps=5_max_tokens=2048_code_only_5603fffcac0a_scored.jsonl`]:
      jsonl({
        ...cot("5a7a06935542990198eaf050"),
        log_data: { messages: [{ role: "assistant" }] },
      }),
    [`${student}/filtered.json`]: "not a result",
  }, async (folder) => {
    await symlink(join(folder, "nowhere"), join(folder, "logs", "link"));
    const { rows, imported } = await loadResults([{ path: folder }]);
    assert.deepEqual(
      rows.map((r) => [r.system, r.benchmark, r.paradigm, r.seed, r.samples, r.student]).sort(),
      [
        ["Qwen2.5-1.5B-Instruct CoT", "aime", "cot", 42, 1, null],
        ["Qwen2.5-1.5B-Instruct CoT", "olymmath", "cot", 43, 1, null],
        ["Qwen2.5-1.5B-Instruct CoT RAG", "olymmath", "cot-rag", 42, 1, null],
        ["student-1.5B agent n=8 T=0.4", "hotpotqa", "agent", 7, 8, "student-1.5B"],
      ].sort(),
    );
    assert.equal(imported.length, 4);
    assert.ok(rows.every(({ model }) => model === "Qwen2.5-1.5B-Instruct"));
  });
});

Deno.test("records name their system and benchmark; the file's name is the last resort", async () => {
  await withTree({
    // Two models in one file, and a name that would tell another benchmark.
    "a_gsm_hard.jsonl": jsonl(
      cot(1, { model_id: "org/Small-1B", dataset_name: "MATH" }),
      cot(1, { model_id: "org/Large-9B", dataset_name: "MATH" }),
      cot(2, { system: "mine", model_id: "x", dataset_name: "OlymMATH" }),
      cot("2hop__1_2"),
    ),
    "Qwen2.5-Math-1.5B_hotpotqa.jsonl": jsonl(cot(1)),
    "Qwen2.5-Math-7B_hotpotqa.jsonl": jsonl(cot(1)),
  }, async (folder) => {
    const { rows } = await loadResults([{ path: folder }]);
    assert.deepEqual(rows.map((r) => [r.system, r.benchmark]), [
      ["Qwen2.5-Math-1.5B", "hotpotqa"],
      ["Qwen2.5-Math-7B", "hotpotqa"],
      ["Small-1B", "math"],
      ["Large-9B", "math"],
      ["mine", "olymmath"],
      ["a", "musique"],
    ]);
    const path = join(folder, "a_gsm_hard.jsonl");
    const named = await loadResults([{ path }], { benchmark: "aime" });
    assert.deepEqual([...new Set(named.rows.map(({ benchmark }) => benchmark))], ["aime"]);
  });
});

Deno.test("runs are found in folders of folders; a bad line in rows is told as such", async () => {
  await withTree({
    "seeds/one/rows.jsonl": jsonl(row({ system: "A" })),
    "seeds/two/rows.jsonl": jsonl(row({ system: "B" })),
    "seeds/two/notes.jsonl": "{}",
  }, async (folder) => {
    const { rows } = await loadResults([{ path: folder }]);
    assert.deepEqual(rows.map(({ system }) => system), ["A", "B"]);
    const bad = join(folder, "seeds", "one", "rows.jsonl");
    await writeFile(bad, jsonl(row({ system: "A" }), { system: "A" }));
    await assert.rejects(loadResults([{ path: folder }]), /rows\.jsonl line 2: field runId/);
    for (const value of ["null", "[]", "7", '"x"']) {
      await writeFile(bad, `${value}\n`);
      await assert.rejects(loadResults([{ path: bad }]), /line 1: a result must be an object, not/);
    }
  });
});

Deno.test("settings in a file's name", () => {
  const facts = factsOfResultFile(
    "m_500/gpt-4o_temp=0.7_seed=x_type=agent_steps=5_max_tokens=9_code_only_prefix_v2.jsonl",
  );
  assert.equal(facts.system, "gpt-4o agent prefix T=0.7 v2");
  assert.deepEqual([facts.seed, facts.firstThoughtPrefix], [0, true]);
  assert.equal(facts.fallbackBenchmark, undefined);
});
