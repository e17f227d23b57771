import { MATH_POLICIES } from "../grading/math/policy.ts";
import { QA_POLICIES } from "../grading/task_policy.ts";
import { lastBoxed } from "../grading/last_boxed.ts";
import { repairEscapes } from "../grading/repair_escapes.ts";
import type { AnswerKind, Task } from "../records/task.ts";

/** Properties that all tasks of a file share. */
export interface TaskDefaults {
  /** The benchmark's name. */
  readonly benchmark: string;
  /** Grading of the answers. */
  readonly kind: AnswerKind;
  /** Split of the file. */
  readonly split: "train" | "test";
}

/** Reason why an example makes no task. */
export interface RecordProblem {
  /** Missing part. */
  readonly problem:
    | "no question"
    | "no answer"
    | "unanswerable"
    | "several answers"
    | "choices that the question does not show";
  /** The example's id, or its number from 1 when it has none. */
  readonly id: string;
}

/** An example as it stands in its file. */
export type Fields = Readonly<Record<string, unknown>>;

const QUESTION = ["question", "problem", "input", "Question", "Problem", "query", "prompt"];
const ANSWER = ["answer", "target", "Answer", "final_answer", "expected_answer", "gold", "label"];
const ID = ["id", "_id", "unique_id", "ID", "qid", "problem_id", "problem_idx", "idx"];
const ALIASES = ["answer_aliases", "aliases", "golden_answers", "answers"];

/**
 * Understands one example of a benchmark file by the names that its fields have in the reference's
 * shape and in the benchmarks' own. A policy of grading that it names is the task's.
 *
 * @param number the example's place in its file, from 1; its id when it has none
 */
export function taskFromRecord(
  record: Fields,
  defaults: TaskDefaults,
  number: number,
): Task | RecordProblem {
  const id = idOf(record, number);
  const question = questionOf(record);
  if (question === null) return { problem: "no question", id };
  if (record.answerable === false) return { problem: "unanswerable", id };
  if (!showsChoices(record, question)) {
    return { problem: "choices that the question does not show", id };
  }
  const listed = texts(first(record, ANSWER));
  // In mathematics these may be parts of one answer; elsewhere each is right.
  if (defaults.kind === "math" && new Set(listed).size > 1) {
    return { problem: "several answers", id };
  }
  const aliases = [
    ...listed,
    ...ALIASES.flatMap((name) => texts(record[name])),
    ...texts(fieldsOf(record.answer).aliases),
    ...texts(fieldsOf(record.answers).text),
  ];
  const answer = answerOf(record, defaults.kind) ?? aliases[0] ?? null;
  if (answer === null) return { problem: "no answer", id };
  const others = [...new Set(aliases)].filter((alias) => alias !== answer);
  const level = textOf(record.level ?? record.difficulty);
  const type = textOf(record.type ?? record.subject);
  const policies = defaults.kind === "qa" ? QA_POLICIES : MATH_POLICIES;
  const grading = policies.find((policy) => policy === record.grading);
  const evidence = titles(record.supporting_facts);
  return {
    id,
    benchmark: defaults.benchmark,
    split: defaults.split,
    kind: defaults.kind,
    question,
    answer,
    ...others.length === 0 ? {} : { aliases: others },
    ...grading === undefined ? {} : { grading },
    ...level === null ? {} : { level },
    ...type === null ? {} : { type },
    ...evidence.length === 0 ? {} : { evidence },
  };
}

/** The example's id as text, or its number when it has none. */
function idOf(record: Fields, number: number): string {
  return textOf(first(record, ID)) ?? String(number);
}

/** The question, after the story that SVAMP and ASDiv tell before it. */
function questionOf(record: Fields): string | null {
  const asked = first(record, QUESTION);
  // A list is a column of questions, not one.
  const question = Array.isArray(asked) ? lastOfUser(asked) : textOf(asked) ??
    lastOfUser(record.messages);
  const story = textOf(record.Body ?? record.body);
  return question === null || story === null ? question : `${story} ${question}`;
}

/** Last user message of a conversation. */
function lastOfUser(messages: unknown): string | null {
  if (!Array.isArray(messages)) return null;
  return textOf(messages.map(fieldsOf).findLast(({ role }) => role === "user")?.content);
}

/** True if a question that is to be answered by a choice has the choices in its own text. */
function showsChoices(record: Fields, question: string): boolean {
  const field = record.choices ?? record.options;
  const choices = texts(Array.isArray(field) ? field : fieldsOf(field).text);
  return choices.every((choice) => question.includes(choice));
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Fields
    : {};
}

function answerOf(record: Fields, kind: AnswerKind): string | null {
  const raw = first(record, ANSWER);
  // Before white space is taken off: the form feed of a "\\frac" that lost its backslash is some.
  const given = kind === "math" && typeof raw === "string" ? repairEscapes(raw) : raw;
  // TriviaQA gives the answer with its aliases.
  const answer = textOf(given) ?? textOf(fieldsOf(given).value);
  if (answer !== null) {
    // GSM8K ends its worked solution with #### and the number.
    const marked = answer.slice(answer.lastIndexOf("####") + 4).trim();
    return answer.includes("####") && marked !== "" ? marked : answer;
  }
  const solution = textOf(record.solution);
  return kind === "math" && solution !== null ? lastBoxed(solution) : null;
}

function first(record: Fields, names: readonly string[]): unknown {
  return names.map((name) => record[name]).find((value) => value !== undefined && value !== null);
}

/** Text as it is; numbers in full digits where they are exact. */
function textOf(value: unknown): string | null {
  if (typeof value === "string") return value.trim() === "" ? null : value.trim();
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return numberText(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value) && value.length > 0) return textOf(value[0]);
  return null;
}

/** `13138980.0` as `13138980`, `3.5e-07` as `0.00000035`; beyond 2^53 with an exponent, as rounded. */
function numberText(value: number): string {
  if (Number.isInteger(value)) {
    return Number.isSafeInteger(value) ? String(value) : value.toExponential();
  }
  const text = String(value);
  const small = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (small === null) return text;
  const [, sign, whole, fraction = "", exponent] = small;
  return `${sign}0.${"0".repeat(Number(exponent) - 1)}${whole}${fraction}`;
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item) => textOf(item) ?? []);
}

/** Titles of HotpotQA's and 2WikiMultiHopQA's supporting facts, in the official and the hub's form. */
function titles(facts: unknown): string[] {
  if (Array.isArray(facts)) {
    return [
      ...new Set(facts.flatMap((fact) => Array.isArray(fact) ? texts(fact.slice(0, 1)) : [])),
    ];
  }
  if (typeof facts === "object" && facts !== null && "title" in facts) {
    return [...new Set(texts(facts.title))];
  }
  return [];
}
