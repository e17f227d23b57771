import { ApiError } from "../../http/api_error.ts";
import type { Fields } from "../../http/body_fields.ts";
import { wordList } from "../../records/word_list.ts";

/** Fields of a chat request that decide the answer: every one is honoured. */
export const HONOURED_FIELDS: readonly string[] = wordList(`
  model messages n stream stream_options stop seed logprobs temperature top_p top_k min_p
  max_tokens max_completion_tokens grammar continue_final_message add_generation_prompt
`);

/** Fields that tell who asks and change no answer. */
const NAMING_FIELDS = new Set(["user", "metadata", "safety_identifier", "prompt_cache_key"]);

const isNothing = (value: unknown) => value === false || isEmpty(value);
const isNumber = (neutral: number) => (value: unknown) => value === neutral;
const isAnyOf = (...neutral: unknown[]) => (value: unknown) => neutral.includes(value);

/**
 * Fields that clients send, and that this server knows only with the value that changes nothing; null
 * is such a value for all of them.
 */
const NEUTRAL_VALUES: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ...wordList(`
    tools functions audio logit_bias prediction chat_template_kwargs stop_token_ids bad_words echo
    ignore_eos use_beam_search store include_stop_str_in_output guided_json guided_regex
    guided_choice guided_grammar documents web_search_options prompt_logprobs reasoning
    reasoning_effort chat_template logits_processors
  `).map((name) => [name, isNothing] as const),
  ...["presence_penalty", "frequency_penalty", "top_logprobs", "min_tokens", "mirostat"]
    .map((name) => [name, isNumber(0)] as const),
  ...["repetition_penalty", "repeat_penalty", "length_penalty", "typical_p", "tfs_z", "best_of"]
    .map((name) => [name, isNumber(1)] as const),
  ["modalities", (value) => isEmpty(value) || JSON.stringify(value) === '["text"]'],
  ["parallel_tool_calls", (value) => typeof value === "boolean"],
  ["tool_choice", isAnyOf("none", "auto")],
  ["function_call", isAnyOf("none", "auto")],
  ["service_tier", isAnyOf("auto", "default")],
  ["skip_special_tokens", isAnyOf(true)],
  ["spaces_between_special_tokens", isAnyOf(true)],
  ["response_format", (value) => {
    const format = value as { readonly type?: unknown };
    return typeof value === "object" && format.type === "text" && Object.keys(format).length === 1;
  }],
]);

/**
 * Refuses every field that would change the answer and is not honoured, and every field that is not
 * known: a client that asks for something is never left to think that it got it.
 *
 * @throws {ApiError} 400 naming the field
 */
export function refuseOtherFields(fields: Fields): void {
  const honoured: ReadonlySet<string> = new Set(HONOURED_FIELDS);
  for (const [name, value] of Object.entries(fields)) {
    if (honoured.has(name) || NAMING_FIELDS.has(name)) continue;
    const isNeutral = NEUTRAL_VALUES.get(name);
    if (isNeutral !== undefined && (value === null || isNeutral(value))) continue;
    const shown = name.length > 80 ? `${name.slice(0, 80)}...` : name;
    throw new ApiError(
      400,
      `Unsupported parameter: '${shown}' is not supported by this server`,
      { param: shown, code: "unsupported_parameter" },
    );
  }
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null &&
    Object.keys(value).length === 0);
}
