import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import pl from "nodejs-polars";
import type { Task } from "@potstill/records/task.ts";
import { benchmarkFromBytes, loadBenchmark } from "@potstill/tasks/load_benchmark.ts";
import { contextId } from "@potstill/tasks/question_contexts.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const lines = (...values: unknown[]) =>
  encode(values.map((value) => JSON.stringify(value) + "\n").join(""));
/** A file whose name says nothing, or something wrong. */
const load = (bytes: Uint8Array, path = "train_math_gsm8k.json") => {
  const { tasks, ...about } = benchmarkFromBytes(path, bytes);
  return { ...about, tasks, task: tasks[0] };
};
const rest = ({ benchmark: _, split: __, kind: ___, ...task }: Task) => task;

const HOTPOT = {
  _id: "5ab0000055429901b2c30000",
  question: "Which river flows through the town where the mill of Ann Lee stands?",
  answer: "Teal",
  type: "bridge",
  level: "hard",
  supporting_facts: [["Ann Lee", 1], ["Millford", 0], ["Ann Lee", 1]],
  context: [
    ["Ann Lee", ["Ann Lee was a miller.", " Her mill stands in Millford."]],
    ["Other", ["Not it."]],
    ["Millford", ["Millford lies on the Teal."]],
  ],
};
const GOLD = [
  contextId({ title: "Ann Lee", text: "Ann Lee was a miller. Her mill stands in Millford." }),
  contextId({ title: "Millford", text: "Millford lies on the Teal." }),
];

Deno.test("HotpotQA, distractor and full wiki: facts, gold passages, yes or no", () => {
  const yesNo = { ...HOTPOT, _id: "x", answer: "Yes", type: "comparison", supporting_facts: [] };
  const array = encode(JSON.stringify([HOTPOT, yesNo], null, 1));
  const { name, kind, split, form, tasks, task } = load(array);
  assert.deepEqual([name, kind, split, form], ["hotpotqa", "qa", "test", "json"]);
  assert.deepEqual(rest(task), {
    id: HOTPOT._id,
    question: HOTPOT.question,
    answer: "Teal",
    level: "hard",
    type: "bridge",
    evidence: GOLD,
    goldTitles: ["Ann Lee", "Millford"],
    annotation: {
      facts: [
        { title: "Ann Lee", sentence: "Her mill stands in Millford." },
        { title: "Millford", sentence: "Millford lies on the Teal." },
        { title: "Ann Lee", sentence: "Her mill stands in Millford." },
      ],
    },
  });
  assert.equal(tasks[1].isYesNo, true);
  // Full wiki: the gold passages need not be among those found.
  const fullWiki = load(encode(JSON.stringify([{ ...HOTPOT, context: [["Other", ["No."]]] }])));
  assert.deepEqual([fullWiki.name, fullWiki.task.evidence], ["hotpotqa", undefined]);
  assert.deepEqual(fullWiki.task.goldTitles, ["Ann Lee", "Millford"]);
  const { context, supporting_facts: facts, ...plain } = HOTPOT;
  const hub = {
    ...plain,
    id: plain._id,
    supporting_facts: { title: facts.map(([t]) => t), sent_id: facts.map(([, s]) => s) },
    context: { title: context.map(([t]) => t), sentences: context.map(([, s]) => s) },
  };
  assert.deepEqual(rest(load(lines(hub)).task), rest(task));
});

const TWO_WIKI = {
  _id: "q1",
  type: "compositional",
  question: "Where was the director of Fog born?",
  context: [["Fog (film)", ["Fog is a film by Ann Lee."]], ["Ann Lee", ["She was born in Bath."]]],
  supporting_facts: [["Fog (film)", 0], ["Ann Lee", 0]],
  evidences: [["Fog", "director", "Ann Lee"], ["Ann Lee", "place of birth", "Bath"]],
  answer: "Bath",
};

