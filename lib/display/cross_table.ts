import { bestEstimate } from "./best_estimate.ts";
import { type Cell, Table } from "./table.ts";
import {
  cellOf,
  type ColumnOf,
  columnOf,
  type FieldColumn,
  type FieldOf,
  hasField,
  headerOf,
  marked,
  valueOf,
} from "./table_column.ts";
import { checkColumns, frameOfColumns, recordsOf } from "./table_of.ts";

/** A column for each value of the field across; its heading may depend on the value. */
export interface CrossCell<Row extends object> extends Omit<FieldColumn<Row>, "header"> {
  /** The heading; null for a column of CSV and frame alone. @default the value itself */
  readonly header?: null | ((value: string) => string);
}

/** Data and columns of a {@link crossTable}. */
export interface CrossTableOptions<Row extends object> {
  /** One record per cell, or a Polars frame of them. */
  readonly data: readonly Row[] | { toRecords(): Row[] };
  /** The columns that name a row; records that are alike in them are one row. */
  readonly rows: readonly ColumnOf<Row>[];
  /** The field with a column for each of its values. */
  readonly across: FieldOf<Row>;
  /** Its values, in order. @default those of the records, as they come */
  readonly values?: readonly string[];
  /** The columns of each value. */
  readonly cells: readonly CrossCell<Row>[];
  /** Columns at the end; of a row's records the first that has a value gives it. @default none */
  readonly trail?: readonly ColumnOf<Row>[];
  /** The group in which the highest estimate is set off. @default none */
  readonly best?: "row" | "column";
  /** The records among which the best is chosen. @default all */
  readonly ranked?: (row: Row) => boolean;
  /** A file name without extension. @default "table" */
  readonly name?: string;
  /** The caption, in a sentence or two. @default none */
  readonly caption?: string;
}

/**
 * A table of records by two fields, such as systems by benchmarks. CSV and frame are long: one line per
 * record.
 *
 * @throws {RangeError} naming a field that no record has
 *
 * @example
 * ```ts
 * import { crossTable } from "@potstill/experiments";
 * const table = crossTable({
 *   data: [
 *     { system: "agent", benchmark: "hotpotqa", accuracy: 0.4 },
 *     { system: "agent", benchmark: "math", accuracy: 0.2 },
 *   ],
 *   rows: ["system"],
 *   across: "benchmark",
 *   cells: [{ field: "accuracy", percent: true }],
 * });
 * if (table.columns.join() !== "system,hotpotqa,math") throw new Error(table.toText());
 * ```
 */
export function crossTable<Row extends object>(options: CrossTableOptions<Row>): Table {
  const { across, best, name = "table", caption = "", ranked = () => true } = options;
  const records = recordsOf(options.data);
  const lead = options.rows.map((column) => columnOf(column));
  const cells = options.cells.map(({ header: _, ...cell }): FieldColumn<Row> => cell);
  const trail = (options.trail ?? []).map((column) => columnOf(column));
  const all = [...lead, { field: across }, ...cells, ...trail];
  checkColumns(name, all, records);
  const values = options.values ?? [...new Set(records.map((row) => String(row[across])))];
  const shownLead = lead.filter((column) => headerOf(column) !== null);
  const shownTrail = trail.filter((column) => headerOf(column) !== null);
  const shownCells = cells.filter((_, i) => options.cells[i].header !== null);
  const headings = options.cells.filter(({ header }) => header !== null);
  const nameOf = (row: Row) =>
    JSON.stringify(lead.filter(hasField).map(({ field }) => valueOf(row, field)));
  const groups = [...Map.groupBy(records, nameOf).values()];
  const isBest = best === undefined ? () => false : bestOf(records, shownCells, {
    ranked,
    groupOf: (row) => best === "column" ? String(row[across]) : nameOf(row),
  });
  return new Table({
    name,
    caption,
    columns: [
      ...shownLead.map((column) => headerOf(column)!),
      ...values.flatMap((value) => headings.map(({ header }) => header?.(value) ?? value)),
      ...shownTrail.map((column) => headerOf(column)!),
    ],
    align: [
      // They name the row, also where they begin with a number.
      ...shownLead.map(({ align }) => align ?? "left"),
      ...values.flatMap(() => shownCells.map(({ align }) => align ?? null)),
      ...shownTrail.map(({ align }) => align ?? null),
    ],
    rows: groups.map((group) => [
      ...shownLead.map((column) => cellOf(column, group[0])),
      ...values.flatMap((value) => {
        const found = group.find((row) => String(row[across]) === value);
        return shownCells.map((column): Cell =>
          found === undefined
            ? null
            : best === undefined
            ? cellOf(column, found)
            : marked(cellOf(column, found), isBest(column, found))
        );
      }),
      ...shownTrail.map((column) =>
        group.map((row) => cellOf(column, row)).find((cell) => cell !== null) ?? null
      ),
    ]),
    frame: frameOfColumns(all, records),
  });
}

/** Tells whether a record has the one highest estimate of its row or column. */
function bestOf<Row extends object>(
  records: readonly Row[],
  cells: readonly FieldColumn<Row>[],
  { ranked, groupOf }: { ranked: (row: Row) => boolean; groupOf: (row: Row) => string },
): (column: FieldColumn<Row>, row: Row) => boolean {
  const groups = Map.groupBy(records.filter(ranked), groupOf);
  const highest = new Map(
    cells.map((column) => [
      column,
      new Map([...groups].map(([key, group]) => [
        key,
        bestEstimate(group.map((row) => Number(row[column.field] ?? NaN))),
      ])),
    ]),
  );
  return (column, row) =>
    ranked(row) && row[column.field] === highest.get(column)?.get(groupOf(row));
}
