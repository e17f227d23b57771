import assert from "node:assert/strict";
import { gradeTask } from "@potstill/grading/grade_task.ts";
import { loadBenchmark } from "@potstill/tasks/load_benchmark.ts";

const REAL = new URL("../../../shared/data/real/", import.meta.url);

/** Files of questions: benchmark, examples, and what their tasks keep. */
const FILES = {
  "2wiki_closed_questions.jsonl": ["2wikimultihopqa", 524, ["evidence", "goldTitles"], []],
  "2wiki_train_annotated.jsonl": [
    "2wikimultihopqa",
    500,
    ["type", "evidence", "goldTitles"],
    ["hops", "facts", "explanation"],
  ],
  "hotpotqa_closed_questions.jsonl": [
    "hotpotqa",
    333,
    ["type", "level", "source", "evidence", "goldTitles"],
    [],
  ],
  "hotpotqa_train_annotated.jsonl": [
    "hotpotqa",
    100,
    ["type", "level", "evidence", "goldTitles"],
    ["facts"],
  ],
  "musique_train_annotated.jsonl": [
    "musique",
    100,
    ["type", "evidence", "goldTitles"],
    ["hops"],
  ],
  "gsm8k_train.jsonl": ["gsm8k", 7473, [], ["solution"]],
  "svamp_test.jsonl": ["svamp", 1000, ["type"], ["equation"]],
} as const;

Deno.test("real files: name, number, annotations; each gold answer is right", async (t) => {
  for (const [file, [name, count, kept, annotated]] of Object.entries(FILES)) {
    const path = new URL(file, REAL).pathname;
    const isThere = await Deno.stat(path).then(() => true, () => false);
    await t.step({
      name: `${file}${isThere ? "" : " (skipped: not on this machine)"}`,
      ignore: !isThere,
      fn: async () => {
        const loaded = await loadBenchmark(path);
        assert.deepEqual([loaded.name, loaded.examples, loaded.tasks.length], [name, count, count]);
        for (const task of loaded.tasks) {
          for (const key of kept) assert.ok(task[key], `${task.id} has no ${key}`);
          for (const key of annotated) {
            assert.ok(task.annotation?.[key], `${task.id} has no ${key}`);
          }
        }
        const right = loaded.tasks.filter((task) =>
          gradeTask(task, task.answer).verdict === "correct"
        );
        assert.ok(right.length >= 0.995 * count, `${right.length} of ${count}`);
      },
    });
  }
});
