import type { JsonValue } from "../../records/json.ts";

/** The body of a chat-completions request. */
export type RequestBody = Readonly<Record<string, JsonValue>>;

/** A choice of a chat-completions answer, as far as it is read. */
export interface WireChoice {
  /** The message; `content` may be text, parts, or missing. */
  readonly message?: { readonly content?: unknown; readonly refusal?: unknown };
  /** Finish reason. */
  readonly finish_reason?: string | null;
  /** Log-probabilities, when asked for. */
  readonly logprobs?: {
    readonly content?:
      | readonly { readonly token: string; readonly logprob: number }[]
      | null;
  } | null;
  /** Some gateways put the failure of a single choice beside what came of it. */
  readonly error?: WireError | null;
}

/** An error as endpoints tell it. */
export interface WireError {
  /** Description of the error. */
  readonly message: string;
  /** An HTTP status, or a name. */
  readonly code: number | string | null;
}

/** Token counts of an answer, as far as they are read. */
export interface WireUsage {
  /** Tokens read. */
  readonly prompt_tokens?: number;
  /** Tokens written, over all choices. */
  readonly completion_tokens?: number;
  /** Breakdown of the completion's tokens, where the endpoint gives one. */
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null;
  /** Tokens of the prompt that were cached, where the endpoint reports them. */
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  /** US dollars, where the endpoint tells (OpenRouter). */
  readonly cost?: number;
}

/** A chat-completions answer, as far as it is read. Every field may be missing; see `check_answer.ts`. */
export interface WireAnswer {
  /** The completions. */
  readonly choices?: readonly WireChoice[] | null;
  /** Token counts. */
  readonly usage?: WireUsage | null;
}

/** A model in an endpoint's list. */
export interface WireModel {
  /** The name to ask for. */
  readonly id: string;
  /** The kind of server, for several servers: `vllm`, `sglang`, `llamacpp`, `potstill`. */
  readonly owned_by?: string;
  /** US dollars a token, as text, where the endpoint lists prices (OpenRouter). */
  readonly pricing?: { readonly prompt?: string; readonly completion?: string };
  /** Capabilities of a model behind Potstill's own server, which need not be probed. */
  readonly capabilities?: {
    readonly logprobs?: boolean;
    readonly grammars?: readonly string[];
  };
}

/** The two calls that are made of an endpoint. */
export interface EndpointClient {
  /**
   * Sends one request, once.
   * @throws {EndpointFailure} for every failure but an abort; the signal's reason when it aborts
   */
  send(body: RequestBody, timeoutMs: number, signal?: AbortSignal): Promise<WireAnswer>;
  /** The models that are served; null when the endpoint has no such list. */
  models(timeoutMs: number, signal?: AbortSignal): Promise<readonly WireModel[] | null>;
}
