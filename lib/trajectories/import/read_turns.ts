import type { Role } from "../../records/message.ts";
import { asFields, type Fields } from "./fields.ts";

/** Role of a turn's author, with tool calls and responses as roles of their own. */
export type TurnRole = Role | "tool-call" | "tool-response";

/** A turn of an imported conversation. */
export interface Turn {
  /** Role of the author. */
  readonly role: TurnRole;
  /** Text of the turn. */
  readonly text: string;
}

const ROLES: Readonly<Record<string, TurnRole>> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  assistant: "assistant",
  gpt: "assistant",
  model: "assistant",
  bot: "assistant",
  chatbot: "assistant",
  "tool-call": "tool-call",
  "function-call": "tool-call",
  "tool-response": "tool-response",
  "function-response": "tool-response",
  tool: "tool-response",
  function: "tool-response",
  observation: "tool-response",
  ipython: "tool-response",
};

/**
 * The turns of a list of messages, whatever their roles and contents are called: `role` or `from`,
 * `content` or `value`, text or parts.
 *
 * @throws {TypeError} naming the message that cannot be read
 */
export function readTurns(messages: unknown, where: string): Turn[] {
  if (!Array.isArray(messages)) throw new TypeError(`${where} is not a list`);
  return messages.map((message, i) => {
    const fields = asFields(message);
    const role = readRole(fields, `${where}[${i}]`);
    return { role, text: readText(fields.content ?? fields.value, `${where}[${i}]`) };
  });
}

/**
 * Role of a message's author, from its `role` or `from`.
 * @throws {TypeError} when the role is not known
 */
export function readRole(message: Fields, where: string): TurnRole {
  const name = String(message.role ?? message.from ?? "missing");
  const key = name.toLowerCase().replace(/^messagerole\./, "").replaceAll("_", "-");
  if (!Object.hasOwn(ROLES, key)) {
    throw new TypeError(`${where} has the unknown role "${name.slice(0, 60)}"`);
  }
  return ROLES[key];
}

function readText(content: unknown, where: string): string {
  if (typeof content === "string") return content;
  if (content === null || content === undefined) return "";
  if (!Array.isArray(content)) throw new TypeError(`${where} has content that is no text`);
  return content.map((part) => {
    if (typeof part === "string") return part;
    const { text, type } = asFields(part);
    if (typeof text !== "string") {
      throw new TypeError(`${where} has a part of type "${type}", which is no text`);
    }
    return text;
  }).join("\n");
}
