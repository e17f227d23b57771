import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import pl from "nodejs-polars";
import { BENCHMARKS } from "@potstill/tasks/descriptors.ts";
import { benchmarkFromBytes, loadBenchmark } from "@potstill/tasks/load_benchmark.ts";
import { taskCluster } from "@potstill/tasks/task_cluster.ts";

const OWN = { name: "own" };
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const lines = (...values: unknown[]) =>
  new TextEncoder().encode(values.map((value) => JSON.stringify(value) + "\n").join(""));

Deno.test("the reference's shape", () => {
  const loaded = benchmarkFromBytes(
    "gsm_hard_2.json",
    bytes({
      metadata: { dataset_info: { name: "MATH", total_examples: 3 } },
      examples: [
        { id: 7, question: "2 + 3?", answer: 5.0, dataset_name: "GSM-hard", split: "test" },
        {
          id: 8,
          question: "A tiny one?",
          answer: 3.509e-07,
          dataset_name: "GSM-hard",
          split: "test",
        },
        { id: 9, question: "None?", answer: null, dataset_name: "GSM-hard", split: "test" },
        { id: 7, question: "Again?", answer: 1, dataset_name: "GSM-hard", split: "test" },
      ],
    }),
  );
  assert.equal(loaded.name, "gsm-hard");
  assert.deepEqual([loaded.form, loaded.kind, loaded.split], ["reference", "math", "test"]);
  assert.deepEqual(loaded.tasks.map((task) => [task.id, task.answer]), [["7", "5"], [
    "8",
    "0.0000003509",
  ]]);
  assert.equal(loaded.examples, 4);
  assert.deepEqual(loaded.fields, { id: 4, question: 4, answer: 3, dataset_name: 4, split: 4 });
  assert.deepEqual(loaded.problems.map((p) => [p.problem, p.ids]), [
    ["no answer", ["9"]],
    ["id occurs twice; later ones are left out", ["7"]],
    ["metadata tells of 3 examples", []],
    ['metadata calls it "MATH"', []],
  ]);
  assert.equal(loaded.isKnownFile, false);
});

Deno.test("FlashRAG's JSON lines", () => {
  const metadata = {
    type: "bridge",
    level: "hard",
    supporting_facts: { title: ["Ada"], sent_id: [0] },
    context: { title: ["Ada"], content: [["Ada wrote it."]] },
  };
  const hotpot = { id: "dev_0", question: "Q?", golden_answers: ["Ada", "A. L."], metadata };
  const [task] = benchmarkFromBytes("x.jsonl", lines(hotpot)).tasks;
  assert.deepEqual([task.benchmark, task.answer, task.aliases], ["hotpotqa", "Ada", ["A. L."]]);
  assert.deepEqual(task.annotation?.facts, [
    { title: "Ada", sentence: "Ada wrote it." },
  ]);
  const plain = lines({ id: "test_0", question: "Q?", golden_answers: ["Ada", "A. L."] });
  const named = benchmarkFromBytes("bamboogle.jsonl", plain, { name: "bamboogle" });
  assert.deepEqual([named.name, named.tasks[0].aliases], ["bamboogle", ["A. L."]]);
});

Deno.test("Parquet and CSV", () => {
  const frame = pl.DataFrame({
    ID: ["2024-I-1", "2024-II-2"],
    Problem: ["P?", "R?"],
    Answer: [204, 73],
  });
  const parquet = benchmarkFromBytes("aime_2024.parquet", frame.writeParquet());
  assert.equal(parquet.form, "parquet");
  assert.deepEqual(parquet.tasks.map((task) => [task.id, task.question, task.answer]), [
    ["2024-I-1", "P?", "204"],
    ["2024-II-2", "R?", "73"],
  ]);
  const csv = Buffer.from('Question,Answer\n"Who, then?",Bond\n"Since when?",0962\n');
  const loaded = benchmarkFromBytes("Bamboogle.csv", csv);
  assert.deepEqual(loaded.tasks.map((task) => [task.question, task.answer]), [
    ["Who, then?", "Bond"],
    ["Since when?", "0962"],
  ]);
});

Deno.test("what cannot be read is named", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  assert.throws(
    () => benchmarkFromBytes("x.json", encode("")),
    /Cannot read x\.json: the file is empty/,
  );
  assert.throws(() => benchmarkFromBytes("x.json", encode("{")), /Cannot read x\.json: /);
  assert.throws(
    () => benchmarkFromBytes("x.json", encode('{"a":1}')),
    /its fields are "a"\. Name it/,
  );
  assert.throws(() => benchmarkFromBytes("x.json", encode("[]")), /holds no examples/);
  assert.throws(() => benchmarkFromBytes("x.jsonl", encode('{"id":1}\n{"id":')), /x\.jsonl line 2/);
  assert.throws(
    () => benchmarkFromBytes("x.parquet", encode("PAR1 nonsense")),
    /Cannot read x\.parquet/,
  );
  assert.throws(() => benchmarkFromBytes("x.parquet", encode("a,b")), /no JSON, .*with "a,b"/);
});

