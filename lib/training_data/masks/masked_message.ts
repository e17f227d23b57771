import type { TemplateMessage } from "../../tokenizer/chat_template.ts";

/** A message of training data: besides its content it may have `tool_calls` or a reasoning. */
export interface MaskedMessage extends TemplateMessage {
  /** Text of the message; empty where it consists of tool calls. */
  readonly content: string;
}
