import type { ChatTemplate } from "../tokenizer/chat_template.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Trajectory } from "../records/trajectory.ts";
import type { TokenizeConversationOptions } from "./tokenize_conversation.ts";
import { tokenizeConversations, type TokenizedConversations } from "./tokenize_conversations.ts";
import { trainingConversation } from "./training_conversation.ts";

/** Options of {@link tokenizeTrajectories}. */
export interface TokenizeTrajectoriesOptions extends Omit<TokenizeConversationOptions, "learned"> {
  /** System prompt in place of the teacher's; null keeps each trajectory's own, as CoT does. @default null */
  readonly systemPrompt?: string | null;
  /** Writes messages as text. @default the tokenizer's own chat template */
  readonly template?: ChatTemplate;
}

/**
 * Training examples of kept trajectories: each as a conversation, written by the chat template and cut
 * into tokens, with a loss mask over what the student learns to write. A conversation with a defect is
 * left out, with the reason.
 *
 * @source paper, section 3.2 (student training)
 * @throws {Error} when the tokenizer has no chat template and none is given
 *
 * @example
 * ```ts
 * import {
 *   filterTrajectories,
 *   readStoredBase,
 *   tokenizeTrajectories,
 *   type Trajectory,
 * } from "@potstill";
 * export async function learnedTokens(trajectories: readonly Trajectory[]): Promise<number> {
 *   const { tokenizer } = await readStoredBase("1M");
 *   return tokenizeTrajectories(tokenizer, filterTrajectories(trajectories).kept).trainedTokens;
 * }
 * ```
 */
export function tokenizeTrajectories(
  tokenizer: Tokenizer,
  trajectories: readonly Trajectory[],
  options: TokenizeTrajectoriesOptions = {},
): TokenizedConversations {
  const { systemPrompt = null, template = tokenizer.chatTemplate(), ...rest } = options;
  const conversations = trajectories.map((one) => trainingConversation(one, systemPrompt));
  return tokenizeConversations(tokenizer, template, conversations, rest);
}
