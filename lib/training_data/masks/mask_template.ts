import { spansOf } from "../../tokenizer/jinja/marked_text.ts";
import {
  ChatTemplate,
  type RenderedChat,
  type TemplateMessage,
  type TemplateVariables,
} from "../../tokenizer/chat_template.ts";

/**
 * Range of a message's content in a rendered text: from `start` up to before `end`, in UTF-16
 * units.
 */
export interface ContentPlace {
  /** Beginning of the content. */
  readonly start: number;
  /** Just after its last UTF-16 unit. */
  readonly end: number;
}

/** A conversation as a trainer renders it. */
export interface RenderedTraining {
  /** The rendered text. */
  readonly text: string;
  /** Range per message; null where the template changes, drops or repeats the content. */
  readonly places: readonly (ContentPlace | null)[];
}

/**
 * A chat template as trainers and servers use it: with the tokenizer's special tokens and any further
 * variables, such as `enable_thinking`.
 */
export class MaskTemplate {
  readonly #template: ChatTemplate;

  /**
   * Parses a template.
   * @param variables given in every rendering, such as `bos_token`
   * @throws {Error} when the source is not a Jinja template
   */
  constructor(source: string, variables: TemplateVariables = {}) {
    this.#template = new ChatTemplate(source, variables);
  }

  /**
   * The text from which a server's model goes on: the messages and the beginning of the assistant's.
   * @throws {Error} when the template refuses the messages
   */
  inferenceText(messages: readonly TemplateMessage[], variables: TemplateVariables = {}): string {
    return this.#template.render(messages, { addGenerationPrompt: true, variables });
  }

  /**
   * The whole conversation with the place of each content.
   * @throws {Error} when the template refuses the messages
   */
  trainingText(
    messages: readonly TemplateMessage[],
    variables: TemplateVariables = {},
  ): RenderedTraining {
    const rendered = this.#template.locate(messages, variables);
    const places = rendered.places.map((place, i) => place ?? rewritten(rendered, messages[i], i));
    return { text: rendered.text, places };
  }
}

/**
 * The place of a content that a template took apart and put together again to the same, as Qwen3's does
 * with `<think>`.
 */
function rewritten(
  { text, marked }: RenderedChat,
  { content }: TemplateMessage,
  origin: number,
): ContentPlace | null {
  if (typeof content !== "string" || content === "") return null;
  const spans = spansOf(marked).filter((span) => span.origin === origin);
  if (spans.length === 0) return null;
  const { start: first } = spans[0];
  const { end: last } = spans[spans.length - 1];
  const at = text.lastIndexOf(content, first);
  return at !== -1 && at + content.length >= last ? { start: at, end: at + content.length } : null;
}
