import pl from "nodejs-polars";
import { ERROR_KINDS, type EvaluationRow } from "../evaluation/evaluation_row.ts";
import { rowsFrame } from "../evaluation/rows_frame.ts";
import type { Table } from "../display/table.ts";
import { numberText } from "../display/table_column.ts";
import { tableOf } from "../display/table_of.ts";

/** The table of errors: steps that failed, by kind, for every 100 tasks of a system. */
export function errorTable(rows: readonly EvaluationRow[], systems: readonly string[]): Table {
  const columns = ERROR_KINDS.map((kind) => `errors_${kind.replaceAll("-", "_")}`);
  const all = rowsFrame(rows);
  const totals = all.withColumn(
    columns.map((name) => pl.col(name)).reduce((a, b) => a.plus(b)).alias("errors"),
  );
  const groups = totals.groupBy("system").agg(
    pl.col("taskId").count().cast(pl.Float64).alias("tasks"),
    ...columns.map((name) => pl.col(name).mean().multiplyBy(100).alias(`${name}_per_100_tasks`)),
    pl.col("errors").gt(0).cast(pl.Float64).mean().alias("tasks_with_errors"),
  );
  return tableOf({
    name: "errors",
    caption:
      "Errors by kind for every 100 tasks (a task may have several), and the share of tasks " +
      "with at least one, in percent.",
    data: inOrder(groups, systems),
    columns: [
      "system",
      { field: "tasks", header: null },
      ...columns.map((name, i) => ({
        field: `${name}_per_100_tasks`,
        header: ERROR_KINDS[i],
        digits: 1,
      })),
      { field: "tasks_with_errors", header: "tasks with errors, %", percent: true },
    ],
  });
}

/** The table of costs: means per task of steps, calls, tokens and time. */
export function costTable(rows: readonly EvaluationRow[], systems: readonly string[]): Table {
  const means = [
    "steps",
    "toolCalls",
    "searchCalls",
    "promptTokens",
    "completionTokens",
    "durationMs",
    "samples",
  ];
  const groups = rowsFrame(rows).groupBy("system").agg(
    ...means.map((name) => pl.col(name).mean().alias(name)),
  );
  return tableOf({
    name: "costs",
    caption:
      "Means for one task. Tokens read and written are summed over the steps, tokens written " +
      "over the samples too; tokens read are counted once per step.",
    data: inOrder(groups, systems),
    columns: [
      "system",
      { field: "steps", digits: 2 },
      { field: "toolCalls", header: "tool calls", digits: 2 },
      { field: "searchCalls", header: "searches", digits: 2 },
      { field: "promptTokens", header: "tokens read", digits: 0 },
      { field: "completionTokens", header: "tokens written", digits: 0 },
      {
        field: "durationMs",
        header: "seconds",
        show: (row) => numberText(Number(row.durationMs) / 1000, 2),
      },
      { field: "samples", digits: 0 },
    ],
  });
}

/** The frame with its lines in the order of `systems`; a frame's groups come in any order. */
function inOrder(frame: pl.DataFrame, systems: readonly string[]): pl.DataFrame {
  const present = new Set(frame.getColumn("system").toArray());
  const order = systems.filter((system) => present.has(system));
  return pl.DataFrame([pl.Series("system", order, pl.Utf8)])
    .join(frame, { on: "system", how: "left" });
}
