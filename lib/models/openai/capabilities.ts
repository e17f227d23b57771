import type { JsonValue } from "../../records/json.ts";

/**
 * Way in which an endpoint continues a started assistant message.
 *
 * - `vllm`: `continue_final_message: true, add_generation_prompt: false` (vLLM, Potstill, TGI)
 * - `sglang`: `continue_final_message: true`
 * - `llama.cpp`: the fields of vLLM, and thinking switched off
 * - `prefix-field`: `"prefix": true` on the message (DeepSeek beta, Mistral)
 * - `plain`: a trailing assistant message and nothing else (Ollama, many providers)
 * - `emulated`: the model is told to begin with the text; the reply is checked
 */
export type PrefixMode = "vllm" | "sglang" | "llama.cpp" | "prefix-field" | "plain" | "emulated";

/** Every {@link PrefixMode}. */
export const prefixModes: readonly PrefixMode[] = [
  "vllm",
  "sglang",
  "llama.cpp",
  "prefix-field",
  "plain",
  "emulated",
];

/**
 * Capabilities of an endpoint. JSON-serialisable: a run stores it, so that resuming does not probe
 * again.
 */
export interface EndpointCapabilities {
  /** Way of continuing a started message. */
  readonly prefix: PrefixMode;
  /** True if the answer has the started message again, before what continues it. @default false */
  readonly prefixEcho?: boolean;
  /** `native` if one request can ask for several completions, `emulated` if each takes its own. */
  readonly samples: "native" | "emulated";
  /** `native` if stop sequences may be sent; the client cuts at them in any case. */
  readonly stop: "native" | "client";
  /** True if log-probabilities come back. */
  readonly logprobs: boolean;
  /** Forms that texts can be held to, as Potstill's servers report them. @default none */
  readonly grammars?: readonly string[];
  /** True if the endpoint reports finish reasons. @default true */
  readonly finishReasons?: boolean;
  /** Name of the field that limits the new tokens. */
  readonly maxTokensField: "max_tokens" | "max_completion_tokens";
  /** Request fields that the endpoint rejects and that are left out. */
  readonly rejectedFields: readonly string[];
  /** US dollars a million tokens read and written, where the endpoint lists them. */
  readonly prices: { readonly input: number; readonly output: number } | null;
  /** Observations of the probe, for people. */
  readonly notes: readonly string[];
}

/** Capabilities set by hand; the probe finds the others. */
export interface CapabilityOverrides {
  /** See {@link EndpointCapabilities}. */
  readonly prefix?: PrefixMode;
  /** See {@link EndpointCapabilities}. */
  readonly samples?: "native" | "emulated";
  /** See {@link EndpointCapabilities}. */
  readonly stop?: "native" | "client";
  /** See {@link EndpointCapabilities}. */
  readonly logprobs?: boolean;
}

/** Assumed capabilities of an endpoint that is not probed: the least. */
export const leastCapabilities: EndpointCapabilities = {
  prefix: "emulated",
  samples: "emulated",
  stop: "native",
  logprobs: false,
  maxTokensField: "max_tokens",
  rejectedFields: [],
  prices: null,
  notes: [],
};

/** Request fields that may be left out when an endpoint rejects them. */
const droppableFields: readonly string[] = [
  "seed",
  "stop",
  "temperature",
  "top_p",
  "logprobs",
];

const UNSUPPORTED =
  /unsupported|not supported|does(?: not|n't) support|unknown|unrecogni[sz]ed|unexpected|not (?:allowed|permitted)|extra (?:inputs|fields)|incompatible/i;

const REFUSED_PREFIX =
  /prefill|continue_final_message|final message|last message|(?:end|start) with (?:a|an) (?:user|assistant)/i;

function isStarted(sent: Readonly<Record<string, JsonValue>>): boolean {
  const messages = sent.messages as readonly { readonly role: string }[] | undefined;
  return messages?.at(-1)?.role === "assistant";
}

/**
 * Change of the request after a rejection, or null when nothing helps.
 *
 * @param error the text of the rejection and the field that it names
 * @param sent the fields of the rejected request
 */
export function adaptToRejection(
  capabilities: EndpointCapabilities,
  error: { readonly message: string; readonly param: string | null },
  sent: Readonly<Record<string, JsonValue>>,
): EndpointCapabilities | null {
  if (capabilities.prefix !== "emulated" && isStarted(sent) && REFUSED_PREFIX.test(error.message)) {
    return { ...capabilities, prefix: "emulated" };
  }
  // Stop texts are cut on the client as well: what an endpoint has against them does not matter.
  const isAboutStop = error.param === "stop" || STOP_TEXTS.test(error.message);
  if ("stop" in sent && isAboutStop) return withoutField(capabilities, "stop");
  // A value out of range is the user's to change: leaving the field out would change the sampling.
  if (!UNSUPPORTED.test(error.message)) return null;
  const names = (field: string) =>
    field in sent &&
    (error.param === field ||
      ((error.param ?? "") === "" &&
        new RegExp(`(?<![\\w])${field}(?![\\w])`).test(error.message)));
  if (names("max_tokens") && capabilities.maxTokensField === "max_tokens") {
    return { ...capabilities, maxTokensField: "max_completion_tokens" };
  }
  if (names("max_completion_tokens") && capabilities.maxTokensField === "max_completion_tokens") {
    return { ...capabilities, maxTokensField: "max_tokens" };
  }
  if (Number(sent.n ?? 1) > 1 && names("n")) return { ...capabilities, samples: "emulated" };
  const field = droppableFields.find(names);
  return field === undefined ? null : withoutField(capabilities, field);
}

const STOP_TEXTS =
  /\bstop(?:[_ ](?:sequences?|words?|texts?))?\b.{0,40}\b(?:most|many|max|limit|exceed)|\b(?:most|many|max\w*)\b.{0,40}\bstop\b/i;

function withoutField(capabilities: EndpointCapabilities, field: string): EndpointCapabilities {
  return {
    ...capabilities,
    ...(field === "stop" ? { stop: "client" } : {}),
    ...(field === "logprobs" ? { logprobs: false } : {}),
    rejectedFields: [...capabilities.rejectedFields, field],
  };
}
