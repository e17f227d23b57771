import type { TemplateMessage } from "../../tokenizer/chat_template.ts";

/** A message of training data: besides its content it may have `tool_calls` or a reasoning. */
export interface MaskedMessage extends TemplateMessage {
  /** What is said; empty where the message is all calls of tools. */
  readonly content: string;
}
