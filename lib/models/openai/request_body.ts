import type { JsonValue } from "../../records/json.ts";
import type { Message } from "../../records/message.ts";
import type { ChatRequest } from "../chat_model.ts";
import type { EndpointCapabilities } from "./capabilities.ts";
import type { RequestBody } from "./wire.ts";

/** A started assistant message and how it is continued. */
export interface StartedMessage {
  /** The whole text. */
  readonly text: string;
  /** The text as sent: without white space at its end, which chat templates trim. */
  readonly sent: string;
  /** True if the model is told to begin with the text instead of being given it. */
  readonly emulated: boolean;
  /** True if the endpoint is known to repeat the text before what continues it. @default false */
  readonly isEchoed?: boolean;
}

/** A request as it goes over the wire. */
export interface PlannedRequest {
  /** Body of the request. */
  readonly body: RequestBody;
  /** The started message that the answer continues, or null. */
  readonly started: StartedMessage | null;
}

/** Largest seed that every server takes: signed 32 bits. */
const MAX_SEED = 2 ** 31;
/** OpenAI refuses more. */
const MAX_STOPS = 4;

/** One of the requests that a {@link ChatRequest} is sent as. */
export interface RequestPart {
  /** Completions asked for. */
  readonly samples: number;
  /** Added to the seed, so that parts of one request differ. */
  readonly seedOffset: number;
  /** True if an earlier answer could not be used; the instruction is then firmer. */
  readonly isRepeat: boolean;
}

/** The body for a request, or a part of one, in the endpoint's dialect. */
export function planRequest(
  model: string,
  request: ChatRequest,
  capabilities: EndpointCapabilities,
  part: RequestPart,
  extraBody: RequestBody = {},
): PlannedRequest {
  const { messages, fields, started } = planMessages(request.messages, capabilities, part.isRepeat);
  const stop = (request.stop ?? []).filter((text) => text !== "").slice(0, MAX_STOPS);
  const body: Record<string, JsonValue | undefined> = {
    model,
    messages,
    [capabilities.maxTokensField]: request.maxNewTokens ?? 1024,
    temperature: request.temperature ?? 0,
    top_p: (request.topP ?? 1) < 1 ? request.topP : undefined,
    top_k: request.topK,
    min_p: request.minP,
    n: part.samples > 1 ? part.samples : undefined,
    stop: stop.length > 0 && capabilities.stop === "native" ? stop : undefined,
    seed: ((request.seed ?? 0) + part.seedOffset) % MAX_SEED,
    grammar: request.grammar,
    logprobs: request.logprobs && capabilities.logprobs ? true : undefined,
    ...fields,
    ...extraBody,
  };
  for (const field of capabilities.rejectedFields) delete body[field];
  return { body: defined(body), started };
}

interface PlannedMessages {
  readonly messages: JsonValue;
  readonly fields: Record<string, JsonValue>;
  readonly started: StartedMessage | null;
}

function planMessages(
  messages: readonly Message[],
  capabilities: EndpointCapabilities,
  isRepeat: boolean,
): PlannedMessages {
  const last = messages.at(-1);
  if (last?.role !== "assistant") {
    return { messages: messages.map(wire), fields: {}, started: null };
  }
  const before = messages.slice(0, -1);
  const sent = last.content.trimEnd();
  const emulated = capabilities.prefix === "emulated";
  const started: StartedMessage = {
    ...{ text: last.content, sent, emulated },
    isEchoed: capabilities.prefixEcho === true,
  };
  if (emulated) return { messages: instructed(before, sent, isRepeat), fields: {}, started };
  const marked: Record<string, JsonValue> = capabilities.prefix === "prefix-field"
    ? { prefix: true }
    : {};
  return {
    messages: [...before.map(wire), { role: "assistant", content: sent, ...marked }],
    fields: continuationFields[capabilities.prefix] ?? {},
    started,
  };
}

const continuationFields: Readonly<Record<string, Record<string, JsonValue>>> = {
  vllm: { continue_final_message: true, add_generation_prompt: false },
  sglang: { continue_final_message: true },
  "llama.cpp": {
    continue_final_message: true,
    add_generation_prompt: false,
    chat_template_kwargs: { enable_thinking: false },
  },
};

/** The conversation with the request to begin the reply with `text` at its end. */
function instructed(messages: readonly Message[], text: string, isFirm: boolean): JsonValue {
  const firmly = isFirm
    ? " Copy it word for word as the first words of your reply; an answer that begins otherwise is lost."
    : "";
  const instruction =
    `Begin your reply with exactly the text between the two lines of dashes, then go on from where it ` +
    `ends.${firmly}\n----------\n${text}\n----------`;
  const last = messages.at(-1);
  if (last?.role !== "user") {
    return [...messages.map(wire), { role: "user", content: instruction }];
  }
  return [
    ...messages.slice(0, -1).map(wire),
    { role: "user", content: `${last.content}\n\n${instruction}` },
  ];
}

function wire({ role, content }: Message): JsonValue {
  return { role, content };
}

function defined(fields: Record<string, JsonValue | undefined>): RequestBody {
  const entries = Object.entries(fields).filter((entry): entry is [string, JsonValue] =>
    entry[1] !== undefined
  );
  return Object.fromEntries(entries);
}
