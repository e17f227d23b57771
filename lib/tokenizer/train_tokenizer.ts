import type { ChatTemplate } from "./chat_template.ts";
import { Tokenizer } from "./tokenizer.ts";
import { toTokenizerFiles } from "./tokenizer_json.ts";
import { trainBpe, type TrainBpeOptions } from "./train_bpe.ts";

/**
 * Learns a tokenizer from texts, with the special tokens of ChatML and a chat template.
 *
 * @throws {RangeError} when an option is out of range
 *
 * @example
 * ```ts
 * import { loadChatTemplate, trainTokenizer } from "@potstill/student";
 * const texts = ["Thought: I look it up.", "Thought: I ask for the capital."];
 * const tokenizer = trainTokenizer(texts, await loadChatTemplate(), { vocabSize: 280 });
 * if (tokenizer.specialId("<|im_end|>") !== tokenizer.vocabSize - 1) throw new Error();
 * ```
 */
export function trainTokenizer(
  texts: Iterable<string>,
  chatTemplate: ChatTemplate,
  options: TrainBpeOptions,
): Tokenizer {
  return new Tokenizer(toTokenizerFiles(trainBpe(texts, options), chatTemplate.source));
}
