import {
  type ChatModel,
  type ChatResponse,
  ContextOverflowError,
  GenerationError,
  type TextForm,
} from "../chat_model.ts";
import { ApiError, badField } from "../../http/api_error.ts";
import { type AnswerHead, completionJson } from "./completion_json.ts";
import { eventStream } from "./event_stream.ts";
import { type ChatLimits, parseChatBody, type ParsedChatBody } from "./parse_chat_body.ts";
import { Places } from "../../runs/places.ts";
import { type BodyLimits, BodyReader } from "../../http/read_json_body.ts";
import { type GuardOptions, guardRequest, requestPath } from "../../http/request_guard.ts";

/** A model as it is listed. */
export interface ServedModel {
  /** The name that clients ask for. */
  readonly id: string;
  /** Model that answers. */
  readonly model: ChatModel;
  /** True if it gives log-probabilities. @default false */
  readonly logprobs?: boolean;
  /** Forms that it can hold its texts to. @default none */
  readonly grammars?: readonly TextForm[];
  /** Longest sequence that it reads, in tokens. @default not known */
  readonly contextTokens?: number;
}

/** Options of {@link ChatServer}. */
export interface ChatServerOptions extends GuardOptions, BodyLimits, ChatLimits {
  /** Requests answered at once; others wait in order. @default 8 */
  readonly concurrency?: number;
  /** Requests that may wait; one more is told 429. @default 1024 */
  readonly maxWaiting?: number;
  /** Longest conversation, in characters. @default 1048576 */
  readonly maxPromptLength?: number;
  /** Characters of all conversations under way or waiting. @default 33554432 */
  readonly maxHeldLength?: number;
  /** Most new tokens of a request: of one completion times their number. @default 131072 */
  readonly maxNewTokens?: number;
  /** Largest request body. @default 8388608 */
  readonly maxBodyBytes?: number;
  /** Seconds since 1970 at the present, for `created`. @default the machine's clock */
  readonly now?: () => number;
}

/** A generation that takes longer than this is ended when its client goes away. */
const WATCH_CLIENT_AFTER_MS = 500;

/**
 * Answers HTTP requests in OpenAI's chat-completions protocol: `/v1/models`, `/v1/chat/completions`
 * and `/health`. It knows no network: it maps a `Request` to a `Response`.
 *
 * @source OpenAI API reference, "Chat completions" and "Models"
 *
 * @example
 * ```ts
 * import type { ChatModel } from "@potstill";
 * import { ChatServer } from "@potstill/models/server/chat_server.ts";
 * const parrot: ChatModel = {
 *   name: "parrot",
 *   prefixContinuation: "native",
 *   complete: ({ messages }) =>
 *     Promise.resolve({
 *       completions: [{ text: messages[0].content, finishReason: "stop", completionTokens: 1 }],
 *       promptTokens: 1,
 *     }),
 * };
 * const server = new ChatServer([{ id: "parrot", model: parrot }]);
 * const response = await server.handle(
 *   new Request("http://localhost/v1/chat/completions", {
 *     method: "POST",
 *     body: JSON.stringify({ model: "parrot", messages: [{ role: "user", content: "Hello" }] }),
 *   }),
 * );
 * const { choices } = await response.json();
 * if (choices[0].message.content !== "Hello") throw new Error("not the answer");
 * ```
 */
export class ChatServer {
  readonly #models: ReadonlyMap<string, ServedModel>;
  readonly #options: ChatServerOptions;
  readonly #places: Places;
  readonly #bodies: BodyReader;
  readonly #now: () => number;
  #heldLength = 0;
  readonly #startedAt: number;

  /** A server of some models. @throws {RangeError} when there is none, or two of one name */
  constructor(models: readonly ServedModel[], options: ChatServerOptions = {}) {
    if (models.length === 0) throw new RangeError("Cannot serve: there is no model");
    this.#models = new Map(models.map((model) => [model.id, model]));
    if (this.#models.size < models.length) {
      throw new RangeError("Cannot serve: two models have the same name");
    }
    this.#options = options;
    this.#bodies = new BodyReader({ maxBodyBytes: 8 * 1024 * 1024, ...options });
    this.#places = new Places(options.concurrency ?? 8);
    this.#now = options.now ?? (() => Math.floor(Date.now() / 1000));
    this.#startedAt = this.#now();
  }

  /** Answers one request; it never rejects. */
  async handle(request: Request): Promise<Response> {
    try {
      return await this.#route(request);
    } catch (error) {
      if (error instanceof ApiError) return error.toResponse();
      const message = `Internal error: ${(error as Error).message}`.slice(0, 500);
      return new ApiError(500, message).toResponse();
    }
  }

