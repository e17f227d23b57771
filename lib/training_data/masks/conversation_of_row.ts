import { trainingExample } from "../training_example.ts";
import { asFields, type Fields } from "../../trajectories/import/fields.ts";
import { learnedFlags } from "../../trajectories/import/learned_flag.ts";
import { turnEnd } from "../../trajectories/import/turn_end.ts";
import { readTurns, type Turn } from "../../trajectories/import/read_turns.ts";
import { checkTrajectory } from "../../records/check.ts";
import type { JsonValue } from "../../records/json.ts";
import { checkMessageFields, isSet, TEMPLATE_FIELDS } from "./message_fields.ts";
import type { MaskedMessage } from "./masked_message.ts";
import type { MaskedConversation } from "./verify_mask.ts";

/**
 * The conversation of a row of training data, whatever its format: messages (with `supervision`, or
 * with `train`, `weight` or the like on each), prompt and completion, ShareGPT, a preference pair (its
 * chosen side), a trajectory. Tool calls, tool results and reasoning are passed to the template as they
 * are. `input_ids` with `labels` or a mask beside them are the mask to verify.
 *
 * @throws {TypeError} telling why the row cannot be read, or naming the field that is not understood
 */
export function conversationOfRow(row: unknown): MaskedConversation {
  const fields = asFields(row);
  const read = readRow(fields);
  const given = givenMask(fields);
  const tools = toolsOf(fields.tools);
  return {
    ...read,
    ...(tools === null ? {} : { variables: { tools } }),
    ...(given === null ? {} : { given }),
  };
}

function readRow(fields: Fields): MaskedConversation {
  if (Array.isArray(fields.steps) && "paradigm" in fields) {
    const example = trainingExample(checkTrajectory(fields), null);
    if (example === null) throw new TypeError("the trajectory has no assistant message to learn");
    return example;
  }
  if (fields.label === false) {
    throw new TypeError("label is false: an answer to be avoided is not trained on");
  }
  if (Array.isArray(fields.conversations)) {
    const system = typeof fields.system === "string" && fields.system !== ""
      ? [{ role: "system", content: fields.system }]
      : [];
    return learnedOf(system, fields.conversations, "conversations", fields);
  }
  if ("prompt" in fields && ("completion" in fields || "chosen" in fields)) {
    const name = "completion" in fields ? "completion" : "chosen";
    const before = turnsOf(asMessages(fields.prompt, "user"), "prompt");
    return learnedOf(before, asMessages(fields[name], "assistant"), name, fields);
  }
  const all = learnedOf([], fields.messages, "messages", fields);
  return fields.supervision === "last_assistant_only"
    ? { ...all, learned: all.learned.slice(-1) }
    : all;
}

/** Messages of a trainer, with flags from each message, its role and its finish reason. */
function learnedOf(
  before: readonly MaskedMessage[],
  raw: unknown,
  where: string,
  row: Fields,
): MaskedConversation {
  const after = turnsOf(raw, where);
  const fields = (raw as readonly unknown[]).map(asFields);
  const flags = learnedFlags(
    row.input_ids === undefined ? row : {},
    fields.map((message, i) => ({ ...message, isAssistant: after[i].role === "assistant" })),
    where,
  );
  const final = after.findLastIndex(({ role }) => role === "assistant");
  const learned = after.flatMap((message, i) => {
    if (message.role !== "assistant" || flags[i] === false) return [];
    const calls = "tool_calls" in message && Array.isArray(message.tool_calls)
      ? message.tool_calls.length
      : 0;
    const end = turnEnd(fields[i], calls, `${where}[${i}]`) ??
      (i === final ? turnEnd(row, calls, "the row") : null) ?? "stop";
    // Whoever learns a turn that was broken off learns to stop there.
    if (end !== "stop") {
      throw new TypeError(`${where}[${i}] was cut off (${end}) and is to be trained on`);
    }
    return [before.length + i];
  });
  return { messages: [...before, ...after], learned };
}

