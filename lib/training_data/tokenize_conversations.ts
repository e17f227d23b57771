import type { Message } from "../records/message.ts";
import type { ChatTemplate } from "../tokenizer/chat_template.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import {
  type ConversationDefect,
  ConversationError,
  tokenizeConversation,
  type TokenizeConversationOptions,
} from "./tokenize_conversation.ts";
import type { TokenizedExample } from "./tokenized_example.ts";

/** A conversation to train on. */
export interface Conversation {
  /** Names it in reports. */
  readonly id: string;
  /** From the system prompt to the last answer. */
  readonly messages: readonly Message[];
  /** Indices of the assistant messages that may be learned. @default all of them */
  readonly learned?: readonly number[];
}

/** A conversation that was left out, and why. */
export interface DroppedConversation {
  /** The conversation's id. */
  readonly id: string;
  /** The kind of defect, for counts. */
  readonly defect: ConversationDefect;
  /** The whole message, for reading. */
  readonly detail: string;
}

/** Training examples, and what was left out. */
export interface TokenizedConversations {
  /** In the order of the conversations. */
  readonly examples: readonly TokenizedExample[];
  /** In the order of the conversations. */
  readonly dropped: readonly DroppedConversation[];
  /** Tokens in all examples together. */
  readonly tokens: number;
  /** Tokens that are trained on. */
  readonly trainedTokens: number;
}

/** Tokenizes each conversation; those with a defect are left out, with the reason. */
export function tokenizeConversations(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  conversations: Iterable<Conversation>,
  options: TokenizeConversationOptions = {},
): TokenizedConversations {
  const examples: TokenizedExample[] = [];
  const dropped: DroppedConversation[] = [];
  let tokens = 0;
  let trainedTokens = 0;
  for (const { id, messages, learned } of conversations) {
    try {
      const example = tokenizeConversation(tokenizer, template, messages, {
        ...options,
        ...(learned === undefined ? {} : { learned }),
      });
      examples.push(example);
      tokens += example.ids.length;
      for (const bit of example.trained) trainedTokens += bit;
    } catch (error) {
      if (!(error instanceof ConversationError)) throw error;
      dropped.push({ id, defect: error.defect, detail: error.message });
    }
  }
  return { examples, dropped, tokens, trainedTokens };
}
