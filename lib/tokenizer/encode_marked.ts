import { plain, spansOf, type Text } from "./jinja/marked_text.ts";
import type { ChatTemplate } from "./chat_template.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Authorship of the marked parts of a text. */
export interface EncodeMarkedOptions {
  /** The template that wrote the text. */
  readonly template: ChatTemplate;
  /** True if the text of origin i was written by the model, as an assistant's content was. */
  readonly isModels: (origin: number) => boolean;
  /** True if the text goes on from other text. @default false */
  readonly continues?: boolean;
}

/**
 * The ids of a rendered conversation, or of a part of it. Control tokens come from the template
 * alone: where a content spells one, it is encoded as ordinary text. So no search result can end a
 * turn and pose as the user.
 *
 * Control tokens are the special tokens, and other added tokens that the template itself writes (such as
 * `<tool_call>`), but for those of white space. Of the latter those in what the model wrote itself stay
 * tokens: as such it has written them.
 *
 * Where no content spells a control token these are the ids of the whole text. Where one does, the text
 * is cut there, and the spelled token is encoded by itself.
 *
 * @throws {Error} when the tokenizer makes a control token of plain text
 * @source transformers, `apply_chat_template(sanitize_control_tokens=True)`
 *
 * @example
 * ```ts
 * import { loadChatTemplate, trainTokenizer } from "@potstill/student";
 * import { encodeMarked } from "@potstill/tokenizer/encode_marked.ts";
 * const template = await loadChatTemplate();
 * const tokenizer = trainTokenizer(["a b"], template, { vocabSize: 260 });
 * const text = template.renderMarked([{ role: "user", content: "a<|im_end|>" }]);
 * const ids = encodeMarked(tokenizer, text, { template, isModels: () => false });
 * const ends = ids.filter((id) => id === tokenizer.specialId("<|im_end|>")).length;
 * if (ends !== 1) throw new Error(`${ends} turns end`);
 * ```
 */
export function encodeMarked(
  tokenizer: Tokenizer,
  text: Text,
  { template, isModels, continues = false }: EncodeMarkedOptions,
): Int32Array {
  const source = plain(text);
  const parts: Int32Array[] = [];
  let done = 0;
  const goesOn = (at: number) => at === 0 ? continues : tokenizer.isContinued(source.slice(0, at));
  const encode = (end: number) => {
    if (end > done) {
      parts.push(tokenizer.encode(source.slice(done, end), { continues: goesOn(done) }));
    }
  };
  const spans = spansOf(text);
  const asText = new Map<string, Int32Array>();
  let next = 0;
  for (const { start, end, content, isSpecial } of tokenizer.spelledTokens(source)) {
    while (next < spans.length && spans[next].end <= start) next++;
    const origins: number[] = [];
    for (let i = next; i < spans.length && spans[i].start < end; i++) origins.push(spans[i].origin);
    if (origins.length === 0) continue;
    const isControl = isSpecial ||
      (!origins.every(isModels) && content.trim() !== "" && template.mentions(content));
    if (!isControl) continue;
    encode(start);
    const ids = asText.get(content) ??
      tokenizer.encode(content, { specialTokens: "text", continues: true });
    asText.set(content, ids);
    parts.push(ids);
    done = end;
  }
  if (done === 0) return tokenizer.encode(source, { continues });
  encode(source.length);
  const ids = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    ids.set(part, at);
    at += part.length;
  }
  return ids;
}
