import type { DataFrame } from "nodejs-polars";
import { checkEvaluationRow } from "./check_evaluation_row.ts";
import { type ColumnType, frameFrom } from "../display/frame.ts";
import { ERROR_KINDS, type EvaluationRow } from "./evaluation_row.ts";
import { wordList } from "../records/word_list.ts";

/** The columns of {@link rowsFrame}, with their types. */
const ROW_COLUMNS: Readonly<Record<string, ColumnType>> = {
  runId: "text",
  system: "text",
  systemId: "text",
  paradigm: "text",
  student: "text",
  teacher: "text",
  model: "text",
  tier: "text",
  firstThoughtPrefix: "boolean",
  grader: "text",
  benchmark: "text",
  inDomain: "boolean",
  trainedOn: "boolean",
  kind: "text",
  taskId: "text",
  cluster: "text",
  gold: "text",
  prediction: "text",
  verdict: "text",
  policy: "text",
  otherPolicy: "text",
  otherVerdict: "text",
  em: "number",
  f1: "number",
  capability: "text",
  steps: "number",
  codeSteps: "number",
  toolCalls: "number",
  searchCalls: "number",
  promptTokens: "number",
  completionTokens: "number",
  durationMs: "number",
  voteShare: "number",
  samples: "number",
  seed: "number",
  ...Object.fromEntries(ERROR_KINDS.map((kind) => [errorColumn(kind), "number"])),
};

/** Fields that a row leaves out where a frame has null. */
const OPTIONAL = wordList(`
  systemId model tier firstThoughtPrefix grader cluster trainedOn capability policy otherPolicy
  otherVerdict
`);

function errorColumn(kind: string): string {
  return `errors_${kind.replaceAll("-", "_")}`;
}

/**
 * The rows as a Polars frame: one column per field, one per error kind (`errors_parse`, ...).
 *
 * @example
 * ```ts
 * import { rowsFrame } from "@potstill";
 * if (rowsFrame([]).height !== 0) throw new Error("not empty");
 * ```
 */
export function rowsFrame(rows: readonly EvaluationRow[]): DataFrame {
  const records = rows.map((row) => {
    const { errorKinds, ...fields } = row;
    const errors = Object.fromEntries(
      ERROR_KINDS.map((kind) => [errorColumn(kind), errorKinds[kind] ?? 0]),
    );
    return { ...fields, ...errors } as Record<string, unknown>;
  });
  return frameFrom(records, ROW_COLUMNS);
}

/**
 * The rows of a frame such as {@link rowsFrame} gives, also after a way through Parquet; further columns
 * are left out.
 *
 * @throws {Error} naming the line and the field that is missing or of the wrong kind
 *
 * @example
 * ```ts
 * import { rowsFrame } from "@potstill";
 * import { rowsFromFrame } from "@potstill/evaluation";
 * if (rowsFromFrame(rowsFrame([])).length !== 0) throw new Error("not empty");
 * ```
 */
export function rowsFromFrame(frame: DataFrame): EvaluationRow[] {
  return frame.toRecords().map((record, index) => {
    const row: Record<string, unknown> = {};
    for (const name of Object.keys(ROW_COLUMNS)) {
      if (name.startsWith("errors_") || !(name in record)) continue;
      const value = typeof record[name] === "bigint" ? Number(record[name]) : record[name];
      if (value !== null || !OPTIONAL.includes(name)) row[name] = value;
    }
    row.errorKinds = Object.fromEntries(
      ERROR_KINDS.map((kind) => [kind, Number(record[errorColumn(kind)] ?? 0)] as const)
        .filter(([kind, n]) => n > 0 || kind !== "context-overflow"),
    );
    try {
      return checkEvaluationRow(row);
    } catch (error) {
      throw new Error(`Cannot read line ${index + 1} of a frame: ${(error as Error).message}`);
    }
  });
}
