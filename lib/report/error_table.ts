import pl from "nodejs-polars";
import { ERROR_KINDS, type EvaluationRow } from "../evaluation/evaluation_row.ts";
import { rowsFrame } from "./frame.ts";
import { Table } from "../display/table.ts";

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
  const frame = inOrder(groups, systems);
  return new Table({
    name: "errors",
    caption:
      "Errors by kind for every 100 tasks (a task may have several), and the share of tasks " +
      "with at least one, in percent.",
    columns: ["system", ...ERROR_KINDS, "tasks with errors, %"],
    rows: frame.toRecords().map((record) => [
      String(record.system),
      ...columns.map((name) => number(record[`${name}_per_100_tasks`], 1)),
      number(Number(record.tasks_with_errors) * 100, 1),
    ]),
    frame,
  });
}

/** The table of costs: means a task of steps, calls, tokens and time. */
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
  const frame = inOrder(groups, systems);
  return new Table({
    name: "costs",
    caption:
      "Means for one task. Tokens read and written are summed over the steps, tokens written " +
      "over the samples too; tokens read are counted once a step.",
    columns: [
      "system",
      "steps",
      "tool calls",
      "searches",
      "tokens read",
      "tokens written",
      "seconds",
      "samples",
    ],
    rows: frame.toRecords().map((record) => [
      String(record.system),
      number(record.steps, 2),
      number(record.toolCalls, 2),
      number(record.searchCalls, 2),
      number(record.promptTokens, 0),
      number(record.completionTokens, 0),
      number(Number(record.durationMs) / 1000, 2),
      number(record.samples, 0),
    ]),
    frame,
  });
}

function number(value: unknown, digits: number): string {
  return Number(value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** The frame with its lines in the order of `systems`; a frame's groups come in any order. */
function inOrder(frame: pl.DataFrame, systems: readonly string[]): pl.DataFrame {
  const present = new Set(frame.getColumn("system").toArray());
  const order = systems.filter((system) => present.has(system));
  return pl.DataFrame([pl.Series("system", order, pl.Utf8)])
    .join(frame, { on: "system", how: "left" });
}
