import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { TextGrammar } from "./turn_grammar.ts";

/** Tokens that may come next: a list of those that may, or of those that may not, whichever is shorter. */
export type TokenMask =
  | { readonly admitted: Int32Array }
  | { readonly refused: Int32Array };

/**
 * A grammar of texts as masks over a tokenizer's tokens. Every way to cut a text into tokens is
 * admitted; special tokens are not, but those that end a turn where the text may end. The mask of a
 * state is made when it is first needed, and kept.
 */
export class TokenMasks {
  /** The grammar. */
  readonly grammar: TextGrammar;
  readonly #tokenizer: Tokenizer;
  readonly #endTokens: ReadonlySet<number>;
  /** The bytes of all tokens, one after the other, and where each begins. */
  readonly #bytes: Uint8Array;
  readonly #offsets: Int32Array;
  readonly #masks = new Map<number, TokenMask>();

  /**
   * Masks of `grammar`.
   * @param endTokens special tokens that end a turn
   */
  constructor(grammar: TextGrammar, tokenizer: Tokenizer, endTokens: Iterable<number>) {
    this.grammar = grammar;
    this.#tokenizer = tokenizer;
    this.#endTokens = new Set(endTokens);
    const { vocabSize } = tokenizer;
    this.#offsets = new Int32Array(vocabSize + 1);
    for (let id = 0; id < vocabSize; id++) {
      const length = tokenizer.isSpecial(id) ? 0 : tokenizer.lengthOf(id);
      this.#offsets[id + 1] = this.#offsets[id] + length;
    }
    this.#bytes = new Uint8Array(this.#offsets[vocabSize]);
    for (let id = 0; id < vocabSize; id++) {
      const at = this.#offsets[id];
      if (this.#offsets[id + 1] > at) this.#bytes.set(tokenizer.bytesOf(id), at);
    }
  }

  /** The tokens that may come in a state. */
  maskOf(state: number): TokenMask {
    let mask = this.#masks.get(state);
    if (mask === undefined) {
      mask = this.#makeMask(state);
      this.#masks.set(state, mask);
    }
    return mask;
  }

  /** The state after a token; null where it may not come, or after one that ends a turn. */
  after(state: number, id: number): number | null {
    return this.#read(state, this.#offsets[id], this.#offsets[id + 1]);
  }

  /** The state after a text that stands before the first token; null where the grammar refuses it. */
  afterText(text: string): number | null {
    let state: number | null = this.grammar.start;
    for (const byte of new TextEncoder().encode(text)) {
      if (state === null) return null;
      state = this.grammar.next(state, byte);
    }
    return state;
  }

  /** Tokens that end the text from a state, with one that ends the turn where the tokenizer has it. */
  closing(state: number): number[] {
    const ids = this.#tokenizer.encode(this.grammar.closing(state), { specialTokens: "text" });
    return [...ids, ...[...this.#endTokens].slice(0, 1)];
  }

  #read(from: number, start: number, end: number): number | null {
    if (start === end) return null;
    let state = from;
    for (let i = start; i < end; i++) {
      const to = this.grammar.next(state, this.#bytes[i]);
      if (to === null) return null;
      state = to;
    }
    return state;
  }

  #makeMask(state: number): TokenMask {
    const admitted: number[] = [];
    const refused: number[] = [];
    const mayEnd = this.grammar.isEnd(state);
    for (let id = 0; id + 1 < this.#offsets.length; id++) {
      const isIn = this.after(state, id) !== null || (mayEnd && this.#endTokens.has(id));
      (isIn ? admitted : refused).push(id);
    }
    return admitted.length < refused.length
      ? { admitted: Int32Array.from(admitted) }
      : { refused: Int32Array.from(refused) };
  }
}
