import assert from "node:assert/strict";
import type { Task } from "../../lib/records/task.ts";
import { evidenceRecall } from "../../lib/retrieval/quality/evidence_recall.ts";
import { recallChart } from "../../lib/report/recall_chart.ts";
import { recallTable } from "../../lib/report/recall_table.ts";
import type { Retriever } from "../../lib/retrieval/retriever.ts";

const task = (benchmark: string, question: string, evidence?: string[]): Task => ({
  id: question,
  benchmark,
  split: "test",
  kind: "qa",
  question,
  answer: "",
  evidence,
});

const TASKS = [
  task("one-hop", "p1", ["p1"]),
  task("one-hop", "p9", ["p1"]),
  task("two-hop", "p2 p3", ["p2", "p3"]),
  task("two-hop", "p2 p4", ["p2", "p3"]),
  task("two-hop", "no evidence"),
];

/** Finds the passages whose ids the question spells. */
const spelled: Retriever = {
  name: "spelled",
  search: (query, topK) =>
    Promise.resolve(
      query.split(" ").slice(0, topK)
        .map((id) => ({ passage: { id, title: "", text: "" }, score: 1 })),
    ),
};

Deno.test("gold passages are counted by benchmark", async () => {
  assert.deepEqual(await evidenceRecall(spelled, "spelled", TASKS), [
    {
      benchmark: "one-hop",
      mode: "spelled",
      topK: 3,
      questions: 2,
      gold: 2,
      found: 1,
      anyFound: 1,
    },
    {
      benchmark: "two-hop",
      mode: "spelled",
      topK: 3,
      questions: 2,
      gold: 4,
      found: 3,
      anyFound: 2,
    },
  ]);
  const [, first] = await evidenceRecall(spelled, "spelled", TASKS, 1);
  assert.equal(first.found, 2);
});

Deno.test("recall as a table and a figure", async () => {
  const recalls = [
    ...await evidenceRecall(spelled, "three", TASKS),
    ...await evidenceRecall(spelled, "one", TASKS, 1),
  ];
  const table = recallTable(recalls);
  assert.deepEqual(table.columns, ["mode", "one-hop", "two-hop"]);
  assert.match(table.toMarkdown(), /\| three \| 50\.0 .*\| \*\*75\.0 /);
  assert.match(table.toCsv(), /one,two-hop,1\.?0?,2\.?0?,4\.?0?,2\.?0?,0\.5,/);
  const { svg, text } = await recallChart(recalls);
  assert.match(text, /^one-hop, three: 50\.0$/m);
  assert.match(svg, /^<svg/);
});
