import type { OpenAiModelOptions } from "../models/openai/create_openai_model.ts";
import type { PrefixMode } from "../models/openai/capabilities.ts";
import { prefixModes } from "../models/openai/capabilities.ts";
import type { JsonValue } from "../records/json.ts";
import type { OptionTable, OptionValues } from "../records/option_table.ts";
import { pickOptions } from "../records/resolve_options.ts";
import { UsageError } from "./options.ts";
import { MAX_TIMER_MS } from "../runs/timer_limit.ts";

/**
 * Options on the cost, content and waiting times of requests, named as the model's own options
 * are.
 */
const SENDING = {
  inputPrice: {
    type: "number",
    min: 0,
    defaultNote: "the prices that the endpoint lists",
    description: "US dollars per million tokens read",
  },
  outputPrice: {
    type: "number",
    min: 0,
    defaultNote: "the prices that the endpoint lists",
    description: "US dollars per million tokens written",
  },
  apiKeyEnv: {
    type: "string",
    default: "OPENAI_API_KEY",
    placeholder: "NAME",
    description: "Environment variable that holds the endpoint's key",
  },
  timeoutMs: {
    type: "integer",
    min: 1,
    max: MAX_TIMER_MS,
    default: 300_000,
    description: "Time allowed to one request",
  },
  maxRetries: {
    type: "integer",
    min: 0,
    default: 6,
    description: "Most repetitions of a failed request",
  },
  maxRetryWaitMs: {
    type: "integer",
    min: 1,
    default: 60_000,
    description: "Longest wait before a request is sent again, even if the endpoint asks for more",
  },
} as const satisfies OptionTable;

/** The options of every command that asks an OpenAI-compatible endpoint. */
export const ENDPOINT_OPTIONS = {
  baseUrl: {
    type: "string",
    placeholder: "URL",
    description: "The endpoint, such as http://127.0.0.1:8000/v1",
  },
  ...SENDING,
  prefixMode: {
    type: "string",
    choices: prefixModes,
    defaultNote: "found by a probe",
    description: "Way of continuing a started message",
  },
  requestN: {
    type: "string",
    choices: ["native", "emulated"],
    defaultNote: "found by a probe",
    description: "Several completions by one request (native) or by several (emulated)",
  },
  requestStop: {
    type: "string",
    choices: ["native", "client"],
    defaultNote: "found by a probe",
    description: "Stop texts are sent to the endpoint (native) or applied here alone (client)",
  },
  extraBody: {
    type: "string",
    placeholder: "JSON",
    description: 'Fields added to every request, such as {"top_k": 20}',
  },
} as const satisfies OptionTable;

/**
 * The endpoint that the options describe.
 *
 * @throws {UsageError} when an option's text cannot be read
 */
export function readEndpoint(
  values: OptionValues<typeof ENDPOINT_OPTIONS> & { readonly concurrency: number },
  baseUrl: string,
): Omit<OpenAiModelOptions, "model"> {
  return {
    ...pickOptions(SENDING, values),
    baseUrl,
    concurrency: values.concurrency,
    prefix: values.prefixMode as PrefixMode | undefined,
    samples: values.requestN,
    stop: values.requestStop,
    extraBody: readExtraBody(values.extraBody),
  };
}

function readExtraBody(text: string | undefined): Record<string, JsonValue> | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new UsageError(`Option --extra-body must be a JSON object: "${text}"`);
}
