import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replayTrajectory } from "@potstill/agent/replay_trajectory.ts";
import { createAnnotatedTeacher } from "@potstill/annotations/annotated_teacher.ts";
import { buildIndex } from "@potstill/retrieval/index/build_index.ts";
import { corpusSource } from "@potstill/retrieval/index/passage_source.ts";
import { loadBenchmark } from "@potstill/tasks/load_benchmark.ts";
import { filterTrajectories } from "@potstill/trajectories/filter_trajectories.ts";
import { openWorkbench } from "@potstill/workbench/open_workbench.ts";
import { answersAhead } from "./no_answer_ahead.ts";

const folder = new URL("../../../shared/data/real/", import.meta.url).pathname;

/** File, questions, share that must be kept, questions attempted with POTSTILL_ALL_REAL=1. */
const SETS = [
  ["2wiki_train_annotated.jsonl", 30, 0.7, 500],
  ["musique_train_annotated.jsonl", 10, 0.5, 100],
  ["hotpotqa_train_annotated.jsonl", 10, 0.6, 100],
  ["gsm8k_train.jsonl", 40, 0.95, 1000],
] as const;

interface Row {
  readonly context?: readonly (readonly [string, readonly string[]])[];
  readonly paragraphs?: readonly { readonly title: string; readonly paragraph_text: string }[];
}

/** The paragraphs that come with the questions of a file, as lines of a corpus. */
function contexts(file: string): string[] {
  const rows = readFileSync(join(folder, file), "utf8").trim().split("\n")
    .map((line): Row => JSON.parse(line));
  return rows.flatMap(({ context = [], paragraphs = [] }) => [
    ...context.map(([title, text]) => `${title}\n${text.map((one) => one.trim()).join(" ")}`),
    ...paragraphs.map(({ title, paragraph_text }) => `${title}\n${paragraph_text}`),
  ]);
}

Deno.test({
  name: "attempts made of published annotations: kept, nothing named ahead, the same when run anew",
  ignore: SETS.some(([file]) => !existsSync(join(folder, file))),
  fn: async () => {
    const work = mkdtempSync(join(tmpdir(), "potstill-annotated-"));
    const all = Deno.env.get("POTSTILL_ALL_REAL") === "1";
    try {
      const corpus = [...new Set(SETS.flatMap(([file]) => contexts(file)))];
      const lines = corpus.map((contents, id) => JSON.stringify({ id: String(id), contents }));
      writeFileSync(join(work, "corpus.jsonl"), lines.join("\n"));
      const index = join(work, "index");
      await buildIndex(index, await corpusSource([join(work, "corpus.jsonl")]));
      const bench = await openWorkbench({ search: index, processes: 2 });
      try {
        for (const [file, few, share, many] of SETS) {
          const loaded = await loadBenchmark(join(folder, file), { fallbackSplit: "train" });
          const tasks = loaded.tasks.slice(0, all ? many : few);
          const teacher = createAnnotatedTeacher(tasks);
          const made = [];
          for (let i = 0; i < tasks.length; i += 2) {
            made.push(
              ...await Promise.all(tasks.slice(i, i + 2).map((task) => bench.solve(teacher, task))),
            );
          }
          const { kept, counts } = filterTrajectories(made);
          const told = `${file}: ${kept.length} of ${tasks.length} kept, ${JSON.stringify(counts)}`;
          if (all) console.log(told);
          assert.ok(kept.length >= share * tasks.length, told);
          assert.deepEqual(made.flatMap(answersAhead), []);
          for (const trajectory of all ? kept : kept.slice(0, 10)) {
            const { isSame, answer } = await replayTrajectory(trajectory, bench);
            assert.ok(isSame, `${trajectory.id} gives ${answer} anew`);
          }
        }
      } finally {
        await bench.close();
      }
    } finally {
      rmSync(work, { recursive: true });
    }
  },
});
