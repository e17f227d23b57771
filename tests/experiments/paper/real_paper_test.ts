import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pl from "nodejs-polars";
import { contextSource, corpusWithContexts } from "@potstill/retrieval/corpus/context_source.ts";
import { buildIndex } from "@potstill/retrieval/index/build_index.ts";
import { corpusSource } from "@potstill/retrieval/index/passage_source.ts";
import { runPaper } from "@potstill/experiments/paper/run_paper.ts";
import { cellsOfFrame } from "@potstill/experiments/sweep/cells_of_frame.ts";
import { loggedProgress } from "../../logged_progress.ts";

const models = Deno.env.get("POTSTILL_MODELS");
const data = Deno.env.get("POTSTILL_REAL_DATA");
const student = join(models ?? "", "smollm2.gguf");
const files = ["2wiki_train_annotated", "2wiki_closed_questions", "2wiki_corpus", "gsm8k_train"];
const [train, test, corpus, math] = files.map((name) => join(data ?? "", `${name}.jsonl`));
const isMissing = [student, train, test, corpus, math].some((path) => !existsSync(path));

Deno.test({
  name: "a small paper with a real model: stopped, resumed, the same rows, no text of others " +
    (isMissing ? "(no POTSTILL_MODELS with smollm2.gguf, or no POTSTILL_REAL_DATA)" : ""),
  ignore: isMissing,
  sanitizeResources: false,
  fn: async () => {
    const folder = await mkdtemp(join(tmpdir(), "potstill-real-paper-"));
    const search = join(folder, "index");
    const passages = corpusWithContexts(
      await corpusSource([corpus]),
      await contextSource([train]),
    );
    await buildIndex(search, passages);
    const out = join(folder, "paper");
    const log: string[] = [];
    const run = (resume: boolean, signal?: AbortSignal) =>
      runPaper({
        profile: "real",
        options: {
          students: [student],
          base: {
            ...{ train: `${train}:40,${math}:40`, test: `${test}:20,${math}:20`, search },
            ...{ leaked: "keep", students: "agent-and-cot", steps: 30, batchTokens: 512 },
            ...{ maxTokens: 512, maxNewTokens: 64, cotMaxNewTokens: 64, maxSteps: 3 },
            systems: "cot-student,agent-student",
          },
        },
        out,
        resume,
        signal,
        progress: loggedProgress(log),
      });
    const cells = join(out, "sweep", "cells");
    const attemptsFile = () => {
      const [cell] = existsSync(cells) ? [...Deno.readDirSync(cells)] : [];
      return cell && join(cells, cell.name, "evaluation", "agent-student.jsonl");
    };
    const stop = new AbortController();
    const watch = setInterval(() => {
      const file = attemptsFile();
      if (file && existsSync(`${file}.partial`)) stop.abort(new Error("interrupted"));
    }, 100);
    await assert.rejects(run(false, stop.signal), /interrupted/);
    clearInterval(watch);
    const { report } = await run(true);
    assert.equal(report.tables.means?.rows.length, 1);
    const attempts = attemptsFile()!;
    const rows = async () => {
      const frame = pl.readParquet(await readFile(join(out, "shareable.parquet")));
      return cellsOfFrame(frame).flatMap(({ rows }) => rows)
        .map(({ durationMs: _, ...row }) => row);
    };
    const before = await rows();
    assert.equal(before.length, 2 * 40);
    assert.ok(before.every(({ gold }) => gold === ""));
    // The answers after a break in the middle of a system are those that were there before.
    const lines = (await readFile(attempts, "utf8")).split("\n");
    await writeFile(`${attempts}.partial`, lines.slice(0, 15).join("\n") + "\n");
    await rm(attempts);
    for (const name of ["metrics.json", "rows.jsonl"]) {
      await rm(join(dirname(attempts), "..", name));
    }
    await run(true);
    assert.deepEqual(await rows(), before);
    await rm(folder, { recursive: true });
  },
});
