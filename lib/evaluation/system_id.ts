import type { EvaluationRow } from "./evaluation_row.ts";

/**
 * A text as an id: its letters and digits in lower case, other characters as one hyphen. A text without
 * letters or digits is its own id.
 */
function idOfText(text: string): string {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu)?.join("-") ?? text;
}

/** The id of the teacher's attempts at the training tasks. */
export const TEACHER_TRAINING_ID = "teacher-agent-training";

/** Names that a distillation's systems had in rows that were stored before rows had ids. */
const EARLIER_NAMES: ReadonlyMap<string, string> = new Map([
  ["teacher CoT", "teacher-cot"],
  ["teacher agent", "teacher-agent"],
  ["teacher agent, training tasks", TEACHER_TRAINING_ID],
  ["CoT student", "cot-student"],
  ["CoT student, majority of", "cot-student-majority"],
  ["CoT + RAG student", "cot-rag-student"],
  ["agent student", "agent-student"],
  ["agent student, sag", "agent-student-sag"],
]);

/**
 * The id of the system that a row is of, such as `agent-student-sag`. Rows that were stored before rows
 * had ids have only a name, and get the id that the name stands for.
 *
 * @example
 * ```ts
 * import { systemIdOf } from "@potstill/evaluation";
 * const id = systemIdOf({ system: "agent student, sag 8" });
 * if (id !== "agent-student-sag") throw new Error(id);
 * if (systemIdOf({ system: "any name", systemId: "a" }) !== "a") throw new Error("renamed");
 * ```
 */
export function systemIdOf(
  { systemId, system }: Pick<EvaluationRow, "systemId" | "system">,
): string {
  if (systemId !== undefined) return systemId;
  // The name of a system that votes ends in its number of voters.
  return EARLIER_NAMES.get(system.replace(/ \d+$/, "")) ?? idOfText(system);
}

/** The rows of the system that is called so or, where none is, of the one with that id. */
export function rowsOfSystem(rows: readonly EvaluationRow[], system: string): EvaluationRow[] {
  const found = rows.filter((row) => row.system === system);
  return found.length > 0 ? found : rows.filter((row) => systemIdOf(row) === system);
}
