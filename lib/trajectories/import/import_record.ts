import type { ReadConversation } from "./read_conversation.ts";
import { stripThinking } from "../../records/turn/strip_thinking.ts";
import { gradeTask } from "../../grading/grade_task.ts";
import { extractAnswer } from "../../grading/extract_answer.ts";
import { checkTrajectory } from "../../records/check.ts";
import type { JsonValue } from "../../records/json.ts";
import type { Step } from "../../records/step.ts";
import { attemptId, type Task } from "../../records/task.ts";
import {
  asFields,
  type Fields,
  firstNumber,
  firstText,
  millisecondsOf,
  verdictOf,
} from "./fields.ts";
import type { ImportedTrajectory, ImportForm, ImportSource } from "./imported_trajectory.ts";
import { writtenAnswer } from "./python_value.ts";
import { endedAs, type RecordedTurn, recordedTurns } from "./recorded_turns.ts";
import { repairAttempts } from "./repair_attempts.ts";
import { type StepFacts, stepsFromTurns } from "./steps_from_turns.ts";
import { type ImportDefaults, taskOfRecord } from "./task_of_record.ts";
import { calledAnswer } from "./tool_call.ts";
import { reactForm, turnsOfReact } from "./turns_of_react.ts";
import { turnsOfMemory } from "./turns_of_memory.ts";
import { wellFormed } from "./well_formed.ts";

