import { END_OF_TEXT } from "../tokenizer/special_tokens.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { TokenizedExample } from "./tokenized_example.ts";

/**
 * A plain text as a training example: the loss is on every token and on the end of the text.
 * Nothing in it is a special token.
 *
 * @example
 * ```ts
 * import { loadChatTemplate, trainTokenizer, wholeText } from "@potstill/student";
 * const tokenizer = trainTokenizer(["a b"], await loadChatTemplate(), { vocabSize: 260 });
 * const { ids, trained } = wholeText(tokenizer, "a b");
 * if (ids.length !== trained.length) throw new Error("a mask is as long as its ids");
 * ```
 */
export function wholeText(tokenizer: Tokenizer, text: string): TokenizedExample {
  const ids = Int32Array.from([
    ...tokenizer.encode(text, { specialTokens: "text" }),
    tokenizer.specialId(END_OF_TEXT),
  ]);
  const trained = new Uint8Array(ids.length).fill(1);
  trained[0] = 0;
  return { ids, trained };
}

/**
 * A text as a trainer of language models takes it: control tokens that it spells are those tokens, the
 * tokenizer's first token comes before it where the tokenizer asks for one, `eos_token` after it, and the
 * loss is on all but the first token.
 *
 * @source TRL, `SFTTrainer` ("Language modeling")
 */
export function plainText(tokenizer: Tokenizer, text: string): TokenizedExample {
  const { bos_token: first, eos_token: last } = tokenizer.templateVariables;
  const begins = tokenizer.files.config.add_bos_token === true && typeof first === "string" &&
    !text.startsWith(first);
  const ends = typeof last === "string" && !text.endsWith(last);
  const ids = tokenizer.encode((begins ? first : "") + text + (ends ? last : ""));
  const trained = new Uint8Array(ids.length).fill(1);
  trained[0] = 0;
  return { ids, trained };
}