Deno.test("2WikiMultiHopQA: JSON, and Parquet with JSON texts", () => {
  const { name, task } = load(encode(JSON.stringify([TWO_WIKI])), "hotpot.json");
  assert.equal(name, "2wikimultihopqa");
  assert.deepEqual(task.annotation?.hops, [
    { subject: "Fog", relation: "director", answer: "Ann Lee", title: "Fog (film)" },
    { subject: "Ann Lee", relation: "place of birth", answer: "Bath", title: "Ann Lee" },
  ]);
  assert.deepEqual([task.type, task.goldTitles?.length, task.evidence?.length], [
    "compositional",
    2,
    2,
  ]);
  const columns = Object.entries(TWO_WIKI).map(([key, value]) => [
    key,
    [typeof value === "string" ? value : JSON.stringify(value)],
  ]);
  const parquet = pl.DataFrame(Object.fromEntries(columns)).writeParquet();
  const loaded = load(parquet, "dev");
  assert.equal(loaded.form, "parquet");
  assert.deepEqual(loaded.task, task);
  const explained = {
    ...TWO_WIKI,
    qa_pairs: [
      { question: "Who directed Fog?", answer: "Ann Lee directed Fog." },
      { question: "Where was Ann Lee born?", answer: "She was born in Bath." },
    ],
    explanation: "Ann Lee directed Fog.",
    supporting_facts: [["Ann Lee", 0], ["Ann Lee", 0], ["Fog (film)", 0]],
  };
  const { annotation } = load(lines(explained)).task;
  assert.deepEqual(annotation?.hops?.[0], {
    subject: "Fog",
    relation: "director",
    answer: "Ann Lee",
    question: "Who directed Fog?",
    statement: "Ann Lee directed Fog.",
    title: "Fog (film)",
  });
  assert.equal(annotation?.explanation, "Ann Lee directed Fog.");
});

Deno.test("MuSiQue: decomposition, aliases; unanswerable questions are left out", () => {
  const paragraph = (idx: number, title: string, is_supporting: boolean) => {
    return { idx, title, paragraph_text: `About ${title}.`, is_supporting };
  };
  const musique = {
    id: "2hop__1_22",
    paragraphs: [paragraph(0, "A", false), paragraph(1, "B", true), paragraph(2, "C", true)],
    question: "Who wrote the song of B?",
    question_decomposition: [
      { id: 1, question: "B >> song", answer: "Hum", paragraph_support_idx: 1 },
      { id: 22, question: "Who wrote #1 ?", answer: "Ann", paragraph_support_idx: 2 },
    ],
    answer: "Ann",
    answer_aliases: ["Ann Lee", "Ann"],
    answerable: true,
  };
  const open = { ...musique, answerable: false };
  const { name, task, tasks, problems } = load(lines(musique, open));
  assert.deepEqual([name, tasks.length, task.type, task.aliases], [
    "musique",
    1,
    "2hop",
    ["Ann Lee"],
  ]);
  assert.deepEqual(problems.map((p) => [p.problem, p.count]), [["unanswerable", 1]]);
  assert.deepEqual(task.annotation?.hops, [
    { question: "B >> song", answer: "Hum", title: "B" },
    { question: "Who wrote #1 ?", answer: "Ann", title: "C" },
  ]);
  assert.deepEqual(task.goldTitles, ["B", "C"]);
  assert.deepEqual(task.evidence, [
    contextId({ title: "B", text: "About B." }),
    contextId({ title: "C", text: "About C." }),
  ]);
});