/** A record and where it stands. */
export interface RecordPlace {
  /** The file's name, without its folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Form of a record.
 *
 * @throws {TypeError} when it has none of those known, naming its fields
 */
export function formOfRecord(record: unknown): ImportForm {
  const fields = asFields(record);
  const has = (name: string) => Array.isArray(fields[name]);
  if (has("steps") && has("prompt") && "paradigm" in fields) return "potstill";
  if (Array.isArray(asFields(fields.log_data).messages)) return "agent-log";
  if (has("attempts") && "repair_id" in fields) return "repair-attempts";
  const react = reactForm(record);
  if (react !== null && !has("messages") && !has("conversations") && !has("steps")) return react;
  if (has("messages") && typeof fields.response === "string") return "cot-answer";
  if (has("messages")) return "chat";
  if (has("conversations")) return "sharegpt";
  if (has("steps")) return "agent-memory";
  if ("prompt" in fields && "chosen" in fields && "rejected" in fields) return "preference";
  if ("prompt" in fields && "completion" in fields) return "prompt-completion";
  const names = Object.keys(fields).slice(0, 8).join(", ");
  throw new TypeError(`it has no form that is known; its fields are ${names || "none"}`);
}

/**
 * The trajectories that a record of another tool holds: one, or as many as it has attempts or sides.
 * Nothing of the record is lost: each trajectory keeps it, and `originalRecords` gives it back; half
 * characters in it, which no file can hold, become U+FFFD.
 *
 * @throws {TypeError} telling why the record cannot be read
 */
export function importRecord(
  record: unknown,
  place: RecordPlace,
  defaults: ImportDefaults = {},
): ImportedTrajectory[] {
  const form = formOfRecord(record);
  const whole = wellFormed(record as JsonValue);
  if (form === "potstill") {
    const source: ImportSource = { form, ...place, part: null, record: whole };
    return [{ ...checkTrajectory(whole), imported: source }];
  }
  return readers[form](asFields(whole)).map((read) =>
    toTrajectory(asFields(whole), read, form, place, defaults)
  );
}

const readers: Readonly<
  Record<Exclude<ImportForm, "potstill">, (record: Fields) => ReadConversation[]>
> = {
  "agent-log": (record) => {
    const log = asFields(record.log_data);
    const steps = Array.isArray(log.trajectory_steps) ? log.trajectory_steps.map(asFields) : [];
    const metadata = asFields(log.metadata);
    return [{
      ...whole(record),
      turns: recordedTurns(log.messages, "log_data.messages"),
      facts: steps.length > 0 ? steps.map(factsOf) : totalFacts(record),
      answer: firstText(record, ["generated_answer"]) ?? firstText(metadata, ["final_answer"]),
      model: firstText(record, ["model_id"]) ?? firstText(asFields(metadata.model), ["model_id"]) ??
        "unknown",
    }];
  },
  "agent-memory": (record) => [{ ...whole(record), ...turnsOfMemory(record) }],
  "repair-attempts": repairAttempts,
  "cot-answer": (record) => [{
    ...whole(record),
    turns: withResponse(recordedTurns(record.messages, "messages"), String(record.response)),
    facts: totalFacts(record),
    answer: firstText(record, ["generated_answer"]),
  }],
  chat: (record) => [{
    ...whole(record),
    turns: joined(recordedTurns(record.messages, "messages", record)),
  }],
  sharegpt: (record) => {
    const turns = joined(recordedTurns(record.conversations, "conversations", record));
    const system = firstText(record, ["system"]);
    return [{
      ...whole(record),
      turns: system ? [{ role: "system", text: system }, ...turns] : turns,
    }];
  },
  "prompt-completion": (record) => [{
    ...whole(record),
    turns: joined([
      ...contextOf(side(record.prompt, "prompt", "user")),
      ...side(record.completion, "completion"),
    ]),
  }],
  react: (record) => [turnsOfReact(record)],
  "react-reflection": (record) => [turnsOfReact(record)],
  "react-answer": (record) => [turnsOfReact(record)],
  preference: (record) =>
    (["chosen", "rejected"] as const).map((name, index) => {
      // Each side repeats the prompt in some data sets, and stands alone in others.
      const answered = side(record[name], name);
      const prompt = side(record.prompt, "prompt", "user");
      const repeats = JSON.stringify(answered.slice(0, prompt.length)) === JSON.stringify(prompt);
      return {
        ...whole(record),
        turns: joined([
          ...contextOf(prompt),
          ...(repeats ? answered.slice(prompt.length) : answered),
        ]),
        correct: name === "chosen",
        part: { index, of: 2 },
      };
    }),
};

/** Some logs keep the prompt alone in the messages, others the answer as well. */
function withResponse(turns: readonly RecordedTurn[], response: string): RecordedTurn[] {
  const isThere = turns.at(-1)?.role === "assistant";
  return isThere ? [...turns] : [...turns, { role: "assistant", text: response }];
}

/** Assistant turns right after each other, as calls side by side are written, are one turn. */
function joined(turns: readonly RecordedTurn[]): RecordedTurn[] {
  const out: RecordedTurn[] = [];
  for (const turn of turns) {
    const last = out.at(-1);
    if (turn.role !== "assistant" || last?.role !== "assistant") {
      out.push(turn);
      continue;
    }
    if ((last.isLearned ?? true) !== (turn.isLearned ?? true)) {
      throw new TypeError(
        "two messages of the assistant stand right after each other, and only one is to be trained on",
      );
    }
    const calls = [...last.calls ?? [], ...turn.calls ?? []];
    const text = [last.text, turn.text].filter((one) => one !== "")
      .join(turn.text.startsWith("<tool_call>") ? "\n" : "\n\n");
    out[out.length - 1] = { ...last, ...turn, text, ...(calls.length > 0 ? { calls } : {}) };
  }
  return out;
}

/** The turns of a prompt, none of which is trained on. */
function contextOf(turns: readonly RecordedTurn[]): RecordedTurn[] {
  return turns.map((turn) => (turn.role === "assistant" ? { ...turn, isLearned: false } : turn));
}

function whole(record: Fields): Pick<ReadConversation, "record" | "part"> {
  return { record: record as JsonValue, part: null };
}

function side(
  value: unknown,
  where: string,
  role: "assistant" | "user" = "assistant",
): RecordedTurn[] {
  return typeof value === "string" ? [{ role, text: value }] : recordedTurns(value, where);
}

function factsOf(step: Fields): StepFacts {
  const usage = asFields(step.token_usage);
  return {
    tokens: {
      prompt: firstNumber(usage, ["input_tokens"]),
      completion: firstNumber(usage, ["output_tokens"]),
    },
    durationMs: millisecondsOf(step.duration),
  };
}

function totalFacts(record: Fields): StepFacts[] {
  return [{
    tokens: {
      prompt: firstNumber(record, ["input_tokens"]),
      completion: firstNumber(record, ["output_tokens"]),
    },
  }];
}

function toTrajectory(
  record: Fields,
  read: ReadConversation,
  form: ImportForm,
  place: RecordPlace,
  defaults: ImportDefaults,
): ImportedTrajectory {
  const last = read.turns.findLastIndex(({ role }) => role === "assistant");
  const turns = read.turns.map((turn, i) => (i === last ? endedAs(turn, record, "record") : turn));
  const { prompt, steps, learnedSteps } = stepsFromTurns(turns, read.facts);
  if (steps.length === 0) throw new TypeError("it holds no assistant message");
  const question = prompt.findLast(({ role }) => role === "user")?.content ?? "";
  const task = taskOfRecord(record, place.file, question, place.line, defaults);
  const isAgent = isAgentic(turns, steps, form);
  const answer = read.answer ?? givenAnswer(turns, steps, task, isAgent);
  const verdict = read.correct ?? verdictOf(record.score) ?? judged(task, answer);
  const only = steps.length === 1 && !isAgent ? withoutCode(steps[0], answer) : null;
  const supervision = read.supervision ??
    (record.supervision === "last_assistant_only" ? "last-assistant" : undefined);
  return {
    id: attemptId(task, read.part?.index),
    task,
    paradigm: isAgent ? "agent" : "cot",
    model: read.model ?? firstText(record, ["model_id", "model"]) ??
      firstText(asFields(record.metadata), ["teacher_model_id", "model"]) ?? "unknown",
    prompt,
    steps: only === null ? steps : [only],
    answer,
    correct: verdict,
    seed: 0,
    ...(supervision === undefined ? {} : { supervision }),
    ...(read.learnedTurn === undefined
      ? {}
      : { learnedStep: learnedStep(steps, read.learnedTurn) }),
    ...(learnedSteps === null ? {} : { learnedSteps }),
    imported: { form, ...place, part: read.part, record: read.record },
  };
}

/** Notes of the step limit are steps, but no turns. */
function learnedStep(steps: readonly Step[], turn: number): number {
  return steps.filter(({ error }) => error?.kind !== "max-steps")[turn].index;
}

function isAgentic(
  turns: readonly RecordedTurn[],
  steps: readonly Step[],
  form: ImportForm,
): boolean {
  if (form === "cot-answer" || form === "react-answer") return false;
  if (
    form === "react" || form === "react-reflection" || form === "agent-log" ||
    form === "agent-memory" || form === "repair-attempts"
  ) return true;
  return turns.some(({ role, calls }) =>
    calls !== undefined || role === "tool-call" || role === "tool-response"
  ) || steps.some(({ modelOutput, code }) =>
    code !== null &&
    (/^[ \t]*\**Thought\**:|<code>|<end_code>/m.test(modelOutput) || writtenAnswer(code) !== null)
  );
}

/** A CoT answer is a step without code, whatever its text looks like. */
function withoutCode(step: Step, answer: string | null): Step {
  return { ...step, thought: step.modelOutput, code: null, error: null, isFinal: answer !== null };
}

/** The answer that the last step gave: what `final_answer` returned, or what a text states. */
function givenAnswer(
  turns: readonly RecordedTurn[],
  steps: readonly Step[],
  task: Task,
  isAgent: boolean,
): string | null {
  const last = steps[steps.length - 1];
  if (isAgent && last.isFinal) {
    const calls = turns.findLast(({ role }) => role === "assistant")?.calls ?? [];
    const called = calls.map(calledAnswer).find((answer) => answer !== null) ?? null;
    const seen = /Last output from code snippet:\n([\s\S]*)$/.exec(last.observation)?.[1];
    return called ?? seen ?? writtenAnswer(last.code ?? "")?.value ?? null;
  }
  // Who calls tools by JSON answers in words.
  const isWords = last.code === null && last.toolCalls.length === 0 && last.error === null;
  if (isAgent && !(isWords && steps.some(({ toolCalls }) => toolCalls.length > 0))) return null;
  const { answer, source } = extractAnswer(stripThinking(last.modelOutput), task.kind);
  return source === "whole" || source === "last-number" ? null : answer;
}

function judged(task: Task, answer: string | null): boolean | null {
  if (answer === null || task.answer === "") return null;
  const { verdict } = gradeTask(task, answer);
  return verdict === "unscored" ? null : verdict === "correct";
}
