import type { TemplateVariables } from "../../tokenizer/chat_template.ts";
import type { ContentPlace, MaskTemplate, RenderedTraining } from "./mask_template.ts";
import { TEMPLATE_FIELDS } from "./message_fields.ts";
import type { MaskedMessage } from "./masked_message.ts";

/** Ways in which servers render a prompt; all trained turns must agree with one of them. */
export const INFERENCE_VARIANTS: readonly TemplateVariables[] = [{}, { enable_thinking: false }];

/** Fields that say nothing to the model where a template leaves them out. */
const SILENT = ["name", "tool_call_id"];

/** Texts of a message besides its content, such as reasoning and tool calls. */
export function spokenFields(message: MaskedMessage): string[] {
  const fields = message as unknown as Record<string, unknown>;
  return TEMPLATE_FIELDS.filter((name) => !SILENT.includes(name) && fields[name] !== undefined);
}

/**
 * The rendered conversation, in which a learned turn that holds more than a content (tool calls, a
 * reasoning) is placed as a whole: from where a server's prompt ends to before the end of the turn.
 *
 * @returns the message and the field that the template leaves out, if there is one
 */
export function placeTurns(
  template: MaskTemplate,
  rendered: RenderedTraining,
  { messages, learned, endOfTurn, variables }: {
    readonly messages: readonly MaskedMessage[];
    readonly learned: readonly number[];
    readonly endOfTurn: string;
    readonly variables: TemplateVariables;
  },
): { rendered: RenderedTraining; dropped: readonly { message: number; field: string }[] } {
  const dropped: { message: number; field: string }[] = [];
  const places = [...rendered.places];
  messages.forEach((message, i) => {
    const fields = spokenFields(message);
    if (fields.length === 0) return;
    for (const field of fields) {
      const { [field]: _, ...rest } = message as unknown as Record<string, unknown>;
      const without = messages.with(i, rest as unknown as MaskedMessage);
      if (textOf(template, without, variables) === rendered.text) {
        dropped.push({ message: i, field });
      }
    }
    if (learned.includes(i)) places[i] = turnPlace(i);
    else if (message.content === "") places[i] ??= { start: 0, end: 0 };
  });
  return { rendered: { ...rendered, places }, dropped };

  function turnPlace(i: number): ContentPlace | null {
    const { text } = rendered;
    const start = INFERENCE_VARIANTS.map((variant) => {
      try {
        return template.inferenceText(messages.slice(0, i), { ...variables, ...variant });
      } catch {
        return null;
      }
    }).find((prompt) => prompt !== null && text.startsWith(prompt))?.length;
    const content = rendered.places[i];
    if (start === undefined) return content;
    const hasContent = messages[i].content !== "" && content !== null;
    const end = text.indexOf(endOfTurn, hasContent ? content.end : start);
    return end === -1 ? content : { start, end };
  }
}

function textOf(
  template: MaskTemplate,
  messages: readonly MaskedMessage[],
  variables: TemplateVariables,
): string | null {
  try {
    return template.trainingText(messages, variables).text;
  } catch {
    return null;
  }
}
