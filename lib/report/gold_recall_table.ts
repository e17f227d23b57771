import pl from "nodejs-polars";
import { type Cell, Table } from "../display/table.ts";
import { bootstrapMean } from "../evaluation/bootstrap.ts";
import type { Interval } from "../evaluation/interval.ts";
import type { QuestionRecall } from "../retrieval/quality/gold_recall.ts";
import { taskCluster } from "../tasks/task_cluster.ts";

/** Recall of gold passages in one mode of search, over some questions. */
export interface GoldRecallRow {
  /** Way of searching, such as `full-text`. */
  readonly mode: string;
  /** The questions: `all`, or those of a kind, level or source, such as `type bridge`. */
  readonly questions: string;
  /** Number of questions. */
  readonly count: number;
  /** Gold passages of these questions. */
  readonly gold: number;
  /** Those of them that the index does not have; they count as not found. */
  readonly missing: number;
  /** Mean over the questions with its 95% bootstrap interval, by the number of hits looked at. */
  readonly recall: Readonly<Record<number, Interval>>;
}

const KINDS = ["type", "level", "source"] as const;

/** Fewest questions of a kind that get a row of their own. */
const FEWEST = 5;

/**
 * Rows for a mode of search: all questions, and each kind, level and source that tells questions apart.
 *
 * @param results what `goldRecall` found
 * @param ks numbers of hits that were looked at
 */
export function goldRecallRows(
  mode: string,
  results: readonly QuestionRecall[],
  ks: readonly number[],
): GoldRecallRow[] {
  const groups: [string, readonly QuestionRecall[]][] = [["all", results]];
  for (const kind of KINDS) {
    const values = [...new Set(results.flatMap(({ task }) => task[kind] ?? []))].sort();
    if (values.length < 2) continue;
    for (const value of values) {
      const own = results.filter(({ task }) => task[kind] === value);
      if (own.length >= FEWEST) groups.push([`${kind} ${value}`, own]);
    }
  }
  return groups.map(([questions, own]) => ({
    mode,
    questions,
    count: own.length,
    gold: own.reduce((sum, { gold }) => sum + gold.length, 0),
    missing: own.reduce((sum, { missing }) => sum + missing, 0),
    recall: Object.fromEntries(ks.map((k) => [k, mean(own, k)])),
  }));
}

function mean(results: readonly QuestionRecall[], k: number): Interval {
  return bootstrapMean([{
    values: results.map(({ recall }) => recall[k]),
    clusters: results.map(({ task }) => taskCluster(task) ?? task.id),
  }]);
}

/** The rows as a table: percent of gold passages found, by mode and questions. */
export function goldRecallTable(rows: readonly GoldRecallRow[], ks: readonly number[]): Table {
  return new Table({
    name: "gold_recall",
    caption:
      "Percent of the gold passages among the best hits for the question's own words: means " +
      "over questions with 95% bootstrap intervals.",
    columns: ["Search", "Questions", "Number", "Gold", "Not in index", ...ks.map((k) => `@${k}`)],
    align: [null, "left", "right", "right", "right", ...ks.map(() => null)],
    rows: rows.map(({ mode, questions, count, gold, missing, recall }): Cell[] => [
      mode,
      questions,
      String(count),
      String(gold),
      String(missing),
      ...ks.map((k) => ({ ...recall[k] })),
    ]),
    frame: pl.DataFrame(rows.map(({ recall, ...row }) => ({
      ...row,
      ...Object.fromEntries(ks.flatMap((k) => [
        [`recall@${k}`, recall[k].estimate],
        [`low@${k}`, recall[k].low],
        [`high@${k}`, recall[k].high],
      ])),
    }))),
  });
}
