import { type ChatRequest, TEXT_FORMS } from "../chat_model.ts";
import type { Message, Role } from "../../records/message.ts";
import { ApiError, badField } from "../../http/api_error.ts";
import {
  booleanField,
  type Fields,
  integerField,
  numberField,
  shown,
  textAt,
} from "../../http/body_fields.ts";
import { refuseOtherFields } from "./chat_fields.ts";
import { wordList } from "../../records/word_list.ts";

/** A chat-completions request, read and checked. */
export interface ParsedChatBody {
  /** Name of the model asked for. */
  readonly model: string;
  /** Request to the model; the caller adds the abort signal. */
  readonly request: ChatRequest;
  /** True if the answer is a stream of events. */
  readonly stream: boolean;
  /** True if the stream ends with the token counts. */
  readonly includeUsage: boolean;
}

/** Limits of {@link parseChatBody}. */
export interface ChatLimits {
  /** Most messages. @default 4096 */
  readonly maxMessages?: number;
  /** Most completions of a request. @default 128 */
  readonly maxSamples?: number;
  /** Most stop texts. @default 64 */
  readonly maxStops?: number;
  /** Characters of all stop texts. @default 4096 */
  readonly maxStopLength?: number;
}

const ROLES: ReadonlyMap<unknown, Role> = new Map([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
  ["assistant", "assistant"],
]);
/** Keys of a message that may be there when they say nothing. */
const EMPTY_MESSAGE_KEYS = new Set(wordList(`
  refusal annotations audio function_call tool_calls name prefix reasoning reasoning_content
`));

/**
 * Reads the body of a chat-completions request. Fields that would change the answer and are not
 * supported are errors, not ignored.
 *
 * @throws {ApiError} naming the field
 * @source OpenAI API reference, "Create chat completion"; vLLM for `continue_final_message`, `top_k`
 *   and `min_p`
 */
export function parseChatBody(body: unknown, limits: ChatLimits = {}): ParsedChatBody {
  if (body === null || typeof body !== "object" || Array.isArray(body)) {
    throw new ApiError(400, "Cannot read the request: its body is not a JSON object");
  }
  const fields = body as Fields;
  refuseOtherFields(fields);
  if (fields.model === undefined || fields.model === "") throw badField("model", "must be a name");
  const model = textAt(fields.model, "model", 1024);
  const messages = readMessages(fields.messages, limits.maxMessages ?? 4096);
  checkContinuation(fields, messages);
  const samples = integerField(fields, "n", 1, limits.maxSamples ?? 128) ?? 1;
  const maxNewTokens = integerField(fields, "max_completion_tokens", 1, 1_000_000) ??
    integerField(fields, "max_tokens", 1, 1_000_000) ?? 1024;
  const topK = readTopK(fields);
  const minP = numberField(fields, "min_p", 0, 1) ?? 0;
  return {
    model,
    stream: booleanField(fields, "stream") ?? false,
    includeUsage: readIncludeUsage(fields.stream_options),
    request: {
      messages,
      samples,
      temperature: numberField(fields, "temperature", 0, 2) ?? 1,
      topP: numberField(fields, "top_p", 0, 1) || 1,
      ...(topK === null ? {} : { topK }),
      ...(minP === 0 ? {} : { minP }),
      maxNewTokens,
      stop: readStop(fields.stop, limits),
      // Without a seed every answer may differ, as the protocol's users expect.
      seed: seedOf(fields) ?? Math.floor(Math.random() * 2 ** 31),
      ...readGrammar(fields.grammar),
      ...(booleanField(fields, "logprobs") ? { logprobs: true } : {}),
    },
  };
}

/** A form of texts by its name, as this server alone has it. */
function readGrammar(value: unknown): Pick<ChatRequest, "grammar"> {
  if (value === undefined || value === null) return {};
  const grammar = TEXT_FORMS.find((form) => form === value);
  if (grammar === undefined) {
    throw badField("grammar", `must be ${TEXT_FORMS.join(" or ")}: ${shown(value)}`);
  }
  return { grammar };
}

