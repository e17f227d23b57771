/** A JSON object of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; empty when it is none. */
export function asFields(value: unknown): Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? value as Fields
    : {};
}

/** The first of some fields that is a text or a number, as text; null when none is. */
export function firstText(fields: Fields, names: readonly string[]): string | null {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
  }
  return null;
}

/** The first of some fields that is a number; 0 when none is. */
export function firstNumber(fields: Fields, names: readonly string[]): number {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "number" && Number.isFinite(value)) return value;
  }
  return 0;
}

/** Seconds as whole milliseconds; 0 for a value that is no representable time. */
export function millisecondsOf(seconds: unknown): number {
  const ms = typeof seconds === "number" ? Math.round(seconds * 1000) : 0;
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}

/** A verdict as tools write it: true, 1, "True", "1" or 1.0; null for blank or anything else. */
export function verdictOf(value: unknown): boolean | null {
  const text = typeof value === "string" ? value.trim().toLowerCase() : value;
  if (text === true || text === 1 || text === "true" || text === "1" || text === "1.0") return true;
  if (text === false || text === 0 || text === "false" || text === "0" || text === "0.0") {
    return false;
  }
  return null;
}
