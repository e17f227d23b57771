import { ContextOverflowError } from "../../models/chat_model.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";

/** Normalisation may make a text shorter: three bytes of decomposed Hangul become one character. */
const SHRINKING = 4;
/** Characters of the first part that is tokenized, for each token that can be read. */
const FIRST_PART = 2;

/**
 * Refuses texts with more tokens than a student reads, without tokenizing all of them: a text of
 * megabytes would keep everything else waiting.
 */
export class PromptBound {
  readonly #tokenizer: Tokenizer;
  readonly #maxTokens: number;
  /** Longer texts have too many tokens, whatever they are; in UTF-16 code units. */
  readonly maxLength: number;

  /** The bound of a student that reads at most `maxTokens`. */
  constructor(tokenizer: Tokenizer, maxTokens: number) {
    this.#tokenizer = tokenizer;
    this.#maxTokens = maxTokens;
    let longest = 1;
    for (let id = 0; id < tokenizer.vocabSize; id++) {
      longest = Math.max(longest, tokenizer.lengthOf(id));
    }
    this.maxLength = SHRINKING * longest * maxTokens;
  }

  /**
   * Checks a text: by its length, then by the tokens of longer and longer beginnings.
   * @throws {ContextOverflowError} when it certainly has more tokens than can be read
   */
  check(text: string): void {
    if (text.length > this.maxLength) throw this.#overflow(`${text.length} characters`);
    for (let end = FIRST_PART * this.#maxTokens; end < text.length; end *= 2) {
      const { length } = this.#tokenizer.encode(text.slice(0, end).toWellFormed());
      // Cutting a piece in two changes its tokens: only twice the limit leaves no doubt.
      if (length > 2 * this.#maxTokens) throw this.#overflow(`more than ${length} tokens`);
    }
  }

  #overflow(size: string): ContextOverflowError {
    return new ContextOverflowError(
      `Cannot generate: the prompt has ${size}, and the student reads at most ${this.#maxTokens} tokens`,
    );
  }
}
