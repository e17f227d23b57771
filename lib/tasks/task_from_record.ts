import { MATH_POLICIES } from "../grading/math/policy.ts";
import { QA_POLICIES } from "../grading/task_policy.ts";
import { lastBoxed } from "../grading/last_boxed.ts";
import { repairEscapes } from "../grading/repair_escapes.ts";
import type { AnswerKind, Task } from "../records/task.ts";
import { annotationOfRecord, type RecordAnnotation, withNumbers } from "./annotation_of_record.ts";
import { withMetadata } from "./data_set_forms.ts";
import { fieldError, unquoted } from "./field_error.ts";
import type { Fields } from "./read_records.ts";

/** Properties that all tasks of a file share. */
export interface TaskDefaults {
  /** The benchmark's name. */
  readonly benchmark: string;
  /** Grading of the answers. */
  readonly kind: AnswerKind;
  /** Split of the file. */
  readonly split: "train" | "test";
  /** True if the benchmark is known, so that each field must be as it is published. */
  readonly isKnown?: boolean;
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

const QUESTION = ["question", "problem", "input", "Question", "Problem", "query", "prompt"];
const ANSWER = ["answer", "target", "Answer", "final_answer", "expected_answer", "gold", "label"];
const ID = ["id", "_id", "unique_id", "ID", "qid", "problem_id", "problem_idx", "idx"];
const ALIASES = ["answer_aliases", "aliases", "golden_answers", "answers"];

/**
 * Understands one example of a benchmark file by the names that its fields have in the reference's
 * shape and in the benchmarks' own. A policy of grading that it names is the task's.
 *
 * @param given the example; what it has in `metadata` counts as its own
 * @param number the example's place in its file, from 1; its id when it has none
 * @throws {TypeError} naming the field, when the benchmark is known and has another form
 */
export function taskFromRecord(
  given: Fields,
  defaults: TaskDefaults,
  number: number,
): Task | RecordProblem {
  const record = withMetadata(given);
  const id = idOf(record, number);
  if (defaults.isKnown) checkTypes(record);
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
    ...ALIASES.flatMap((name) => texts(listIn(record, name))),
    ...texts(fieldsOf(record.answer).aliases),
    ...texts(fieldsOf(record.answers).text),
  ];
  const answer = answerOf(record, defaults) ?? aliases[0] ?? null;
  if (answer === null) return { problem: "no answer", id };
  const others = [...new Set(aliases)].filter((alias) => alias !== answer);
  const told = traits(record);
  const policies = defaults.kind === "qa" ? QA_POLICIES : MATH_POLICIES;
  const grading = policies.find((policy) => policy === record.grading);
  const { annotation, evidence, goldTitles } = annotationOf(record, defaults);
  const isYesNo = defaults.kind === "qa" && /^(?:yes|no)$/i.test(answer);
  return {
    id,
    benchmark: defaults.benchmark,
    split: defaults.split,
    kind: defaults.kind,
    question,
    answer,
    ...others.length === 0 ? {} : { aliases: others },
    ...grading === undefined ? {} : { grading },
    ...told,
    ...isYesNo ? { isYesNo } : {},
    ...evidence.length === 0 ? {} : { evidence },
    ...goldTitles.length === 0 ? {} : { goldTitles },
    ...Object.keys(annotation).length === 0 ? {} : { annotation },
  };
}

/** Level, kind and source of the question. OlymMATH and MuSiQue tell theirs in the id. */
function traits(record: Fields): Pick<Task, "level" | "type" | "source"> {
  const olymmath = /^OlymMATH-(\w+)-\d+-(\w+)$/i.exec(String(record.unique_id ?? ""));
  const hops = /^([234]hop)\d?__/.exec(String(record.id ?? ""));
  const level = textOf(record.level ?? record.difficulty) ?? olymmath?.[1].toLowerCase() ?? null;
  const type = textOf(record.type ?? record.subject ?? record.Type) ?? hops?.[1] ?? null;
  const part = olymmath === null ? null : `${olymmath[2]}-${olymmath[1]}`.toLowerCase();
  const source = part ?? (typeof record.source === "string" ? textOf(record.source) : null);
  return {
    ...level === null ? {} : { level },
    ...type === null ? {} : { type },
    ...source === null ? {} : { source },
  };
}

/** In data of one's own, fields of these names may be something else. */
function annotationOf(record: Fields, { isKnown }: TaskDefaults): RecordAnnotation {
  try {
    return annotationOfRecord(record);
  } catch (error) {
    if (isKnown || !(error instanceof TypeError)) throw error;
    return { annotation: {}, evidence: [], goldTitles: [] };
  }
}

function checkTypes(record: Fields): void {
  for (const name of QUESTION) {
    const value = record[name] ?? null;
    if (value !== null && typeof value !== "string") throw fieldError(name, "a text", value);
  }
  for (const name of ANSWER) {
    const value = record[name] ?? null;
    const isValue = value === null || isPlain(value) ||
      Array.isArray(value) && value.every(isPlain);
    if (!isValue) throw fieldError(name, "a text or a number", value);
  }
  for (const name of ALIASES) {
    const value = listIn(record, name);
    if (value === null) continue;
    if (!Array.isArray(value) || !value.every(isPlain)) {
      throw fieldError(name, "a list of texts", value);
    }
  }
  for (const name of ["level", "type", "subject", "Type", "difficulty"]) {
    const value = record[name] ?? null;
    if (value !== null && !isPlain(value)) throw fieldError(name, "a text or a number", value);
  }
  const answerable = record.answerable ?? null;
  if (answerable !== null && typeof answerable !== "boolean") {
    throw fieldError("answerable", "true or false", answerable);
  }
}

function isPlain(value: unknown): boolean {
  return ["string", "number", "bigint", "boolean"].includes(typeof value);
}

/** A field that holds a list, or its JSON text. */
function listIn(record: Fields, name: string): unknown {
  const value = record[name];
  return typeof value === "string" && value.trimStart().startsWith("[")
    ? unquoted(record, name, "a list of texts")
    : value ?? null;
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
  // SVAMP's repository has templates of the whole question.
  const numbers = textOf(record.Numbers);
  if (question !== null && numbers !== null && /\bnumber\d/.test(question)) {
    return withNumbers(question, numbers);
  }
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

function answerOf(record: Fields, { kind, benchmark }: TaskDefaults): string | null {
  const raw = first(record, ANSWER);
  // Before white space is taken off: the form feed of a "\\frac" that lost its backslash is some.
  const given = kind === "math" && typeof raw === "string" ? repairEscapes(raw) : raw;
  // TriviaQA gives the answer with its aliases.
  const answer = textOf(given) ?? textOf(fieldsOf(given).value);
  if (answer !== null) {
    // GSM8K ends its worked solution with #### and the number.
    const marked = answer.slice(answer.lastIndexOf("####") + 4).trim();
    if (answer.includes("####") && marked !== "") return marked;
    // Their numbers are floats, which CSV writes out.
    const isFloat = ["svamp", "gsm-hard"].includes(benchmark) && /^-?\d+\.0+$/.test(answer);
    return isFloat ? answer.replace(/\.0+$/, "") : answer;
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
