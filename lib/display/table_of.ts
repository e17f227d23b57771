import { frameFrom } from "./frame.ts";
import { Table } from "./table.ts";
import {
  cellOf,
  type ColumnOf,
  columnOf,
  type FieldOf,
  fieldTypes,
  hasField,
  headerOf,
  type TableColumn,
  valueOf,
} from "./table_column.ts";

/** Data and columns of a {@link tableOf}. */
export interface TableOptions<Row extends object> {
  /** The rows: records, or a Polars frame. */
  readonly data: readonly Row[] | { toRecords(): Row[] };
  /** The columns, the heading of the rows first: fields, or fields with more. @default all fields */
  readonly columns?: readonly ColumnOf<Row>[];
  /** The rows that the table shows; CSV and frame have all. @default all */
  readonly only?: (row: Row) => boolean;
  /** A file name without extension. @default "table" */
  readonly name?: string;
  /** The caption, in a sentence or two. @default none */
  readonly caption?: string;
}

/**
 * A table from records or a frame, whose columns are described once: it shows as text, HTML, Markdown
 * and LaTeX, and keeps every field for CSV.
 *
 * @throws {RangeError} when nothing tells the columns, or naming a field that no row has
 *
 * @example
 * ```ts
 * import { tableOf } from "@potstill";
 * const table = tableOf({
 *   data: [{ system: "agent", accuracy: 0.42, low: 0.4, high: 0.44, tasks: 500 }],
 *   columns: ["system", { field: "accuracy", interval: ["low", "high"] }, "tasks"],
 * });
 * if (!table.toMarkdown().includes("42.0 [40.0, 44.0]")) throw new Error(table.toMarkdown());
 * ```
 */
export function tableOf<Row extends object>(options: TableOptions<Row>): Table {
  const rows = recordsOf(options.data);
  const { name = "table", caption = "", only = () => true } = options;
  if (options.columns === undefined && rows.length === 0) {
    throw new RangeError("Cannot show a table: there is no record, and no columns are named");
  }
  const columns = (options.columns ?? Object.keys(rows[0]) as ColumnOf<Row>[])
    .map((column) => columnOf(column));
  checkColumns(name, columns, rows);
  const shown = columns.filter((column) => headerOf(column) !== null);
  return new Table({
    name,
    caption,
    columns: shown.map((column) => headerOf(column)!),
    align: shown.map(({ align }) => align ?? null),
    rows: rows.filter(only).map((row) => shown.map((column) => cellOf(column, row))),
    frame: frameOfColumns(columns, rows),
  });
}

/** Records as they are, or those of a frame. */
export function recordsOf<Row extends object>(
  data: readonly Row[] | { toRecords(): Row[] },
): readonly Row[] {
  // Looked up, as a frame's proxy has no `in`.
  const frame = data as { toRecords?: () => Row[] };
  return typeof frame.toRecords === "function" ? frame.toRecords() : data as readonly Row[];
}

/** The frame of the columns' fields. */
export function frameOfColumns<Row extends object>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
): Table["frame"] {
  const types = columns.flatMap((column) => fieldTypes(column, rows));
  const records = rows.map((row): Record<string, unknown> =>
    Object.fromEntries(types.map(([field, type]) => {
      const value = valueOf(row, field as FieldOf<Row>);
      return [field, type === "text" && value !== null ? String(value) : value];
    }))
  );
  return frameFrom(records, Object.fromEntries(types));
}

/** Checks that some row has each field. @throws {RangeError} naming one that no row has */
export function checkColumns<Row extends object>(
  name: string,
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
): void {
  for (const { field, interval } of columns.filter(hasField)) {
    for (const one of [field, ...interval ?? []]) {
      if (rows.length === 0 || rows.some((row) => Object.hasOwn(row, one))) continue;
      throw new RangeError(
        `Cannot make table ${name}: no row has the field ${one}, they have ${
          Object.keys(rows[0]).join(", ")
        }`,
      );
    }
  }
}