Deno.test("MuSiQue's tasks are clustered by their last hop", () => {
  assert.equal(taskCluster({ benchmark: "musique", id: "4hop2__1_2_3_44" }), "musique/44");
  assert.equal(taskCluster({ benchmark: "musique", id: "odd" }), undefined);
  assert.equal(taskCluster({ benchmark: "math", id: "4hop2__1_2" }), undefined);
});

const SHARED = new URL("../../../shared/data/benchmarks/", import.meta.url);

Deno.test("the reference's own files load whole and are known", async (t) => {
  for (const { name, kind, files } of BENCHMARKS) {
    for (const file of files) {
      const path = new URL(file.name, SHARED).pathname;
      const isThere = await Deno.stat(path).then(() => true, () => false);
      await t.step({
        name: `${file.name}${isThere ? "" : " (skipped: not on this machine)"}`,
        ignore: !isThere,
        fn: async () => {
          const loaded = await loadBenchmark(path);
          assert.deepEqual([loaded.name, loaded.kind, loaded.split], [name, kind, file.split]);
          assert.equal(loaded.examples, file.examples);
          assert.equal(loaded.isKnownFile, true);
          assert.ok(loaded.tasks.length >= 0.995 * loaded.examples);
        },
      });
    }
  }
});

Deno.test("a file of which nothing can be used is refused with its fields", () => {
  for (
    const [record, why] of [
      [{ question: "Q?", options: ["A) 1", "B) 2"], correct: "A" }, /choices that the .*"correct"/],
      [
        { question: "Q?", choices: ["x", "y"], answer: 1 },
        /choices that the question does not show/,
      ],
      [{ question: "Q?", choices: { text: ["x"], label: ["A"] }, answerKey: "A" }, /"answerKey"/],
      [{ question: ["Q1?", "Q2?"], answer: ["a", "b"] }, /\(no question\).*"question", "answer"/],
      [{ instruction: "Do", output: "x" }, /\(no question\).*"instruction", "output"/],
      [{ question: "Q?", answer: null, answer_number: 11 }, /\(no answer\).*"answer_number"/],
      [{ "Who?": "Where?", Ann: "Rome" }, /its fields are "Who\?", "Ann"/],
      [{}, /its fields are none/],
    ] as const
  ) {
    assert.throws(() => benchmarkFromBytes("own.jsonl", lines(record), OWN), (error: Error) => {
      assert.match(
        error.message,
        /^Cannot use own\.jsonl: no example has a question and an answer/,
      );
      assert.match(error.message, why);
      return true;
    });
  }
});

Deno.test("every listed answer is right, but parts of a mathematical one are not", () => {
  const listed = (record: object, kind: "qa" | "math") =>
    benchmarkFromBytes("own.jsonl", lines(record, { question: "R?", answer: "r" }), {
      kind,
      ...OWN,
    });
  const nq = listed({ question: "Who?", answer: ["Ann", "Anna", "Ann"] }, "qa").tasks[0];
  assert.deepEqual([nq.answer, nq.aliases], ["Ann", ["Anna"]]);
  const both = listed({ question: "Who?", answer: ["Ann"], golden_answers: ["A."] }, "qa").tasks[0];
  assert.deepEqual([both.answer, both.aliases], ["Ann", ["A."]]);
  const parts = listed({ question: "x?", answer: ["2", "3"] }, "math");
  assert.deepEqual(parts.problems.map(({ problem }) => problem), ["several answers"]);
  assert.equal(listed({ question: "x?", answer: ["2"] }, "math").tasks[0].answer, "2");
});

Deno.test("questions in other clothes: ASDiv's story, SimpleQA's problem, choices in the text", () => {
  const one = (record: object) => benchmarkFromBytes("own.jsonl", lines(record), OWN);
  const asdiv = one({ body: "Ann has 7 apples.", question: "How many?", answer: "7 (apples)" });
  assert.equal(asdiv.tasks[0].question, "Ann has 7 apples. How many?");
  const simple = one({ problem: "Who received the award in 2010?", answer: "Michio Sugeno" });
  assert.equal(simple.kind, "qa");
  assert.equal(one({ problem: "x?", answer: "\\frac{1}{2}\\text{ metres}" }).kind, "math");
  assert.equal(one({ problem: "x?", answer: "abc" }).kind, "math");
  assert.equal(one({ question: "Q?", answer: "He has\n#### 12" }).kind, "math");
  const shown = one({ question: "Which? (A) tin (B) lead", choices: ["tin", "lead"], answer: "B" });
  assert.equal(shown.tasks[0].answer, "B");
  const chat = one({ prompt: [{ role: "user", content: "Who?" }], answer: "Ann" });
  assert.equal(chat.tasks[0].question, "Who?");
});
