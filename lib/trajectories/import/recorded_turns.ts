import type { FinishReason } from "../../records/step.ts";
import { asFields, type Fields } from "./fields.ts";
import { learnedFlags } from "./learned_flag.ts";
import { turnEnd } from "./turn_end.ts";
import { readRole, type Turn, type TurnRole } from "./read_turns.ts";
import { callText, readCall, readCalls, type RecordedCall } from "./tool_call.ts";

/** A turn of an imported conversation, with a record's facts about it besides its text. */
export interface RecordedTurn extends Turn {
  /** Tools that the assistant calls other than by code. */
  readonly calls?: readonly RecordedCall[];
  /** The call whose result this is. */
  readonly callId?: string;
  /** True if it is trained on, where the record says so. */
  readonly isLearned?: boolean;
  /** Reason why the model stopped, where the record says that it was cut off. */
  readonly finishReason?: FinishReason;
}

const MEDIA = ["images", "image", "videos", "video", "audios", "audio"] as const;

/**
 * The turns of a list of messages, as {@link readTurns} reads them, with data that are not in
 * their texts: reasoning stands between `<think>` tags before the text, calls of tools behind it.
 *
 * @param row the record that the messages are of; it may hold a list of the messages to train on
 * @throws {TypeError} naming the message that cannot be read
 */
export function recordedTurns(messages: unknown, where: string, row: Fields = {}): RecordedTurn[] {
  if (!Array.isArray(messages)) throw new TypeError(`${where} is not a list`);
  refuseMedia(row, "the record");
  const fields = messages.map(asFields);
  const turns: RecordedTurn[] = [];
  fields.forEach((message, i) => {
    turns.push(readTurn(message, `${where}[${i}]`, turns.at(-1)?.role));
  });
  const flags = learnedFlags(
    row,
    fields.map((message, i) => ({ ...message, isAssistant: turns[i].role === "assistant" })),
    where,
  );
  const assistants = turns.flatMap(({ role }, i) => (role === "assistant" ? [i] : []));
  if (assistants.length > 0 && assistants.every((i) => flags[i] === false)) {
    throw new TypeError("no message of the assistant is to be trained on");
  }
  return turns.map((turn, i) => ({
    ...endedAs(turn, fields[i], `${where}[${i}]`),
    ...(flags[i] === null ? {} : { isLearned: flags[i] }),
  }));
}

/** A turn with the finish reason of a message, or of the record around the last one. */
export function endedAs(turn: RecordedTurn, fields: Fields, where: string): RecordedTurn {
  if (turn.role !== "assistant") return turn;
  const finishReason = turnEnd(fields, turn.calls?.length ?? 0, where);
  return finishReason === null || finishReason === "stop" ? turn : { ...turn, finishReason };
}

function readTurn(fields: Fields, where: string, before: TurnRole | undefined): RecordedTurn {
  const role = readRole(fields, where);
  refuseMedia(fields, where);
  const read = readContent(fields.content ?? fields.value, where);
  const calls = [...read.calls, ...callsOf(fields, where)];
  // smolagents repeats the code of the turn before; others say a call nowhere else.
  if (role === "tool-call") {
    const isEcho = before === "assistant" && /^\s*Calling tools:/.test(read.text);
    if (isEcho) return { role, text: read.text };
    return { role: "assistant", ...written("", read.text, readCallsQuietly(read.text) ?? []) };
  }
  const callId = fields.tool_call_id ?? read.callId;
  if (role !== "assistant") {
    if (calls.length > 0) throw new TypeError(`${where} calls a tool, and is the ${role}'s`);
    return { role, text: read.text, ...(typeof callId === "string" ? { callId } : {}) };
  }
  const reasoning = [fields.reasoning_content, fields.reasoning, fields.thinking]
    .find((value) => typeof value === "string" && value.trim() !== "") ?? read.reasoning;
  return { role, ...written(String(reasoning), read.text, calls) };
}

/** Reasoning, text and calls as one text, as chat templates write them. */
function written(
  reasoning: string,
  text: string,
  calls: readonly RecordedCall[],
): Pick<RecordedTurn, "text" | "calls"> {
  const isThere = reasoning.trim() === "" || text.includes(reasoning.trim());
  const thought = isThere ? "" : `<think>\n${reasoning.trim()}\n</think>\n\n`;
  const isCalled = calls.length > 0 && readCallsQuietly(text) !== null;
  const parts = [...(text === "" || isCalled ? [] : [text]), ...calls.map(callText)];
  return { text: thought + parts.join("\n"), ...(calls.length > 0 ? { calls } : {}) };
}

function readCallsQuietly(text: string): RecordedCall[] | null {
  try {
    return readCalls(text, "");
  } catch {
    return null;
  }
}

function callsOf(fields: Fields, where: string): RecordedCall[] {
  const list = fields.tool_calls ?? [];
  if (!Array.isArray(list)) throw new TypeError(`${where}.tool_calls is not a list`);
  const calls = list.map((one, i) => readCall(one, `${where}.tool_calls[${i}]`));
  const legacy = fields.function_call;
  return legacy === undefined || legacy === null
    ? calls
    : [...calls, readCall(legacy, `${where}.function_call`)];
}

interface Content {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly RecordedCall[];
  readonly callId?: unknown;
}

function readContent(content: unknown, where: string): Content {
  if (typeof content === "string") return { text: content, reasoning: "", calls: [] };
  if (content === null || content === undefined) return { text: "", reasoning: "", calls: [] };
  if (!Array.isArray(content)) throw new TypeError(`${where} has content that is no text`);
  const texts: string[] = [];
  const reasoning: string[] = [];
  const calls: RecordedCall[] = [];
  let callId: unknown;
  content.forEach((part, i) => {
    if (typeof part === "string") return texts.push(part);
    const fields = asFields(part);
    const { type } = fields;
    const thought = fields.reasoning ?? fields.thinking ??
      (type === "reasoning" || type === "thinking" ? fields.text : undefined);
    if (typeof thought === "string") reasoning.push(thought);
    else if (type === "tool_use" || type === "tool_call") {
      calls.push(readCall(part, `${where}[${i}]`));
    } else if (type === "tool_result") {
      texts.push(readContent(fields.content, `${where}[${i}]`).text);
      callId = fields.tool_use_id;
    } else if (typeof fields.text === "string") texts.push(fields.text);
    else if (typeof fields.refusal === "string") texts.push(fields.refusal);
    else throw new TypeError(`${where} has a part of type "${type}", which is no text`);
  });
  return { text: texts.join("\n"), reasoning: reasoning.join("\n"), calls, callId };
}

function refuseMedia(fields: Fields, where: string): void {
  const media = MEDIA.find((one) => hasContent(fields[one]));
  if (media !== undefined) throw new TypeError(`${where} has ${media}, which are no text`);
}

function hasContent(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}
