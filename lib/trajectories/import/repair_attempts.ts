import { writeCode } from "../../agent/write_turn.ts";
import type { JsonValue } from "../../records/json.ts";
import { asFields, type Fields, firstText } from "./fields.ts";
import type { ReadConversation } from "./read_conversation.ts";
import { type RecordedTurn, recordedTurns } from "./recorded_turns.ts";

/**
 * The attempts of a record in which a teacher corrected a student's rollout: the steps before the
 * corrected one, the teacher's action with what it gave, and the student's continuation. The
 * teacher's action alone is trained on. An attempt in which the teacher wrote nothing is a turn
 * without a text.
 */
export function repairAttempts(record: Fields): ReadConversation[] {
  const attempts = (record.attempts as unknown[]).map((attempt, i) => {
    if (typeof attempt !== "object" || attempt === null || Array.isArray(attempt)) {
      throw new TypeError(`attempts[${i}] is not an object`);
    }
    return asFields(attempt);
  });
  const prompt = promptOf(record, attempts);
  if (attempts.length === 0) {
    return [{ ...readAttempt(record, {}, prompt), part: null, record: json(record) }];
  }
  return attempts.map((attempt, index) => ({
    ...readAttempt(record, attempt, prompt),
    part: { index, of: attempts.length },
    record: json(index === 0 ? { ...record, attempts: [attempt] } : { attempts: [attempt] }),
  }));
}

function json(value: Fields): JsonValue {
  return value as JsonValue;
}

/** The conversation's beginning, which only accepted attempts write out; it is that of all. */
function promptOf(record: Fields, attempts: readonly Fields[]): RecordedTurn[] {
  const written = attempts.find(({ sft_messages: messages }) => Array.isArray(messages));
  const turns = written ? recordedTurns(written.sft_messages, "sft_messages") : [];
  const first = turns.findIndex(({ role }) => role === "assistant");
  return first > 0
    ? turns.slice(0, first)
    : [{ role: "user", text: firstText(record, ["question"]) ?? "" }];
}

function readAttempt(
  record: Fields,
  attempt: Fields,
  prompt: readonly RecordedTurn[],
): Omit<ReadConversation, "part" | "record"> {
  const verification = asFields(attempt.verification);
  const replayed = Array.isArray(attempt.replayed_prefix_steps)
    ? attempt.replayed_prefix_steps.map(asFields)
    : [];
  const written = Array.isArray(attempt.sft_messages)
    ? recordedTurns(attempt.sft_messages, "sft_messages")
    : [];
  const repairAt = written.findLastIndex(({ role }) => role === "assistant");
  const before = written.slice(0, Math.max(0, repairAt));
  const isWrittenOut = repairAt !== -1 &&
    before.filter(({ role }) => role === "assistant").length === replayed.length;
  // An accepted attempt has the steps before as the student wrote and read them; others have their
  // code alone.
  const turns: RecordedTurn[] = isWrittenOut ? before : [
    ...prompt,
    ...replayed.flatMap((step): RecordedTurn[] => [
      { role: "assistant", text: codeTurn(firstText(step, ["code_action"])) },
      observed(step),
    ]),
  ];
  const trace = Array.isArray(verification.trace) ? verification.trace.map(asFields) : [];
  const actions = trace.length > 0
    ? trace.map((entry) => ({ action: asFields(entry.action), execution: executionOf(entry) }))
    : [{
      action: asFields(attempt.teacher_action),
      execution: asFields(attempt.teacher_execution),
    }];
  for (const { action, execution } of actions) {
    const text = firstText(action, ["model_output"]);
    turns.push({ role: "assistant", text: text ?? "" });
    if (Object.keys(execution).length > 0) turns.push(observed(execution));
    const problem = firstText(execution, ["error"]) ??
      (trace.length === 0 ? firstText(attempt, ["rejection_reason"]) : null);
    if (problem !== null) turns.push({ role: "tool-response", text: `Error:\n${problem}` });
  }
  return {
    turns,
    answer: firstText(verification, ["final_answer"]),
    correct: attempt.accepted === true ? true : false,
    model: firstText(record, ["teacher_model_id"]) ?? "unknown",
    learnedTurn: replayed.length,
  };
}

function executionOf(entry: Fields): Fields {
  return asFields(entry.execution ?? entry.result ?? {});
}

function observed(execution: Fields): RecordedTurn {
  const text = firstText(execution, ["observation", "observations"]) ?? "";
  return { role: "tool-response", text: text === "" ? "" : `Observation:\n${text}` };
}

function codeTurn(code: string | null): string {
  if (code === null || code.trim() === "") return "";
  try {
    return writeCode(code);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // It is no Python, and only context: nobody learns it or runs it.
    return `Code:\n\`\`\`py\n${code}\n\`\`\``;
  }
}
