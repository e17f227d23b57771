import type { DataFrame } from "nodejs-polars";
import pl from "nodejs-polars";
import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { type ColumnType, frameFrom } from "../../display/frame.ts";
import { rowsFrame } from "../../evaluation/rows_frame.ts";
import { OPTION_PREFIX, THEN_COLUMNS } from "./cells_of_frame.ts";
import type { StoredCell, ThenCost } from "./stored_cell.ts";

/**
 * Every graded answer of a sweep as one Polars frame: the columns of `rowsFrame`, the cell's name and
 * time (`cell`, `cellDurationMs`), the cost of a student's going on (`then...`, where one does), and each of its options as `option_<name>` (a row has a `seed`,
 * `samples` and `student` of its own). `cellsOfFrame` reads it back.
 *
 * @param withTeacher whether the teacher's attempts at the training tasks are rows as well
 * @example
 * ```ts
 * import { sweepFrame } from "@potstill/experiments";
 * if (sweepFrame({ cells: [] }).height !== 0) throw new Error("not empty");
 * ```
 */
export function sweepFrame(
  sweep: { readonly cells: readonly StoredCell[] },
  withTeacher = false,
): DataFrame {
  const rowsOf = (cell: StoredCell): readonly EvaluationRow[] =>
    withTeacher ? [...cell.rows, ...cell.teacherRows] : cell.rows;
  const rows = sweep.cells.flatMap(rowsOf);
  const cellOf = sweep.cells.flatMap((cell) => rowsOf(cell).map(() => cell));
  const names = [...new Set(sweep.cells.flatMap(({ options }) => Object.keys(options)))];
  const types: Record<string, ColumnType> = { cell: "text", cellDurationMs: "number" };
  for (const name of names) types[OPTION_PREFIX + name] = typeOf(name, sweep.cells);
  const isThen = sweep.cells.some(({ then }) => then !== undefined);
  if (isThen) { for (const column of Object.values(THEN_COLUMNS)) types[column] = "number"; }
  const records = cellOf.map(({ name: cell, durationMs: cellDurationMs, options, then }) => ({
    cell,
    cellDurationMs,
    ...(isThen
      ? Object.fromEntries(
        Object.entries(THEN_COLUMNS).map(([field, column]) => [
          column,
          then?.[field as keyof ThenCost] ?? null,
        ]),
      )
      : {}),
    ...Object.fromEntries(
      names.map((name) => [OPTION_PREFIX + name, options[name as keyof typeof options] ?? null]),
    ),
  }));
  return pl.concat([frameFrom<Record<string, unknown>>(records, types), rowsFrame(rows)], {
    how: "horizontal",
  });
}

/** The type of an option's values; those that are not set say nothing of it. */
function typeOf(name: string, cells: readonly StoredCell[]): ColumnType {
  const values = cells.map(({ options }) => options[name as keyof typeof options] ?? null)
    .filter((value) => value !== null);
  if (values.length === 0) return "text";
  if (values.every((value) => typeof value === "number")) return "number";
  return values.every((value) => typeof value === "boolean") ? "boolean" : "text";
}
