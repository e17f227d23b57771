import { type ColumnType, frameFrom } from "./frame.ts";
import { Table } from "../display/table.ts";

/** A flat record: one row of a table. */
export type FlatRecord = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Records as a table for a notebook or a terminal, with the columns of the first record.
 *
 * @throws {RangeError} when there is no record
 * @example
 * ```ts
 * import { recordsTable } from "@potstill/report/records_table.ts";
 * const table = recordsTable([{ tree: "birch", bark: "white" }]);
 * if (!table.toText().includes("birch")) throw new Error("not shown");
 * ```
 */
export function recordsTable(records: readonly FlatRecord[], caption = ""): Table {
  if (records.length === 0) throw new RangeError("Cannot show a table: there is no record");
  const columns = Object.keys(records[0]);
  const types = Object.fromEntries(columns.map((name) => [name, typeOf(records, name)]));
  return new Table({
    name: "records",
    caption,
    columns,
    rows: records.map((record) =>
      columns.map((name) => shown(Object.hasOwn(record, name) ? record[name] : null))
    ),
    frame: frameFrom(records, types),
  });
}

function typeOf(records: readonly FlatRecord[], column: string): ColumnType {
  const value = records.find((record) => Object.hasOwn(record, column) && record[column] != null)
    ?.[column];
  return typeof value === "number" ? "number" : typeof value === "boolean" ? "boolean" : "text";
}

function shown(value: FlatRecord[string]): string | null {
  return value === null || value === undefined ? null : String(value);
}
