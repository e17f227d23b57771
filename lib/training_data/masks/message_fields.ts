import type { Fields } from "../../trajectories/import/fields.ts";
import { FLAG_FIELDS } from "../../trajectories/import/learned_flag.ts";
import { END_FIELDS } from "../../trajectories/import/turn_end.ts";

/** Fields that chat templates read; they are passed on. */
export const TEMPLATE_FIELDS: readonly string[] = [
  "reasoning_content",
  "reasoning",
  "thinking",
  "tool_calls",
  "tool_call_id",
  "name",
];

const KNOWN = new Set([
  ...TEMPLATE_FIELDS,
  ...FLAG_FIELDS,
  ...END_FIELDS,
  "role",
  "from",
  "content",
  "value",
  "prefix",
  // Fields that no trainer and no template reads.
  "id",
  "index",
  "uuid",
  "timestamp",
  "created_at",
  "metadata",
  "model",
  "refusal",
  "annotations",
]);

/** True if a field is there and is neither null nor empty. */
export function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return false;
  return !(Array.isArray(value) && value.length === 0);
}

/**
 * Refuses a message with a field that is not understood.
 *
 * @param where of the message, for the error
 * @throws {TypeError} naming the field
 */
export function checkMessageFields(message: Fields, where: string): void {
  for (const [name, value] of Object.entries(message)) {
    if (isSet(value) && !KNOWN.has(name)) throw new TypeError(`${where}.${name} is not understood`);
  }
}
