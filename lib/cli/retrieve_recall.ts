import type { LanceIndex, SearchMode } from "../retrieval/lance_index.ts";
import { goldKey, goldRecall } from "../retrieval/quality/gold_recall.ts";
import { goldRecallRows, goldRecallTable } from "../report/gold_recall_table.ts";
import { openProgress } from "../runs/progress/open_progress.ts";
import { loadBenchmark } from "../tasks/load_benchmark.ts";

/** Settings of {@link printRecall}. */
export interface RecallSettings {
  /** Benchmark files with gold passages. */
  readonly files: readonly string[];
  /** Name of their benchmark. @default recognised by their fields */
  readonly benchmarkName?: string;
  /** Ways of searching that are compared. */
  readonly modes: readonly SearchMode[];
  /** Numbers of hits that are looked at. */
  readonly ks: readonly number[];
  /** Way of telling gold passages. @default by id if the index has any of the ids */
  readonly goldBy?: "id" | "title";
  /** True if the figures are printed as JSON in place of tables. */
  readonly json: boolean;
  /** Ends the work. */
  readonly signal?: AbortSignal;
}

/**
 * Prints which share of the gold passages of benchmark files an index finds, by way of searching, kind of
 * question and number of hits.
 *
 * @throws {Error} naming the file that has no gold passages
 */
export async function printRecall(index: LanceIndex, settings: RecallSettings): Promise<void> {
  const { modes, ks, json, signal } = settings;
  for (const file of settings.files) {
    const { name, tasks } = await loadBenchmark(file, { name: settings.benchmarkName });
    const asked = tasks.filter(({ evidence = [], goldTitles = [] }) =>
      evidence.length + goldTitles.length > 0
    );
    if (asked.length === 0) {
      throw new Error(
        `Cannot tell the recall for ${file}: its questions name no gold passages (gold_passages, ` +
          "supporting_facts, or paragraphs with is_supporting)",
      );
    }
    const known = {
      ids: await index.having("id", asked.flatMap(({ evidence = [] }) => evidence)),
      titles: await index.having("title", asked.flatMap(({ goldTitles = [] }) => goldTitles)),
    };
    const key = settings.goldBy ?? goldKey(asked, known);
    const progress = openProgress("auto");
    const rows = [];
    for (const mode of modes) {
      const stage = progress.stage(mode, asked.length);
      const results = await goldRecall(index.withMode(mode), asked, {
        ks,
        key,
        known,
        signal,
        onQuestion: (done) => stage.update(done),
      });
      stage.done();
      rows.push(...goldRecallRows(mode, results, ks));
    }
    if (json) {
      const about = { file, benchmark: name, passages: index.size, goldBy: key };
      console.log(JSON.stringify({ ...about, rows }));
      continue;
    }
    console.log(
      `${file}: ${
        rows[0].count
      } questions of ${name}, ${index.size} passages, gold passages by ${key}`,
    );
    console.log(goldRecallTable(rows, ks).toText());
  }
}
