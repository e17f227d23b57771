import { sliceText } from "../tokenizer/jinja/marked_text.ts";
import type { Message } from "../records/message.ts";
import type { ChatTemplate } from "../tokenizer/chat_template.ts";
import { encodeMarked } from "../tokenizer/encode_marked.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { TokenizedExample } from "./tokenized_example.ts";

/** Options that choose the assistant messages to train on. */
export interface TokenizeConversationOptions {
  /** `all-assistant`: each of them; `last-assistant`: the last one alone. @default "all-assistant" */
  readonly train?: "all-assistant" | "last-assistant";
  /** Indices of the assistant messages that may be trained on at all. @default all of them */
  readonly learned?: readonly number[];
  /** An example with more tokens is refused, never cut. @default no limit */
  readonly maxTokens?: number;
  /**
   * The special token that ends an assistant message, and is trained on with it.
   * @default the tokenizer's
   */
  readonly endOfTurn?: string;
}

/** Reason why a conversation makes no training example. */
export type ConversationDefect =
  | "nothing-to-train"
  | "unfinished"
  | "too-long"
  | "template";

/** A conversation cannot be made into a training example. */
export class ConversationError extends Error {
  /** Tells this error from others. */
  override readonly name = "ConversationError";
  /** The defect's kind, for counts. */
  readonly defect: ConversationDefect;

  /**
   * An error with a defect.
   * @param detail completes "Cannot train on the conversation: "
   */
  constructor(defect: ConversationDefect, detail: string, options?: ErrorOptions) {
    super(`Cannot train on the conversation: ${detail}`, options);
    this.defect = defect;
  }
}

/**
 * A conversation as token ids with the loss mask: the loss is on the content of assistant messages
 * and the end-of-turn token right after each; everything else is context.
 *
 * The mask comes from where the rendered contents are, not from a search for the template's words.
 * Text is encoded up to each content's beginning and from there on, as it is when a student is
 * prompted: the tokens of a prompt are a prefix of the tokens trained on. What follows the last
 * learned token is left out. A content that spells a special token is text, as it is in use.
 *
 * @param template is given the special tokens of the tokenizer
 * @throws {ConversationError} when nothing would be learned, when the conversation does not end
 *   with an assistant message, when it has more than `maxTokens` tokens, or when the template does not
 *   write the contents as they are, but for white space at their ends
 * @source arXiv 2505.17612, section 3: loss on the agent's own tokens only
 *
 * @example
 * ```ts
 * import { loadChatTemplate, trainTokenizer } from "@potstill/student";
 * import { tokenizeConversation } from "@potstill/training_data/tokenize_conversation.ts";
 * const template = await loadChatTemplate();
 * const tokenizer = trainTokenizer(["1 + 1 is 2"], template, { vocabSize: 265 });
 * const { ids, trained } = tokenizeConversation(tokenizer, template, [
 *   { role: "user", content: "1 + 1?" },
 *   { role: "assistant", content: "2" },
 * ]);
 * const learned = tokenizer.decode(ids.filter((_, i) => trained[i] === 1));
 * if (learned !== "2<|im_end|>") throw new Error(learned);
 * ```
 */
export function tokenizeConversation(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly Message[],
  options: TokenizeConversationOptions = {},
): TokenizedExample {
  const endOfTurn = options.endOfTurn ?? tokenizer.endOfTurn;
  const learned = learnedMessages(messages, options);
  const own = template.with({ ...template.variables, ...tokenizer.templateVariables });
  const { text, marked, spans } = locate(own, messages);
  const encode = (start: number, end: number) =>
    encodeMarked(tokenizer, sliceText(marked, start, end), {
      template: own,
      isModels: (origin) => messages[origin]?.role === "assistant",
      continues: tokenizer.isContinued(text.slice(0, start)),
    });
  const parts: { ids: Int32Array; trained: 0 | 1 }[] = [];
  let done = 0;
  const lastLearned = Math.max(...learned);
  for (const [i, { role }] of messages.entries()) {
    if (role !== "assistant" || i > lastLearned) continue;
    const { start, end } = spans[i];
    const turnEnd = end + endOfTurn.length;
    if (text.slice(end, turnEnd) !== endOfTurn) {
      throw new ConversationError(
        "template",
        `the template writes ${
          JSON.stringify(text.slice(end, end + 20))
        } after the content of message ${i}, and not ${endOfTurn}`,
      );
    }
    parts.push({ ids: encode(done, start), trained: 0 });
    parts.push({
      ids: encode(start, turnEnd),
      trained: learned.has(i) ? 1 : 0,
    });
    done = turnEnd;
  }
  const length = parts.reduce((sum, { ids }) => sum + ids.length, 0);
  if (length > (options.maxTokens ?? Infinity)) {
    throw new ConversationError(
      "too-long",
      `it has ${length} tokens, and the limit is ${options.maxTokens}`,
    );
  }
  const example = { ids: new Int32Array(length), trained: new Uint8Array(length) };
  let at = 0;
  for (const { ids, trained } of parts) {
    example.ids.set(ids, at);
    if (trained) example.trained.fill(1, at, at + ids.length);
    at += ids.length;
  }
  return example;
}

function learnedMessages(
  messages: readonly Message[],
  { train, learned }: TokenizeConversationOptions,
): ReadonlySet<number> {
  const last = messages.length - 1;
  if (!messages.some(({ role }) => role === "assistant")) {
    throw new ConversationError("nothing-to-train", "it has no assistant message");
  }
  if (messages[last].role !== "assistant") {
    throw new ConversationError(
      "unfinished",
      `its last message (${last}) is the ${messages[last].role}'s, not the assistant's`,
    );
  }
  const empty = messages.findIndex(({ role, content }) => role === "assistant" && content === "");
  if (empty >= 0) {
    throw new ConversationError("nothing-to-train", `assistant message ${empty} is empty`);
  }
  const turns = messages.flatMap(({ role }, i) =>
    role === "assistant" && (learned?.includes(i) ?? true) &&
      (train !== "last-assistant" || i === last)
      ? [i]
      : []
  );
  if (turns.length === 0) {
    throw new ConversationError("nothing-to-train", "no turn to train on is whole");
  }
  return new Set(turns);
}

function locate(
  template: ChatTemplate,
  messages: readonly Message[],
): ReturnType<ChatTemplate["renderWithSpans"]> {
  try {
    return template.renderWithSpans(messages);
  } catch (cause) {
    const { message } = cause as Error;
    throw new ConversationError("template", message[0].toLowerCase() + message.slice(1), { cause });
  }
}
