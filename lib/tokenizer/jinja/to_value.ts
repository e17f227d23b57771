import { TemplateError } from "./budget.ts";
import { MarkedText } from "./marked_text.ts";
import { Dict, Float, type Value } from "./value.ts";

/** Deepest nesting of a value that is given to a template. */
const MAX_DEPTH = 200;

/**
 * A JSON value as a template's value.
 *
 * @param origin marks each text of it as given, under this number; null marks none
 * @throws {TemplateError} when it is no JSON
 */
export function toValue(json: unknown, origin: number | null = null, depth = 0): Value {
  if (depth > MAX_DEPTH) throw new TemplateError(`a value is nested more than ${MAX_DEPTH} deep`);
  if (json === null || typeof json === "boolean") return json;
  if (typeof json === "string") return origin === null ? json : MarkedText.from(json, origin);
  if (typeof json === "number") return Number.isSafeInteger(json) ? json + 0 : new Float(json);
  if (Array.isArray(json)) return json.map((item) => toValue(item, origin, depth + 1));
  if (typeof json === "object") {
    const entries = Object.entries(json).filter(([, value]) => value !== undefined);
    return new Dict(
      entries.map(([key, value]) => [key, toValue(value, origin, depth + 1)] as const),
      origin,
    );
  }
  throw new TemplateError(`a ${typeof json} cannot be given to a template`);
}