Deno.test("Bamboogle, GSM8K, GSM-Hard", () => {
  const csv = encode('\ufeffQuestion,Answer\r\n"Who, before Ann?",Bea\r\nWhen?,1901\r\n');
  const bamboogle = load(csv, "x.csv");
  assert.deepEqual([bamboogle.name, bamboogle.kind], ["bamboogle", "qa"]);
  assert.deepEqual(bamboogle.tasks.map(({ answer }) => answer), ["Bea", "1901"]);
  const gsm = load(lines(
    { question: "Two pens of 24?", answer: "He pays 2*24=<<2*24=48>>48.\n#### 48" },
  ));
  assert.deepEqual([gsm.name, gsm.kind, gsm.task.id, gsm.task.answer], [
    "gsm8k",
    "math",
    "1",
    "48",
  ]);
  assert.deepEqual(gsm.task.annotation, { solution: "He pays 2*24=<<2*24=48>>48.\n#### 48" });
  const hard = load(lines(
    { input: "Q?", code: "def solution():\n    return 12.5", target: 12.5 },
    { input: "R?", code: "def solution(): ...", target: 13138980.0 },
  ));
  assert.deepEqual([hard.name, hard.tasks.map(({ answer }) => answer)], [
    "gsm-hard",
    ["12.5", "13138980"],
  ]);
  assert.match(hard.task.annotation?.program ?? "", /return 12\.5/);
});

Deno.test("SVAMP: JSON, CSV, and the CSV of its repository", () => {
  const svamp = {
    ID: "chal-1",
    Body: "There are 8 pens and 3 hats.",
    Question: "How many more pens?",
    Equation: "( 8.0 - 3.0 )",
    Answer: 5.0,
    Type: "Subtraction",
  };
  const json = load(encode(JSON.stringify([svamp])));
  assert.deepEqual([json.name, rest(json.task)], ["svamp", {
    id: "chal-1",
    question: "There are 8 pens and 3 hats. How many more pens?",
    answer: "5",
    type: "Subtraction",
    annotation: { equation: "( 8.0 - 3.0 )" },
  }]);
  const row = Object.values({ ...svamp, Answer: "5.0" }).join(",");
  const csv = load(encode(`${Object.keys(svamp).join(",")}\n${row}\n`), "x.csv");
  assert.deepEqual(csv.task, json.task);
  const templates = load(
    encode(
      "Question,Numbers,Equation,Answer,group_nums,Body,Ques\n" +
        "There are number0 pens and number1 hats . How many more ?,8.0 3.5," +
        '- number0 number1,4.5,"[1, 2]",There are number0 pens,How many more ?\n',
    ),
    "x.csv",
  );
  assert.equal(templates.name, "svamp");
  assert.equal(templates.task.question, "There are 8 pens and 3.5 hats . How many more ?");
  assert.deepEqual(templates.task.annotation, { equation: "( 8 - 3.5 )" });
});

