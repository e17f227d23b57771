import { env } from "node:process";
import {
  type CapabilityOverrides,
  type EndpointCapabilities,
  leastCapabilities,
} from "./capabilities.ts";
import {
  EndpointFailure,
  EndpointRefusedError,
  EndpointUnavailableError,
} from "./endpoint_error.ts";
import { openAiClient } from "./openai_client.ts";
import { type EndpointWait, OpenAiModel, type RequestPolicy } from "./openai_model.ts";
import { probeCapabilities } from "./probe_capabilities.ts";
import type { SpendGuard } from "./spend_guard.ts";

/** Options of {@link createOpenAiModel}. */
export interface OpenAiModelOptions extends RequestPolicy, CapabilityOverrides {
  /** Up to and without `/chat/completions`, such as `http://127.0.0.1:8000/v1`. */
  readonly baseUrl: string;
  /** As the endpoint calls it. */
  readonly model: string;
  /** Environment variable that holds the key. Local endpoints mostly want none. @default "OPENAI_API_KEY" */
  readonly apiKeyEnv?: string;
  /** HTTP headers to send besides. */
  readonly headers?: Readonly<Record<string, string>>;
  /** US dollars a million tokens read. @default what the endpoint lists */
  readonly inputPrice?: number;
  /** US dollars a million tokens written. @default what the endpoint lists */
  readonly outputPrice?: number;
  /** Longest answer that is read, in bytes. @default 32 MiB */
  readonly maxAnswerBytes?: number;
  /** Find out what the endpoint can do; without it the least is assumed. @default true */
  readonly probe?: boolean;
}

/** Services that cannot be written down as options. */
export interface OpenAiModelServices {
  /** Asked before each request. */
  readonly guard?: SpendGuard;
  /** Known from an earlier probe; nothing is then asked. */
  readonly capabilities?: EndpointCapabilities;
  /** Told of each wait before a request is sent again. */
  readonly onWait?: (wait: EndpointWait) => void;
  /** Ends the probe. */
  readonly signal?: AbortSignal;
}

/**
 * A model behind an OpenAI-compatible endpoint: vLLM, llama.cpp, Ollama, SGLang, OpenRouter, a
 * commercial interface, Potstill's own server. A few short requests find out what it can do.
 *
 * @throws {TypeError} when `baseUrl` is not an address
 * @throws {EndpointRefusedError} when the endpoint refuses to serve
 * @throws {EndpointUnavailableError} when it cannot be reached
 *
 * @example
 * ```ts
 * import { createOpenAiModel } from "@potstill";
 * export async function ask(question: string): Promise<string> {
 *   const model = await createOpenAiModel({
 *     baseUrl: "http://127.0.0.1:8000/v1",
 *     model: "Qwen/Qwen2.5-32B-Instruct",
 *   });
 *   const { completions } = await model.complete({
 *     messages: [{ role: "user", content: question }],
 *   });
 *   return completions[0].text;
 * }
 * ```
 */
export async function createOpenAiModel(
  options: OpenAiModelOptions,
  services: OpenAiModelServices = {},
): Promise<OpenAiModel> {
  const { baseUrl, model, apiKeyEnv = "OPENAI_API_KEY", headers } = options;
  const apiKey = env[apiKeyEnv] || null;
  const client = openAiClient({
    baseUrl,
    apiKey,
    headers,
    maxAnswerBytes: options.maxAnswerBytes,
  });
  let found = services.capabilities ?? leastCapabilities;
  if (services.capabilities === undefined && options.probe !== false) {
    try {
      found = await probeCapabilities(client, model, {
        overrides: options,
        extraBody: options.extraBody,
        timeoutMs: Math.min(60_000, options.timeoutMs ?? 60_000),
        maxRetryWaitMs: options.maxRetryWaitMs,
        onWait: services.onWait,
        signal: services.signal,
      });
    } catch (error) {
      throw explained(error, options, apiKey === null);
    }
  }
  const { inputPrice, outputPrice } = options;
  const capabilities: EndpointCapabilities = {
    ...found,
    ...given({
      prefix: options.prefix,
      samples: options.samples,
      stop: options.stop,
      logprobs: options.logprobs,
    }),
    prices: inputPrice === undefined && outputPrice === undefined
      ? found.prices
      : { input: inputPrice ?? 0, output: outputPrice ?? 0 },
  };
  const { guard, onWait } = services;
  return new OpenAiModel({ client, model, capabilities, policy: options, guard, onWait });
}

function explained(error: unknown, options: OpenAiModelOptions, isWithoutKey: boolean): unknown {
  if (!(error instanceof EndpointFailure)) return error;
  const { baseUrl, model, apiKeyEnv = "OPENAI_API_KEY" } = options;
  const key = isWithoutKey && (error.status === 401 || error.status === 403)
    ? `; the environment variable ${apiKeyEnv}, which should hold the key, is not set`
    : "";
  const message = `Cannot use ${model} at ${baseUrl}: ${error.message}${key}`;
  return error.kind === "refused" || error.kind === "rejected"
    ? new EndpointRefusedError(message)
    : new EndpointUnavailableError(message);
}

function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
