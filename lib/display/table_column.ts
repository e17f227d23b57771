import { type Cell, type IntervalCell, percent } from "./table.ts";
import type { ColumnType } from "./frame.ts";

/** The name of a field of a record. */
export type FieldOf<Row extends object> = keyof Row & string;

/** A column of a table, described once for all its forms. */
export interface FieldColumn<Row extends object> {
  /** The field that it shows; also the column's name in CSV and frame. */
  readonly field: FieldOf<Row>;
  /** The heading; null for a column of CSV and frame alone. @default the field's name */
  readonly header?: string | null;
  /** True if a share (0 to 1) is shown in percent. @default false */
  readonly percent?: boolean;
  /** Number of decimals, with commas at thousands. @default as many as the number has */
  readonly digits?: number;
  /** The fields of an interval's bounds; the value is then a share, shown in percent. */
  readonly interval?: readonly [FieldOf<Row>, FieldOf<Row>];
  /** True if shares show their sign, as for differences. @default false */
  readonly signed?: boolean;
  /** Another way to show a record's cell; the frame keeps the field. @default by the options above */
  readonly show?: (row: Row) => Cell;
  /** The side that cells stand on. @default left for words, right for numbers */
  readonly align?: "left" | "right";
}

/** A column that is put together from a record, and is not in CSV and frame. */
export interface ShownColumn<Row extends object> {
  /** No field of its own. */
  readonly field?: undefined;
  /** The heading. */
  readonly header: string;
  /** The cell of a record. */
  readonly show: (row: Row) => Cell;
  /** The side that cells stand on. @default left for words, right for numbers */
  readonly align?: "left" | "right";
}

/** A column of a table. */
export type TableColumn<Row extends object> = FieldColumn<Row> | ShownColumn<Row>;

/** A column given by its field alone, or with more. */
export type ColumnOf<Row extends object> = FieldOf<Row> | TableColumn<Row>;

/** The column of a field. */
export function columnOf<Row extends object>(column: ColumnOf<Row>): TableColumn<Row> {
  return typeof column === "string" ? { field: column } : column;
}

/** True if a column is one of CSV and frame, too. */
export function hasField<Row extends object>(
  column: TableColumn<Row>,
): column is FieldColumn<Row> {
  return column.field !== undefined;
}

/** The heading of a column; null when it is in CSV and frame alone. */
export function headerOf<Row extends object>(column: TableColumn<Row>): string | null {
  return hasField(column) && column.header === undefined ? column.field : column.header ?? null;
}

/** The cell that a column shows of a record. */
export function cellOf<Row extends object>(column: TableColumn<Row>, row: Row): Cell {
  if (!hasField(column) || column.show !== undefined) return column.show!(row);
  const { field, digits, interval, signed } = column;
  const value = valueOf(row, field);
  if (value === null) return null;
  if (interval !== undefined) {
    const [low, high] = interval.map((bound) => Number(valueOf(row, bound)));
    return { estimate: Number(value), low, high, ...(signed === undefined ? {} : { signed }) };
  }
  if (typeof value !== "number") return String(value);
  if (column.percent) return percent(value, signed);
  return digits === undefined ? String(value) : numberText(value, digits);
}

/** The fields of a column in a frame, with the kinds of their values. */
export function fieldTypes<Row extends object>(
  column: TableColumn<Row>,
  rows: readonly Row[],
): [string, ColumnType][] {
  if (!hasField(column)) return [];
  const { field, interval, digits } = column;
  const isNumber = column.percent === true || digits !== undefined || interval !== undefined;
  return [
    [field, isNumber ? "number" : typeOf(rows, field)],
    ...(interval ?? []).map((bound): [string, ColumnType] => [bound, "number"]),
  ];
}

/** A number with a fixed number of decimals and commas at thousands. */
export function numberText(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** An interval's cell, marked when it is the best. */
export function marked(cell: Cell, isBest: boolean): Cell {
  return cell === null || typeof cell === "string"
    ? cell
    : { ...cell, best: isBest } satisfies IntervalCell;
}

/** A record's own value as a frame can hold it; null where there is none. */
export function valueOf<Row extends object>(
  row: Row,
  field: FieldOf<Row>,
): string | number | boolean | null {
  const value: unknown = Object.hasOwn(row, field) ? row[field] : null;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  return (value ?? null) as string | number | boolean | null;
}

/** The kind of a field's values: text where they differ. */
function typeOf<Row extends object>(rows: readonly Row[], field: FieldOf<Row>): ColumnType {
  const types = new Set(
    rows.map((row) => valueOf(row, field)).filter((value) => value !== null).map((v) => typeof v),
  );
  const [type] = types;
  return types.size === 1 && (type === "number" || type === "boolean") ? type : "text";
}