  async #route(request: Request): Promise<Response> {
    const path = requestPath(request);
    if (path === "/health") {
      // Who watches a server that asks for a key does not have it.
      if (!hasKey(this.#options)) guardRequest(request, this.#options);
      allow(request, "GET");
      return Response.json({ status: "ok" });
    }
    guardRequest(request, this.#options);
    if (path === "/v1/chat/completions") {
      allow(request, "POST");
      return await this.#chat(request);
    }
    if (path === "/v1/models") {
      allow(request, "GET");
      return Response.json({
        object: "list",
        data: [...this.#models.keys()].map((id) => this.#card(id)),
      });
    }
    if (path.startsWith("/v1/models/")) {
      allow(request, "GET");
      return Response.json(this.#card(decodedName(path.slice("/v1/models/".length))));
    }
    throw new ApiError(404, `Unknown address: ${request.method} ${path.slice(0, 200)}`, {
      code: "unknown_url",
    });
  }

  #card(id: string) {
    const { logprobs = false, grammars = [] } = this.#find(id);
    return {
      id,
      object: "model",
      created: this.#startedAt,
      owned_by: "potstill",
      capabilities: { logprobs, grammars },
    };
  }

  #find(id: string): ServedModel {
    const found = this.#models.get(id);
    if (found) return found;
    const names = [...this.#models.keys()].join(", ");
    throw new ApiError(404, `The model '${id.slice(0, 100)}' does not exist; there is ${names}`, {
      param: "model",
      code: "model_not_found",
    });
  }

  async #chat(request: Request): Promise<Response> {
    const parsed = parseChatBody(await this.#bodies.read(request), this.#options);
    const served = this.#find(parsed.model);
    this.#checkSize(served, parsed);
    const { logprobs, grammar } = parsed.request;
    if (logprobs && !served.logprobs) refuseParameter("logprobs", served.id);
    if (grammar !== undefined && !served.grammars?.includes(grammar)) {
      refuseParameter("grammar", served.id);
    }
    const head: AnswerHead = {
      id: `chatcmpl-${crypto.randomUUID().replaceAll("-", "")}`,
      created: this.#now(),
      model: served.id,
    };
    const stop = new AbortController();
    if (parsed.stream) {
      const body = eventStream({
        head,
        samples: parsed.request.samples ?? 1,
        includeUsage: parsed.includeUsage,
        complete: (onText) => this.#complete(served, parsed, stop.signal, onText),
        onCancel: () => stop.abort(new Error("the client went away")),
      });
      return new Response(body, {
        headers: { "content-type": "text/event-stream", "cache-control": "no-cache" },
      });
    }
    // The signal of a request is looked at only when it matters: it costs, and aborts after success too.
    const watch = setTimeout(() => {
      request.signal.addEventListener("abort", () => stop.abort(request.signal.reason));
    }, WATCH_CLIENT_AFTER_MS);
    try {
      return Response.json(completionJson(head, await this.#complete(served, parsed, stop.signal)));
    } finally {
      clearTimeout(watch);
    }
  }

  /** Refuses what would take too long or too much memory before anything is made of it. */
  #checkSize(served: ServedModel, { request }: ParsedChatBody): void {
    const { maxPromptLength = 2 ** 20, maxNewTokens = 2 ** 17 } = this.#options;
    const length = lengthOf(request);
    if (length > maxPromptLength) {
      throw new ApiError(
        400,
        `Cannot read the request: messages have ${length} characters; at most ${maxPromptLength} are allowed`,
        { param: "messages", code: "context_length_exceeded" },
      );
    }
    const { samples = 1, maxNewTokens: asked = 1024 } = request;
    const each = Math.min(asked, served.contextTokens ?? Infinity);
    if (samples > 1 && samples * each > maxNewTokens) {
      throw badField(
        "n",
        `times max_tokens is ${samples * each}; at most ${maxNewTokens} new tokens are allowed`,
      );
    }
  }

  async #complete(
    { model }: ServedModel,
    { request }: ParsedChatBody,
    signal: AbortSignal,
    onText?: (sample: number, part: string) => void,
  ): Promise<ChatResponse> {
    const { maxHeldLength = 2 ** 25, maxWaiting = 1024 } = this.#options;
    const length = lengthOf(request);
    if (this.#places.isFull && this.#places.waiting >= maxWaiting) {
      throw tooMany(`${this.#places.waiting} are waiting`);
    }
    if (this.#heldLength + length > maxHeldLength) throw tooMany("conversations are too long");
    this.#heldLength += length;
    let release = () => {};
    try {
      release = await this.#places.take(signal);
      return await model.complete({ ...request, signal, ...(onText ? { onText } : {}) });
    } catch (error) {
      if (error instanceof ContextOverflowError) {
        throw new ApiError(400, error.message, {
          param: "messages",
          code: "context_length_exceeded",
        });
      }
      if (error instanceof GenerationError) {
        throw new ApiError(400, error.message, { code: "generation_failed" });
      }
      throw error;
    } finally {
      release();
      this.#heldLength -= length;
    }
  }
}

function allow(request: Request, method: string): void {
  if (request.method === method || (method === "GET" && request.method === "HEAD")) return;
  throw new ApiError(405, `Method ${request.method} is not allowed here; use ${method}`, {
    code: "method_not_allowed",
  });
}

function hasKey({ apiKey }: GuardOptions): boolean {
  return apiKey !== undefined && apiKey !== null;
}

function decodedName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError(400, `Cannot read the address: ${text.slice(0, 100)} is badly escaped`);
  }
}

function lengthOf({ messages }: ParsedChatBody["request"]): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}

function tooMany(what: string): ApiError {
  return new ApiError(429, `Too many requests: ${what}`, {
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
  });
}

function refuseParameter(param: string, model: string): never {
  throw new ApiError(400, `Unsupported parameter: '${param}' is not supported by ${model}`, {
    param,
    code: "unsupported_parameter",
  });
}
