import type { Table } from "../display/table.ts";
import { tableOf } from "../display/table_of.ts";

/** A flat record: one row of a table. */
export type FlatRecord = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Records as a table for a notebook or a terminal, with the columns of the first record.
 *
 * @throws {RangeError} when there is no record
 * @example
 * ```ts
 * import { recordsTable } from "@potstill";
 * const table = recordsTable([{ tree: "birch", bark: "white" }]);
 * if (!table.toText().includes("birch")) throw new Error("not shown");
 * ```
 */
export function recordsTable(records: readonly FlatRecord[], caption = ""): Table {
  return tableOf({ name: "records", caption, data: records });
}