Deno.test("MATH: a folder with a file for each problem, JSON lines; MATH-500", async () => {
  const problem = {
    problem: "What is $1/2$ of three?",
    level: "Level 4",
    type: "Counting & Probability",
    solution: "It is $\\boxed{\\frac{3}{2}}$.",
  };
  const { name, task } = load(lines(problem));
  assert.deepEqual([name, rest(task)], ["math", {
    id: "1",
    question: problem.problem,
    answer: "\\frac{3}{2}",
    level: "Level 4",
    type: "Counting & Probability",
    annotation: { solution: problem.solution },
  }]);
  const math500 = load(lines({
    problem: "P?",
    solution: "It is \\boxed{2}.",
    answer: "2",
    subject: "Algebra",
    level: 3,
    unique_id: "test/algebra/7.json",
  }));
  assert.deepEqual([math500.name, math500.task.id, math500.task.level, math500.task.type], [
    "math",
    "test/algebra/7.json",
    "3",
    "Algebra",
  ]);
  const folder = await Deno.makeTempDir();
  try {
    for (const path of ["algebra/10", "algebra/9", "geometry/1"]) {
      await Deno.mkdir(`${folder}/${path.split("/")[0]}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}.json`, JSON.stringify(problem, null, 2));
    }
    const loaded = await loadBenchmark(folder, { fallbackSplit: "train" });
    assert.deepEqual([loaded.name, loaded.split], ["math", "train"]);
    assert.deepEqual(loaded.tasks.map(({ id }) => id), ["algebra/9", "algebra/10", "geometry/1"]);
    await Deno.writeTextFile(`${folder}/geometry/1.json`, "[]");
    await assert.rejects(loadBenchmark(folder), /geometry\/1\.json: it holds 0 examples/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("AIME in its copies' forms; OlymMATH", () => {
  for (
    const record of [
      { ID: "2024-II-4", Problem: "P?", Solution: "S", Answer: 33 },
      {
        id: 60,
        problem: "P?",
        answer: "033",
        url: "https://x.org/2024_AIME_II_Problems/Problem_4",
      },
      { id: 61, problem: "P?", solution: "S", answer: "033", year: "2024" },
      { ID: "2024-I-3", Year: 2024, "Problem Number": 3, Question: "P?", Answer: "33", Part: "I" },
    ]
  ) {
    const { name, kind, task } = load(lines(record));
    assert.deepEqual([name, kind, task.question, Number(task.answer)], ["aime", "math", "P?", 33]);
  }
  const olymmath = load(lines({
    problem: "求 $x$。",
    answer: "$\\frac{1}{2}$",
    subject: "Algebra",
    unique_id: "OlymMATH-EASY-3-ZH",
  }));
  assert.equal(olymmath.name, "olymmath");
  assert.deepEqual([olymmath.task.level, olymmath.task.source, olymmath.task.type], [
    "easy",
    "zh-easy",
    "Algebra",
  ]);
});

Deno.test("tasks that were written out are read back as they are", () => {
  const { task } = load(encode(JSON.stringify([HOTPOT])));
  const lab = { ...task, benchmark: "lab-hotpotqa", split: "train" };
  const loaded = load(lines(lab, { ...lab, id: "2" }));
  assert.deepEqual([loaded.name, loaded.split, loaded.task], ["lab-hotpotqa", "train", lab]);
  assert.throws(
    () => load(lines(lab, { ...lab, benchmark: "math" })),
    /line 2: benchmark is "math", and "lab-hotpotqa" before/,
  );
  assert.throws(
    () => load(lines({ ...lab, annotation: { hops: [{ answer: 1 }] } })),
    /line 1: task\.annotation\.hops\[0\]\.answer is not a text but 1/,
  );
});

Deno.test("split: the examples' own word, else the option, never the file's name", () => {
  const of = (split: unknown, fallbackSplit?: "train" | "test") =>
    benchmarkFromBytes("gsm8k_train.jsonl", lines({ ...HOTPOT, split }), { fallbackSplit });
  for (
    const [told, fallback, wanted] of [
      [undefined, undefined, "test"],
      [undefined, "train", "train"],
      ["?", "train", "train"],
      ["train", "test", "train"],
      ["validation", "train", "test"],
      ["dev", "train", "test"],
    ] as const
  ) assert.equal(of(told, fallback).tasks[0].split, wanted, `${told} ${fallback}`);
  assert.match(of("fold3").problems[0].problem, /split "fold3" is not known; taken for test/);
});

Deno.test("packed files, byte order marks, line breaks of Windows, blank lines", () => {
  const text = `\ufeff${JSON.stringify(HOTPOT)}\r\n\r\n`;
  for (const bytes of [encode(text), gzipSync(encode(text))]) {
    assert.equal(load(bytes, "x.jsonl").task.id, HOTPOT._id);
  }
  assert.equal(load(gzipSync(encode(`[${JSON.stringify(HOTPOT)}]`)), "x.json.gz").form, "json");
  const csv = gzipSync(encode("Question,Answer\r\nWho?,Bea\r\n"));
  assert.equal(load(csv, "x.csv.gz").name, "bamboogle");
});

Deno.test("a field of another form is named with file, line and value", () => {
  const second = (change: object, base: object = HOTPOT) => lines(base, { ...base, ...change });
  for (
    const [bytes, wanted] of [
      [second({ question: 7 }), /x line 2: question must be a text, not 7/],
      [second({ answer: { text: "A" } }), /x line 2: answer must be a text or a number, not \{/],
      [second({ level: ["hard"] }), /x line 2: level must be a text or a number, not \["hard"\]/],
      [second({ supporting_facts: "Ann" }), /x line 2: supporting_facts must be .*, not "Ann"/],
      [second({ supporting_facts: [["Ann"]] }), /supporting_facts\[0\] must be .* not \["Ann"\]/],
      [second({ supporting_facts: [["A", -1]] }), /supporting_facts\[0\] must be .* not -1/],
      [second({ context: [["A", "text", 3]] }), /x line 2: context\[0\] must be/],
      [second({ context: { title: ["A"], sentences: [] } }), /context\.sentences must be as long/],
      [second({ evidences: [["a", "b"]] }, TWO_WIKI), /evidences\[0\] must be .*not \["a","b"\]/],
      [second({ answerable: "no" }), /x line 2: answerable must be true or false, not "no"/],
      [second({ answer_aliases: 5 }), /x line 2: answer_aliases must be a list of texts, not 5/],
      [second({ gold_passages: "p1" }), /x line 2: gold_passages must be a list of texts/],
    ] as const
  ) assert.throws(() => load(bytes, "x"), wanted);
  const idx = {
    id: "2hop__1_2",
    question: "Q?",
    answer: "A",
    paragraphs: [],
    question_decomposition: [{ question: "Q", answer: "A", paragraph_support_idx: 3 }],
  };
  const one = { idx: 0, title: "T", paragraph_text: "P." };
  assert.throws(
    () => load(lines({ ...idx, paragraphs: [one] }), "x"),
    /line 1: question_decomposition\[0\]\.paragraph_support_idx must be .*, not 3/,
  );
});

Deno.test("files that hold two sets, or none, or nothing", () => {
  const gsm = { question: "Q?", answer: "<<1+1=2>>2\n#### 2" };
  for (
    const [bytes, wanted] of [
      [
        lines(HOTPOT, HOTPOT, gsm),
        /x\.jsonl is: 2 of 3 examples are in the form of hotpotqa, line 3 is not; its fields are "question", "answer"\. Name/,
      ],
      [
        lines({ id: "p1", title: "T", text: "x" }),
        /that of passages, which `deno task potstill index` reads/,
      ],
      [
        lines({ instruction: "Do", input: "", output: "x" }),
        /conversations, which `deno task potstill import`/,
      ],
      [encode(" \n"), /the file is empty/],
      [encode("\ufeff"), /the file is empty/],
      [gzipSync(encode("")), /there is nothing in it/],
      [encode("PK\u0003\u0004zip"), /it is a zip archive; unpack it first/],
      [encode("[1]"), /x\.jsonl line 1: an example must be an object, not 1/],
      [encode('[\n{"a": 1}\n{"a": 2}]'), /x\.jsonl line 2: Unexpected non-whitespace/],
      [encode('[{"a": 1},\n{"a": 2}'), /x\.jsonl line 2: the array ends within this element/],
      [encode('[{"a": 1},\n{"a": '), /x\.jsonl line 2: the array ends within this element/],
      [encode('[{"a": 1}}'), /x\.jsonl line 1: a comma is missing/],
      [encode("["), /x\.jsonl line 1: the array ends/],
      [encode("[,]"), /x\.jsonl line 1: an element is missing/],
      [encode('[{"a": 1}]\n]'), /x\.jsonl line 2: something follows the array/],
      [encode('[{"a": 1},\n{a: 2}]'), /x\.jsonl line 2: /],
      [Buffer.from([91, 34, 255, 34, 93]), /x\.jsonl: it is not UTF-8/],
    ] as const
  ) assert.throws(() => load(bytes, "x.jsonl"), wanted);
});