function turnsOf(raw: unknown, where: string): MaskedMessage[] {
  return readTurns(raw, where).map((turn, i) => {
    const at = `${where}[${i}]`;
    const fields = asFields((raw as readonly unknown[])[i]);
    checkMessageFields(fields, at);
    return messageOf(turn, fields, at);
  });
}

function asMessages(value: unknown, role: "user" | "assistant"): unknown {
  return typeof value === "string" ? [{ role, content: value }] : value;
}

function messageOf({ role, text }: Turn, fields: Fields, where: string): MaskedMessage {
  const extra: Record<string, JsonValue> = {};
  for (const name of TEMPLATE_FIELDS) {
    const value = fields[name];
    if (isSet(value)) extra[name] = value as JsonValue;
  }
  if (extra.tool_calls !== undefined) extra.tool_calls = callsOf(extra.tool_calls, where);
  if (role !== "tool-call") {
    return { role: role === "tool-response" ? "tool" : role, content: text, ...extra };
  }
  const calls = { tool_calls: shareGptCalls(text, where) };
  return { role: "assistant", content: "", ...calls };
}

/** Calls as templates read them: arguments that are JSON in a text become the object, as vLLM does. */
function callsOf(calls: JsonValue, where: string): JsonValue {
  if (!Array.isArray(calls)) throw new TypeError(`${where}.tool_calls is not a list`);
  return calls.map((call, i) => {
    const fields = asFields(call);
    const inner = asFields(fields.function ?? fields);
    if (typeof inner.name !== "string") {
      throw new TypeError(`${where}.tool_calls[${i}] has no name of a function`);
    }
    const given = (inner.arguments ?? inner.parameters ?? {}) as JsonValue;
    const read = typeof given === "string" ? parsed(given) ?? given : given;
    const called = { ...inner, arguments: read } as JsonValue;
    const whole = fields.function === undefined ? { type: "function" } : fields;
    return { ...whole, function: called } as JsonValue;
  });
}

/** A turn of ShareGPT that calls tools: one call or several, as JSON. */
function shareGptCalls(text: string, where: string): JsonValue {
  const calls = parsed(text);
  if (calls === null) throw new TypeError(`${where} is a call of a tool that is not JSON`);
  return callsOf(Array.isArray(calls) ? calls : [calls], where);
}

function toolsOf(tools: unknown): JsonValue | null {
  if (tools === undefined || tools === null || tools === "") return null;
  const read = typeof tools === "string" ? parsed(tools) : tools as JsonValue;
  if (!Array.isArray(read)) throw new TypeError("tools is not a list");
  return read.length === 0 ? null : read;
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Masks that are given in ones and zeros beside the ids. */
const MASKS = ["loss_mask", "assistant_masks", "completion_mask"] as const;

/**
 * The mask of a row that a trainer prepared: tokens with a label of -100 or a mask of 0 are not
 * trained on.
 */
function givenMask(fields: Fields): MaskedConversation["given"] | null {
  const { input_ids: ids, labels } = fields;
  // Without ids `loss_mask` is a list with one value for each message.
  const names = MASKS.filter((name) =>
    fields[name] !== undefined && fields[name] !== null &&
    !(name === "loss_mask" && ids === undefined)
  );
  if (ids === undefined && labels === undefined && names.length === 0) return null;
  const isList = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((id) => Number.isInteger(id));
  const mask = labels === undefined && names.length > 0
    ? fields[names[0]]
    : isList(labels)
    ? labels.map((label) => (label === -100 ? 0 : 1))
    : labels;
  const name = labels === undefined && names.length > 0 ? names[0] : "labels";
  if (!isList(ids) || !isList(mask) || ids.length !== mask.length) {
    throw new TypeError(`input_ids and ${name} are not two lists of numbers of one length`);
  }
  if (mask.some((bit) => bit !== 0 && bit !== 1)) {
    throw new TypeError(`${name} has other numbers than 0 and 1`);
  }
  return { ids: Int32Array.from(ids), trained: Uint8Array.from(mask) };
}
