import { JinjaTemplate } from "./jinja/jinja_template.ts";
import { plain, sliceText, spansOf, type Text } from "./jinja/marked_text.ts";
import { toValue } from "./jinja/to_value.ts";
import { Dict, type DictKey, type Value } from "./jinja/value.ts";
import { isSpace, skipEnd, skipStart } from "./jinja/white_space.ts";
import type { JsonValue } from "../records/json.ts";

/** A message as a chat template is given it; further fields, such as `tool_calls`, are passed on. */
export interface TemplateMessage {
  /** Role of the message's author. */
  readonly role: string;
  /** Content: a text, or another value that the template accepts. */
  readonly content?: JsonValue;
}

/** Variables that a template is given besides the messages, such as `bos_token` or `tools`. */
export type TemplateVariables = Readonly<Record<string, JsonValue>>;

/** Options of one rendering. */
export interface RenderChatOptions {
  /** End with the beginning of an assistant message, for the model to write. @default false */
  readonly addGenerationPrompt?: boolean;
  /** End within the last message, which is the assistant's, for the model to go on. @default false */
  readonly continueFinalMessage?: boolean;
  /** Further variables, such as `enable_thinking`; they go before the tokenizer's. */
  readonly variables?: TemplateVariables;
}

/** Range of one message's content in the rendered text: from `start` up to before `end`. */
export interface ContentSpan {
  /** Index of the message. */
  readonly message: number;
  /** First place, in UTF-16 code units. */
  readonly start: number;
  /** The place after the last. */
  readonly end: number;
}

/** A rendered conversation and where each message's content is in it. */
export interface RenderedChat {
  /** All messages, as the template writes them. */
  readonly text: string;
  /** The same, with the marks of what came from the messages: origin i is the content of message i. */
  readonly marked: Text;
  /** Range per message, in order; null where the template changes, drops or repeats the content. */
  readonly places: readonly (ContentSpan | null)[];
}

/** The origin of variables of a template that are not the content of a message. */
const OTHER = -1;
/** A private-use character in place of a content that is empty, to see where it would be. */
const NOTHING = "\uE0F0";

/**
 * A Jinja chat template, as Hugging Face models carry it, with the special tokens of a tokenizer.
 *
 * @source Hugging Face transformers, "Chat templates"
 *
 * @example
 * ```ts
 * import { ChatTemplate } from "@potstill/tokenizer/chat_template.ts";
 * const template = new ChatTemplate("{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}");
 * const text = template.render([{ role: "user", content: "Hello" }]);
 * if (text !== "[user] Hello\n") throw new Error(text);
 * ```
 */
export class ChatTemplate {
  /** The template's Jinja source. */
  readonly source: string;
  /** Given in every rendering, such as `bos_token`. */
  readonly variables: TemplateVariables;
  readonly #template: JinjaTemplate;
  readonly #mentioned = new Map<string, boolean>();

  /**
   * Parses a template.
   * @param variables given in every rendering: the tokenizer's special tokens
   * @throws {Error} when the source is not a Jinja template
   */
  constructor(source: string, variables: TemplateVariables = {}, parsed?: JinjaTemplate) {
    this.source = source;
    this.variables = variables;
    try {
      this.#template = parsed ?? new JinjaTemplate(source);
    } catch (cause) {
      throw new Error(`Cannot parse the chat template: ${(cause as Error).message}`, { cause });
    }
  }

