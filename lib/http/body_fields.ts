import { badField } from "./api_error.ts";

/** The fields of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** A number within bounds, or undefined where there is none. @throws {ApiError} naming the field */
export function numberField(
  fields: Fields,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !(value >= min && value <= max)) {
    throw badField(name, `must be a number from ${min} to ${max}: ${shown(value)}`);
  }
  return value;
}

/** A whole number within bounds, or undefined. @throws {ApiError} naming the field */
export function integerField(
  fields: Fields,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const value = numberField(fields, name, min, max);
  if (value !== undefined && !Number.isInteger(value)) {
    throw badField(name, `must be a whole number: ${value}`);
  }
  return value;
}

/** True or false, or undefined. @throws {ApiError} naming the field */
export function booleanField(fields: Fields, name: string): boolean | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw badField(name, `must be true or false: ${shown(value)}`);
  return value;
}

/** A text without halves of characters. @throws {ApiError} naming the place */
export function textAt(value: unknown, at: string, maxLength = Infinity): string {
  if (typeof value !== "string") throw badField(at, `must be a text: ${shown(value)}`);
  if (value.length > maxLength) {
    throw badField(at, `has ${value.length} characters; at most ${maxLength} are allowed`);
  }
  if (!value.isWellFormed()) throw badField(at, "holds half a character (a lone surrogate)");
  return value;
}

/** A value for an error message: short, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60).toWellFormed());
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
