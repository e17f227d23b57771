import type { AnswerKind } from "../records/task.ts";
import { extractAnswer } from "./extract_answer.ts";
import type { Grade } from "./grade.ts";
import { gradeMath } from "./grade_math.ts";
import { gradeQa, type QaPolicy } from "./grade_qa.ts";
import type { MathPolicy } from "./math/policy.ts";

/** Options of grading records of answers. */
export interface RecordGradeOptions {
  /** Way of comparing answers. */
  readonly kind: AnswerKind;
  /** The policy for mathematics. @default "rounded" */
  readonly mathPolicy?: MathPolicy;
  /** The policy for questions. @default "hotpotqa" */
  readonly qaPolicy?: QaPolicy;
  /**
   * True to extract the answer from the prediction first; false takes the whole prediction as the
   * answer.
   * @default true
   */
  readonly extract?: boolean;
  /** Wall time for one symbolic comparison. @default 5000 */
  readonly deadlineMs?: number;
}

/** An answer to grade: one line of the command `grade`. */
export interface AnswerRecord {
  /** Given back with the verdict. */
  readonly id: string | number;
  /** The gold answer; empty when there is none. */
  readonly gold: string;
  /** Given answer; null when there was none. */
  readonly prediction: string | null;
  /** Other texts that count as the gold answer. */
  readonly aliases: readonly string[];
}

/**
 * Checks one parsed line `{"id","gold","prediction","aliases"?}`. Numbers are taken as their text;
 * a gold answer or prediction of null is none.
 *
 * @throws {Error} naming the field and its value
 */
export function checkAnswerRecord(value: unknown): AnswerRecord {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("a record must be an object");
  }
  const { id, gold, prediction, aliases = [] } = value as Record<string, unknown>;
  if (typeof id !== "string" && typeof id !== "number") throw new Error(bad("id", id));
  if (!Array.isArray(aliases)) throw new Error(bad("aliases", aliases));
  return {
    id,
    gold: asText("gold", gold) ?? "",
    prediction: asText("prediction", prediction),
    aliases: aliases.map((alias) => asText("aliases", alias) ?? ""),
  };
}

/** Grades one record by the best of its gold answer and its aliases. */
export function gradeRecord(record: AnswerRecord, options: RecordGradeOptions): Grade {
  const { kind, mathPolicy, qaPolicy, extract = true, deadlineMs } = options;
  const { gold, prediction, aliases } = record;
  const golds = [gold, ...aliases].filter((text) => text.trim() !== "");
  const base = { em: null, f1: null, extracted: null };
  if (golds.length === 0) return { ...base, verdict: "unscored", why: "no gold answer" };
  if (prediction === null) {
    const none = kind === "qa" ? 0 : null;
    return { ...base, verdict: "wrong", em: none, f1: none, why: "no answer was given" };
  }
  const answer = extract ? extractAnswer(prediction, kind).answer : prediction;
  if (kind === "qa") {
    return gradeQa(golds[0], answer, { aliases: golds.slice(1), policy: qaPolicy });
  }
  const grades = golds.map((text) => gradeMath(text, answer, { policy: mathPolicy, deadlineMs }));
  // Wrong only when it is wrong by every gold answer; one that could not be compared leaves it open.
  return grades.find((grade) => grade.verdict === "correct") ??
    grades.find((grade) => grade.verdict === "unscored") ?? grades[0];
}

function asText(field: string, value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw new Error(bad(field, value));
}

function bad(field: string, value: unknown): string {
  return `field ${field} is ${(JSON.stringify(value) ?? "missing").slice(0, 80)}`;
}
