import type { Fields } from "./read_records.ts";

/** An error for a field of an example that is not what the data set's form says. */
export function fieldError(field: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${field} must be ${wanted}, not ${shown(value)}`);
}

/**
 * The value of a field that may be written as a JSON text, as in some Parquet copies.
 *
 * @throws {TypeError} naming the field when the text is no JSON
 */
export function unquoted(record: Fields, field: string, wanted: string): unknown {
  const value = record[field];
  if (typeof value !== "string") return value ?? null;
  if (value.trim() === "") return null;
  try {
    return JSON.parse(value);
  } catch {
    throw fieldError(field, wanted, value);
  }
}

/** The value as a list. @throws {TypeError} naming the field */
export function list(field: string, wanted: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw fieldError(field, wanted, value);
  return value;
}

/** The value as a text that is not empty. @throws {TypeError} naming the field */
export function text(field: string, value: unknown): string {
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  throw fieldError(field, "a text", value);
}

/** The value as an object. @throws {TypeError} naming the field */
export function fieldsOf(field: string, value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw fieldError(field, "an object", value);
}

function shown(value: unknown): string {
  const json = typeof value === "bigint" ? String(value) : JSON.stringify(value) ?? "nothing";
  return json.length > 60 ? `${json.slice(0, 60)}...` : json;
}
