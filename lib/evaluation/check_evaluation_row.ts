import type { JsonValue } from "../records/json.ts";
import { CAPABILITIES } from "./capability.ts";
import { ERROR_KINDS, type EvaluationRow } from "./evaluation_row.ts";

type FieldCheck = (value: JsonValue | undefined) => boolean;
const text: FieldCheck = (v) => typeof v === "string";
const textOrNull: FieldCheck = (v) => v === null || typeof v === "string";
const textIfThere: FieldCheck = (v) => v === undefined || typeof v === "string";
const count: FieldCheck = (v) => typeof v === "number" && v >= 0 && v < Infinity;
const shareOrNull: FieldCheck = (v) => v === null || (typeof v === "number" && v >= 0 && v <= 1);

const verdict: FieldCheck = (v) => v === "correct" || v === "wrong" || v === "unscored";

const FIELDS: Readonly<Record<keyof EvaluationRow, FieldCheck>> = {
  runId: text,
  system: text,
  systemId: textIfThere,
  paradigm: (v) => v === "agent" || v === "cot" || v === "cot-rag",
  student: textOrNull,
  teacher: textOrNull,
  model: textIfThere,
  tier: textIfThere,
  firstThoughtPrefix: (v) => v === undefined || typeof v === "boolean",
  grader: textIfThere,
  benchmark: text,
  inDomain: (v) => typeof v === "boolean",
  trainedOn: (v) => v === undefined || typeof v === "boolean",
  kind: (v) => v === "qa" || v === "math",
  taskId: text,
  cluster: textIfThere,
  gold: text,
  prediction: textOrNull,
  verdict,
  policy: textIfThere,
  otherPolicy: textIfThere,
  otherVerdict: (v) => v === undefined || verdict(v),
  em: shareOrNull,
  f1: shareOrNull,
  capability: (v) => v === undefined || CAPABILITIES.some((name) => name === v),
  steps: count,
  codeSteps: count,
  toolCalls: count,
  searchCalls: count,
  promptTokens: count,
  completionTokens: count,
  durationMs: count,
  errorKinds: (v) =>
    typeof v === "object" && v !== null && !Array.isArray(v) &&
    ERROR_KINDS.every((kind) =>
      count((v as Record<string, JsonValue>)[kind] ?? (kind === "context-overflow" ? 0 : undefined))
    ),
  voteShare: shareOrNull,
  samples: count,
  seed: (v) => Number.isFinite(v),
};

/**
 * Checks that a parsed line of `rows.jsonl` is an {@link EvaluationRow}; for use with `readJsonl`.
 *
 * @throws {Error} naming the field that is missing or of the wrong kind, and its value
 */
export function checkEvaluationRow(value: unknown): EvaluationRow {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("an evaluation row must be an object");
  }
  const record = value as Record<string, JsonValue>;
  for (const [field, check] of Object.entries(FIELDS)) {
    if (!check(record[field])) {
      const shown = JSON.stringify(record[field]) ?? "missing";
      throw new Error(`field ${field} of an evaluation row is ${shown.slice(0, 80)}`);
    }
  }
  return value as EvaluationRow;
}
