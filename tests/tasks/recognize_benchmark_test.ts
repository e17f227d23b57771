import assert from "node:assert/strict";
import { benchmarkAtEnd, benchmarkByName } from "@potstill/tasks/benchmark_name.ts";
import { BENCHMARKS, OTHER_BENCHMARKS } from "@potstill/tasks/descriptors.ts";
import { benchmarkFromBytes } from "@potstill/tasks/load_benchmark.ts";
import { recognizeBenchmark } from "@potstill/tasks/recognize_benchmark.ts";

const lines = (...values: unknown[]) =>
  new TextEncoder().encode(values.map((value) => JSON.stringify(value) + "\n").join(""));

const PLAIN = { question: "Q?", answer: "A" };
const OWN = { name: "own" };

Deno.test("whole names are known in their usual forms, parts of words are not", () => {
  for (
    const [name, wanted] of [
      ["GSM-hard", "gsm-hard"],
      ["reasoning-machines/gsm-hard", "gsm-hard"],
      ["hotpotqa/hotpot_qa", "hotpotqa"],
      ["HuggingFaceH4/MATH-500", "math"],
      ["dgslibisey/MuSiQue", "musique"],
      ["openai/gsm8k", "gsm8k"],
      ["AIME_2024", "aime"],
      ["aime25", "aime"],
      ["OlymMATH", "olymmath"],
      ["2WikiMultihopQA", "2wikimultihopqa"],
      ["aftermath", undefined],
      ["MathQA", undefined],
      ["math-olympiad", undefined],
      ["gsm-plus", undefined],
      ["squad", undefined],
      ["__proto__", undefined],
      ["constructor", undefined],
      ["", undefined],
    ] as const
  ) assert.equal(benchmarkByName(name)?.name, wanted, name);
});

Deno.test("a file's name says nothing: without telling fields it must be named", () => {
  for (
    const file of [
      "gsm_hard_500_20250507.json",
      "olymmath_en_hard.jsonl",
      "musique_ans_v1.0_dev.jsonl",
      "test_bamboogle.csv",
      "hotpotqa.jsonl",
    ]
  ) {
    const path = `/data/math/${file}`;
    assert.throws(() => recognizeBenchmark(path, [PLAIN]), (error: Error) => {
      assert.ok(error.message.startsWith(`Cannot tell which benchmark ${path} is: `));
      assert.match(error.message, /its fields are "question", "answer"\. Name it, also a set of/);
      for (const { name } of [...BENCHMARKS, ...OTHER_BENCHMARKS]) {
        assert.match(error.message, new RegExp(`^  ${name}: `, "m"));
      }
      return true;
    });
    assert.equal(recognizeBenchmark(path, [PLAIN], "my own").name, "my own");
  }
});

Deno.test("ids and fields tell a benchmark whatever its file is called", () => {
  for (
    const [record, name, kind] of [
      [{ ...PLAIN, id: "3hop1__454441_55349_651302" }, "musique", "qa"],
      [{ ...PLAIN, _id: "5a7a06935542990198eaf050" }, "hotpotqa", "qa"],
      [{ ...PLAIN, _id: "8813f87c0bdd11eba7f7acde48001122" }, "2wikimultihopqa", "qa"],
      [{ input: "Q?", code: "def solution(): ...", target: 12.5 }, "gsm-hard", "math"],
      [{ question: "Q?", answer: "It is <<1+1=2>>2.\n#### 2" }, "gsm8k", "math"],
      [{ Body: "B.", Question: "Q?", Equation: "( 1 )", Answer: 1.0, ID: "c-1" }, "svamp", "math"],
      [
        { problem: "P", solution: "\\boxed{1}", level: "Level 5", type: "Algebra" },
        "math",
        "math",
      ],
      [{ problem: "P", answer: "1", unique_id: "test/algebra/1.json" }, "math", "math"],
      [{ ID: "2024-II-4", Problem: "P", Solution: "S", Answer: 33 }, "aime", "math"],
      [
        { problem: "P", answer: "204", url: "https://x.org/wiki/2024_AIME_I_Problems/Problem_1" },
        "aime",
        "math",
      ],
      [{ problem: "P", answer: "1", unique_id: "OlymMATH-HARD-0-EN" }, "olymmath", "math"],
    ] as const
  ) {
    const loaded = benchmarkFromBytes("train.jsonl", lines(record));
    assert.deepEqual([loaded.name, loaded.kind, loaded.tasks.length], [name, kind, 1]);
  }
});

