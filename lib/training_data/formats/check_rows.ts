/** The value as an object, or null. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? value as Readonly<Record<string, unknown>>
    : null;
}

/** Problem with a row's keys, or null. */
export function checkKeys(
  row: Readonly<Record<string, unknown>>,
  wanted: readonly string[],
  optional: readonly string[] = [],
): string | null {
  const missing = wanted.find((key) => !(key in row));
  if (missing !== undefined) return `${missing} is missing`;
  const extra = Object.keys(row).find((key) => !wanted.includes(key) && !optional.includes(key));
  return extra === undefined ? null : `${extra} is not part of the format`;
}

/** Options of {@link checkMessages}. */
export interface CheckMessagesOptions {
  /** Path of the messages in the row. */
  readonly where: string;
  /** Keys that a message may have besides role and content. */
  readonly extra?: readonly string[];
  /** Role of the last message. */
  readonly last: "assistant" | "user";
  /** True if a system prompt may stand first. @default true */
  readonly allowsSystem?: boolean;
}

/**
 * Reason why a list of messages is not a conversation that trainers accept, or null: a system
 * prompt first if any, then user and assistant in turn, no empty text.
 */
export function checkMessages(value: unknown, options: CheckMessagesOptions): string | null {
  const { where, extra = [], last, allowsSystem = true } = options;
  if (!Array.isArray(value) || value.length === 0) return `${where} is not a list of messages`;
  let expected: "user" | "assistant" | null = null;
  for (const [i, message] of value.entries()) {
    const fields = fieldsOf(message);
    if (fields === null) return `${where}[${i}] is not an object`;
    const keys = checkKeys(fields, ["role", "content"], extra);
    if (keys !== null) return `${where}[${i}]: ${keys}`;
    const { role, content } = fields;
    if (typeof content !== "string") return `${where}[${i}].content is not a text`;
    if (role === "system") {
      if (i > 0 || !allowsSystem) return `${where}[${i}] is a system prompt out of place`;
      continue;
    }
    if (role !== "user" && role !== "assistant") return `${where}[${i}] has the role "${role}"`;
    if (role === "assistant" && content.trim() === "") return `${where}[${i}] is empty`;
    if (expected !== null && role !== expected) {
      return `${where}[${i}] is the ${role}'s after the ${role}'s`;
    }
    expected = role === "user" ? "assistant" : "user";
  }
  const end = fieldsOf(value.at(-1))!.role;
  return end === last ? null : `${where} ends with the ${end}'s and not the ${last}'s`;
}
