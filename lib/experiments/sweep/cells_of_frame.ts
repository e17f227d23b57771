import type { DataFrame } from "nodejs-polars";
import type { JsonValue } from "../../records/json.ts";
import { optionsOfManifest } from "../distill/distill_options.ts";
import { rowsFromFrame } from "../../evaluation/rows_frame.ts";
import { systemIdOf, TEACHER_TRAINING_ID } from "../../evaluation/system_id.ts";
import type { StoredCell, ThenCost } from "./stored_cell.ts";

/** Begins the name of a column that holds an option. */
export const OPTION_PREFIX = "option_";

/** Columns that hold the cost of a student's going on. */
export const THEN_COLUMNS: Readonly<Record<keyof ThenCost, string>> = {
  sampledTokens: "thenSampledTokens",
  trainedTokens: "thenTrainedTokens",
  readTokens: "thenReadTokens",
  durationMs: "thenDurationMs",
};

/**
 * The runs of a sweep from its frame, also after a way through Parquet: what findings are made from,
 * without the runs' folders. The teacher's attempts are there if the frame was made with them.
 *
 * @throws {Error} naming the column that is missing, or the line and field at fault
 *
 * @example
 * ```ts
 * import { sweepFrame } from "@potstill/experiments";
 * import { cellsOfFrame } from "@potstill/experiments/sweep/cells_of_frame.ts";
 * if (cellsOfFrame(sweepFrame({ cells: [] })).length !== 0) throw new Error("not empty");
 * ```
 */
export function cellsOfFrame(frame: DataFrame): StoredCell[] {
  for (const name of ["cell", "cellDurationMs"]) {
    if (!frame.columns.includes(name)) {
      throw new Error(`Cannot read a sweep's frame: it has no column ${name}`);
    }
  }
  const optionNames = frame.columns.filter((name) => name.startsWith(OPTION_PREFIX));
  const records = frame.toRecords();
  const rows = rowsFromFrame(frame);
  const places = Map.groupBy(records.keys(), (place) => String(records[place].cell));
  return [...places].map(([name, own]) => {
    const record = records[own[0]];
    const options = Object.fromEntries(
      optionNames.map((column) => [column.slice(OPTION_PREFIX.length), record[column]]),
    ) as Record<string, JsonValue>;
    const all = own.map((place) => rows[place]);
    return {
      name,
      path: "",
      options: optionsOfManifest(options),
      rows: all.filter((row) => systemIdOf(row) !== TEACHER_TRAINING_ID),
      teacherRows: all.filter((row) => systemIdOf(row) === TEACHER_TRAINING_ID),
      durationMs: Number(record.cellDurationMs),
      ...thenOf(record),
    };
  });
}

function thenOf(record: Readonly<Record<string, unknown>>): Pick<StoredCell, "then"> {
  if ((record[THEN_COLUMNS.trainedTokens] ?? null) === null) return {};
  const entries = Object.entries(THEN_COLUMNS).map(([field, column]) => [
    field,
    Number(record[column]),
  ]);
  return { then: Object.fromEntries(entries) as ThenCost };
}