Deno.test("what a file says of itself and the user's word come first; contradictions are told", () => {
  const own = { ...PLAIN, dataset_name: "GSM-Plus", answer: "<<1+1=2>>\n#### 2" };
  const plus = benchmarkFromBytes("math.jsonl", lines(own));
  assert.deepEqual([plus.name, plus.descriptor, plus.kind], ["GSM-Plus", null, "math"]);
  const gsm = { question: "Q?", answer: "<<1+1=2>>\n#### 2" };
  assert.equal(benchmarkFromBytes("math.jsonl", lines(gsm)).name, "gsm8k");
  assert.equal(benchmarkFromBytes("x.jsonl", lines(gsm), { name: "MATH-500" }).name, "math");
  assert.equal(benchmarkFromBytes("math.jsonl", lines(gsm), { name: "mine" }).descriptor, null);
  assert.throws(
    () => benchmarkFromBytes("x.jsonl", lines({ ...gsm, dataset_name: "MATH" })),
    /Cannot tell which benchmark x\.jsonl is: its examples say "MATH", and look like gsm8k; its fields are "question", "answer", "dataset_name"\. Name it.*: --benchmark-name/,
  );
  assert.throws(
    () =>
      benchmarkFromBytes(
        "x.jsonl",
        lines({ ...PLAIN, dataset_name: "MATH" }, { ...PLAIN, dataset_name: "GSM-hard" }),
      ),
    /its examples say MATH, GSM-hard/,
  );
});

Deno.test("the end of a result file's name", () => {
  for (
    const [stem, name, before] of [
      ["cot_qwen2.5-1.5b_gsm_hard_500", "gsm-hard", "cot_qwen2.5-1.5b"],
      ["Qwen2.5-Math-7B_hotpotqa_500", "hotpotqa", "Qwen2.5-Math-7B"],
      ["qwen2.5-math-1.5b_results", undefined, undefined],
      ["aftermath", undefined, undefined],
    ] as const
  ) {
    const found = benchmarkAtEnd(stem);
    assert.deepEqual([found?.benchmark.name, found?.before], [name, before], stem);
  }
});

Deno.test("TriviaQA's, SQuAD's and chat forms; SVAMP's story; keys of any name", () => {
  const trivia = {
    question_id: "tc_1",
    question: "Where?",
    answer: { value: "Hull", aliases: ["Kingston upon Hull"] },
  };
  const [task] = benchmarkFromBytes("trivia.jsonl", lines(trivia), OWN).tasks;
  assert.deepEqual([task.answer, task.aliases], ["Hull", ["Kingston upon Hull"]]);
  const squad = { id: "1", question: "Who?", answers: { text: ["Ann", "Ann Lee"] } };
  assert.equal(benchmarkFromBytes("s.jsonl", lines(squad), OWN).tasks[0].answer, "Ann");
  const chat = {
    messages: [{ role: "system", content: "S" }, { role: "user", content: "Which?" }],
    answer: "x",
  };
  assert.equal(benchmarkFromBytes("c.jsonl", lines(chat), OWN).tasks[0].question, "Which?");
  const svamp = { Body: "Two apples.", Question: "How many?", Equation: "2", Answer: 2, ID: "1" };
  assert.equal(
    benchmarkFromBytes("s.jsonl", lines(svamp)).tasks[0].question,
    "Two apples. How many?",
  );
  const odd = new TextEncoder().encode(
    '{"question":"Q?","answer":"A","__proto__":1,"toString":2}\n',
  );
  const { fields } = benchmarkFromBytes("odd.jsonl", odd, OWN);
  assert.deepEqual(Object.entries(fields), [
    ["question", 1],
    ["answer", 1],
    ["__proto__", 1],
    ["toString", 1],
  ]);
});
