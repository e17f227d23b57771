import type { FinishReason } from "./step.ts";

const WORDS: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  eos: "stop",
  eos_token: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  complete: "stop",
  completed: "stop",
  length: "length",
  max_tokens: "length",
  max_output_tokens: "length",
  model_length: "length",
  content_filter: "content_filter",
  safety: "content_filter",
  recitation: "content_filter",
  blocklist: "content_filter",
  prohibited_content: "content_filter",
  refusal: "content_filter",
  tool_calls: "tool_calls",
  tool_use: "tool_calls",
  function_call: "tool_calls",
};

/** Finish reason for a server's or a log's word, in any letter case; null for an unknown word. */
export function finishReasonOf(word: string): FinishReason | null {
  // Some gateways write the name of their enumeration before it: `FinishReason.STOP`.
  const key = word.toLowerCase().replace(/^finish_?reason[._]/, "");
  return Object.hasOwn(WORDS, key) ? WORDS[key] : null;
}