/** 0 and -1 mean every token, as in vLLM. */
function readTopK(fields: Fields): number | null {
  const topK = integerField(fields, "top_k", -1, 2 ** 31 - 1) ?? 0;
  return topK > 0 ? topK : null;
}

function readIncludeUsage(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== "object" || Array.isArray(value)) {
    throw badField("stream_options", `must be an object: ${shown(value)}`);
  }
  for (const name of Object.keys(value)) {
    if (name !== "include_usage" && name !== "include_obfuscation") {
      throw badField(`stream_options.${name.slice(0, 80)}`, "is not supported by this server");
    }
  }
  return booleanField(value as Fields, "include_usage") ?? false;
}

function readMessages(value: unknown, most: number): Message[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw badField("messages", "must be a list with at least one message");
  }
  if (value.length > most) {
    throw badField("messages", `has ${value.length} messages; at most ${most} are allowed`);
  }
  return value.map((message, i) => {
    const at = `messages[${i}]`;
    if (message === null || typeof message !== "object" || Array.isArray(message)) {
      throw badField(at, `must be an object: ${shown(message)}`);
    }
    const role = ROLES.get(message.role);
    if (role === undefined) {
      throw badField(`${at}.role`, `must be system, user or assistant: ${shown(message.role)}`);
    }
    for (const [key, value] of Object.entries(message)) {
      if (key === "role" || key === "content") continue;
      if (EMPTY_MESSAGE_KEYS.has(key) && isEmpty(value)) continue;
      throw badField(`${at}.${key.slice(0, 80)}`, "is not supported by this server");
    }
    return { role, content: readContent(message.content, `${at}.content`) };
  });
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || value === false ||
    (Array.isArray(value) && value.length === 0);
}

function readContent(content: unknown, at: string): string {
  if (typeof content === "string") return textAt(content, at);
  if (!Array.isArray(content)) throw badField(at, "must be a text or a list of text parts");
  return content.map((part, i) => {
    if (part?.type !== "text" || typeof part.text !== "string") {
      throw badField(
        `${at}[${i}]`,
        `must be a text part: type ${shown(part?.type)} is not supported`,
      );
    }
    return textAt(part.text, `${at}[${i}].text`);
  }).join("");
}

function checkContinuation(fields: Fields, messages: readonly Message[]): void {
  const continues = booleanField(fields, "continue_final_message") ?? false;
  const prompts = booleanField(fields, "add_generation_prompt");
  const isStarted = messages[messages.length - 1].role === "assistant";
  if (continues && prompts === true) {
    throw badField(
      "continue_final_message",
      "and add_generation_prompt cannot both be true: set add_generation_prompt to false",
    );
  }
  if (continues && !isStarted) {
    throw badField(
      "continue_final_message",
      "is true, but the last message is not the assistant's",
    );
  }
  if (!continues && isStarted) {
    throw badField(
      "messages",
      "end with the assistant's: set continue_final_message to true and add_generation_prompt to false to continue it",
    );
  }
}

function readStop(value: unknown, limits: ChatLimits): string[] {
  const { maxStops = 64, maxStopLength = 4096 } = limits;
  if (value === undefined || value === null) return [];
  const list: unknown = typeof value === "string" ? [value] : value;
  if (!Array.isArray(list)) throw badField("stop", "must be a text or a list of texts");
  if (list.length > maxStops) {
    throw badField("stop", `has ${list.length} texts; at most ${maxStops} are allowed`);
  }
  const texts = list.map((text, i) => textAt(text, `stop[${i}]`, maxStopLength));
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length > maxStopLength) {
    throw badField("stop", `has ${length} characters; at most ${maxStopLength} are allowed`);
  }
  return [...new Set(texts)].filter((text) => text !== "");
}

function seedOf(fields: Fields): number | undefined {
  const seed = integerField(fields, "seed", -(2 ** 53), 2 ** 53);
  // Models take 32 bits; seeds that differ by less stay different.
  return seed === undefined ? undefined : ((seed % 2 ** 32) + 2 ** 32) % 2 ** 32;
}
