import { Document, isMap, isScalar } from "yaml";
import type { JsonValue } from "../../records/json.ts";

/** A value with a comment over it. */
export interface Commented {
  /** The comment, without its mark. */
  readonly comment: string;
  /** The value. */
  readonly value: JsonValue;
}

/** A YAML document of a map, its keys in order. */
export function toYaml(entries: Readonly<Record<string, JsonValue | Commented>>): string {
  const values = Object.entries(entries).map(([key, entry]) => [key, valueOf(entry)] as const);
  const document = new Document(Object.fromEntries(values), { version: "1.1" });
  if (!isMap(document.contents)) return "";
  for (const { key } of document.contents.items) {
    const entry = isScalar(key) ? entries[String(key.value)] : null;
    if (isScalar(key) && isCommented(entry)) {
      key.commentBefore = entry.comment.split("\n").map((line) => ` ${line}`).join("\n");
    }
  }
  return document.toString({ lineWidth: 0 });
}

function isCommented(entry: JsonValue | Commented | null): entry is Commented {
  return entry !== null && typeof entry === "object" && "comment" in entry && "value" in entry;
}

function valueOf(entry: JsonValue | Commented): JsonValue {
  return isCommented(entry) ? entry.value : entry;
}
