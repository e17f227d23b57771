import type { ChatTemplate } from "../tokenizer/chat_template.ts";
import type { Message } from "../records/message.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { MaskTemplate } from "./masks/mask_template.ts";
import { type MaskedConversation, verifyMask } from "./masks/verify_mask.ts";
import { ConversationError, tokenizeConversation } from "./tokenize_conversation.ts";
import type { TokenizedExample } from "./tokenized_example.ts";

/** Tokenizer and settings of conversations. */
export interface ExampleOptions {
  /** The student's tokenizer. */
  readonly tokenizer: Tokenizer;
  /** The chat template to render with. */
  readonly template: ChatTemplate;
  /** A longer example is refused, never cut. */
  readonly maxTokens: number;
}

/**
 * The training example of a row's conversation. Where its messages are text alone it is tokenized as
 * trajectories are; with calls of tools, reasoning, tools or a mask of its own it must pass the verifier
 * of masks.
 *
 * @throws {ConversationError} when it cannot be learned as a whole
 */
export function exampleOfRow(
  conversation: MaskedConversation,
  { tokenizer, template, maxTokens }: ExampleOptions,
): TokenizedExample {
  const { messages, learned } = conversation;
  if (isText(conversation)) {
    return tokenizeConversation(tokenizer, template, messages as readonly Message[], {
      learned,
      maxTokens,
    });
  }
  const masked = new MaskTemplate(template.source, tokenizer.templateVariables);
  const { findings, example } = verifyMask(tokenizer, masked, conversation);
  if (findings.length > 0 || example === null) {
    const [{ defect, detail }] = findings;
    throw new ConversationError(
      defect === "empty-mask" ? "nothing-to-train" : "template",
      `${defect}: ${detail}`,
    );
  }
  if (example.ids.length > maxTokens) {
    throw new ConversationError(
      "too-long",
      `it has ${example.ids.length} tokens, and the limit is ${maxTokens}`,
    );
  }
  return example;
}

function isText({ messages, variables, given }: MaskedConversation): boolean {
  const hasMore = messages.some((message) =>
    !["system", "user", "assistant"].includes(message.role) ||
    Object.keys(message).some((name) => name !== "role" && name !== "content")
  );
  return variables === undefined && given === undefined && !hasMore;
}