  /** The same template with other variables. */
  with(variables: TemplateVariables): ChatTemplate {
    return new ChatTemplate(this.source, variables, this.#template);
  }

  /** True if the template itself writes a text, in its body or in one of its strings. */
  mentions(text: string): boolean {
    const known = this.#mentioned.get(text) ??
      this.#template.literals.some((literal) => literal.includes(text));
    this.#mentioned.set(text, known);
    return known;
  }

  /**
   * The conversation as the text that a model reads.
   *
   * @throws {Error} when both options are set, when there is no message to continue, or when the
   *   template refuses the conversation or does not end
   */
  render(messages: readonly TemplateMessage[], options: RenderChatOptions = {}): string {
    return plain(this.renderMarked(messages, options));
  }

  /** The text of {@link ChatTemplate.render} with marks on what came from the messages. */
  renderMarked(messages: readonly TemplateMessage[], options: RenderChatOptions = {}): Text {
    const { addGenerationPrompt = false, continueFinalMessage = false } = options;
    if (!continueFinalMessage) {
      return this.#render(messages, addGenerationPrompt, options.variables);
    }
    if (addGenerationPrompt) {
      throw new Error(
        "Cannot render the chat: addGenerationPrompt and continueFinalMessage exclude each other",
      );
    }
    if (messages.at(-1)?.role !== "assistant") {
      throw new Error(
        `Cannot continue the final message: it is the ${
          messages.at(-1)?.role ?? "missing one"
        }'s, not the assistant's`,
      );
    }
    const { marked, places } = this.locate(messages, options.variables);
    const place = places.at(-1);
    if (place === null || place === undefined) {
      throw new Error("Cannot continue the final message: the template changes or drops it");
    }
    return sliceText(marked, 0, place.end);
  }

  /**
   * The conversation as text, with the place of each content in it: where the template writes a
   * content once and as it is, but for white space at its ends.
   *
   * @throws {Error} when the template refuses the conversation
   */
  locate(messages: readonly TemplateMessage[], variables: TemplateVariables = {}): RenderedChat {
    const marked = this.#render(messages, false, variables);
    const text = plain(marked);
    const found = messages.map((_, i) => spansOf(marked).filter(({ origin }) => origin === i));
    const empty = messages.some(({ content }) => isBlank(content))
      ? this.#emptyPlaces(messages, text, variables)
      : null;
    const places = messages.map(({ content }, message): ContentSpan | null => {
      if (isBlank(content)) return empty?.[message] ?? null;
      const [span, ...more] = found[message];
      if (span === undefined || more.length > 0 || typeof content !== "string") return null;
      const written = text.slice(span.start, span.end);
      const isContent = written === content || trimmed(written) === trimmed(content);
      return isContent ? { message, start: span.start, end: span.end } : null;
    });
    return { text, marked, places };
  }

  /**
   * The conversation as text with the place of every content.
   * @throws {Error} when the template changes, drops or repeats one, but for white space at its ends
   */
  renderWithSpans(
    messages: readonly TemplateMessage[],
  ): { text: string; marked: Text; spans: readonly ContentSpan[] } {
    const { text, marked, places } = this.locate(messages);
    const spans = places.filter((place) => place !== null);
    if (spans.length !== places.length) {
      throw new Error(
        "Cannot locate the contents in the chat: the template changes, drops or repeats the " +
          `content of message ${places.indexOf(null)}`,
      );
    }
    return { text, marked, spans };
  }

  /** Places of empty contents, found by rendering a character in place of each. */
  #emptyPlaces(
    messages: readonly TemplateMessage[],
    text: string,
    variables: TemplateVariables,
  ): (ContentSpan | null)[] | null {
    const filled = messages.map((one) => isBlank(one.content) ? { ...one, content: NOTHING } : one);
    if (JSON.stringify(messages).includes(NOTHING)) return null;
    let marked: Text;
    try {
      marked = this.#render(filled, false, variables);
    } catch {
      return null;
    }
    if (plain(marked).replaceAll(NOTHING, "") !== text) return null;
    let removed = 0;
    const places: (ContentSpan | null)[] = messages.map(() => null);
    for (const { start, origin } of spansOf(marked)) {
      if (plain(marked)[start] !== NOTHING || origin < 0) continue;
      places[origin] = { message: origin, start: start - removed, end: start - removed };
      removed++;
    }
    return places;
  }

  #render(
    messages: readonly TemplateMessage[],
    addGenerationPrompt: boolean,
    variables: TemplateVariables = {},
  ): Text {
    const given: Record<string, Value> = {};
    for (const [name, value] of Object.entries(this.variables)) given[name] = toValue(value);
    for (const [name, value] of Object.entries(variables)) given[name] = toValue(value, OTHER);
    try {
      return this.#template.render({
        ...given,
        messages: messages.map(messageValue),
        add_generation_prompt: addGenerationPrompt,
      });
    } catch (cause) {
      throw new Error(`Cannot render the chat: ${(cause as Error).message}`, { cause });
    }
  }
}

/** Fields without a value are left out, as transformers does. */
function messageValue(message: TemplateMessage, index: number): Value {
  const entries: [DictKey, Value][] = [];
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined || value === null) continue;
    // A role makes control tokens in some templates; what is no plain word is no role.
    const isRole = name === "role" && /^[\w-]+$/.test(String(value));
    entries.push([name, toValue(value, isRole ? null : name === "content" ? index : OTHER)]);
  }
  return new Dict(entries);
}

function isBlank(content: JsonValue | undefined): boolean {
  return content === "";
}

function trimmed(text: string): string {
  const start = skipStart(text, isSpace);
  return text.slice(start, skipEnd(text, isSpace, start));
}
