/** Begins a turn; the role and a line break follow. */
const IM_START = "<|im_start|>";
/** Ends a turn. A student stops generating here. */
export const IM_END = "<|im_end|>";
/** Separates documents and pads batches. */
export const END_OF_TEXT = "<|endoftext|>";

/**
 * The special tokens of Potstill's tokenizers, in the order of their ids.
 *
 * @source ChatML, as in Qwen2's tokenizer
 */
export const SPECIAL_TOKENS: readonly string[] = [END_OF_TEXT, IM_START, IM_END];
