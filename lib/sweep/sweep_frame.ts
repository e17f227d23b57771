import type { DataFrame } from "nodejs-polars";
import pl from "nodejs-polars";
import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { type ColumnType, frameFrom, rowsFrame } from "../report/frame.ts";
import type { StoredCell } from "./stored_cell.ts";

/**
 * Every graded answer of a sweep as one Polars frame: the columns of `rowsFrame`, the cell's name
 * (`cell`), and each of its options as `option_<name>` (a row has a `seed`, `samples` and `student` of
 * its own).
 *
 * @example
 * ```ts
 * import { sweepFrame } from "@potstill/sweep/sweep_frame.ts";
 * if (sweepFrame({ cells: [] }).height !== 0) throw new Error("not empty");
 * ```
 */
export function sweepFrame(sweep: { readonly cells: readonly StoredCell[] }): DataFrame {
  const rows: EvaluationRow[] = sweep.cells.flatMap((cell) => cell.rows);
  const cellOf = sweep.cells.flatMap((cell) => cell.rows.map(() => cell));
  const names = [...new Set(sweep.cells.flatMap(({ options }) => Object.keys(options)))];
  const types: Record<string, ColumnType> = { cell: "text" };
  for (const name of names) types[`option_${name}`] = typeOf(name, sweep.cells);
  const records = cellOf.map(({ name: cell, options }) => ({
    cell,
    ...Object.fromEntries(
      names.map((name) => [`option_${name}`, options[name as keyof typeof options] ?? null]),
    ),
  }));
  return pl.concat([frameFrom<Record<string, unknown>>(records, types), rowsFrame(rows)], {
    how: "horizontal",
  });
}

function typeOf(name: string, cells: readonly StoredCell[]): ColumnType {
  const values = cells.map(({ options }) => options[name as keyof typeof options]);
  if (values.every((value) => typeof value === "number")) return "number";
  return values.every((value) => typeof value === "boolean") ? "boolean" : "text";
}
