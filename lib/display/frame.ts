import pl, { type DataFrame } from "nodejs-polars";

/**
 * A Polars frame from records with the column types given. Naming the types keeps a column that is
 * null in every record, or in the first ones, from being taken for something else.
 */
export function frameFrom<T extends object>(
  records: readonly T[],
  types: { readonly [K in keyof T]-?: ColumnType },
): DataFrame {
  const dtypes = { text: pl.Utf8, number: pl.Float64, boolean: pl.Bool };
  const columns = (Object.keys(types) as (keyof T & string)[]).map((name) => {
    const values = records.map((record) =>
      Object.hasOwn(record, name) ? record[name] ?? null : null
    );
    return pl.Series(name, values as (string | number | boolean | null)[], dtypes[types[name]]);
  });
  return pl.DataFrame(columns);
}

/** The kind of value in a frame's column. */
export type ColumnType = "text" | "number" | "boolean";
