import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { fromByteCharacters } from "./byte_alphabet.ts";
import { ChatTemplate } from "./chat_template.ts";
import { StreamDecoder } from "./stream_decoder.ts";
import type { TokenizerFiles } from "./tokenizer_json.ts";

/** How to turn ids into text. */
export interface DecodeOptions {
  /** Leave special tokens out of the text. @default false */
  readonly skipSpecialTokens?: boolean;
}

/** How to turn text into ids. */
export interface EncodeOptions {
  /**
   * What to do with text that spells a special token, such as `<|im_end|>`: read it as that token,
   * or refuse it (right for the content of a message). @default "parse"
   */
  readonly specialTokens?: "parse" | "refuse";
}

/**
 * A byte-level tokenizer in Hugging Face format. Text is encoded by `@huggingface/tokenizers`, with
 * nothing added before or after; any text decodes back to itself.
 *
 * @example
 * ```ts
 * import { Tokenizer } from "@potstill/tokenizer/tokenizer.ts";
 * import { toTokenizerFiles } from "@potstill/tokenizer/tokenizer_json.ts";
 * import { trainBpe } from "@potstill/tokenizer/train_bpe.ts";
 * const model = trainBpe(["What is the capital of France?"], { vocabSize: 300 });
 * const tokenizer = new Tokenizer(toTokenizerFiles(model, ""));
 * const ids = tokenizer.encode("the capital of Chad");
 * if (tokenizer.decode(ids) !== "the capital of Chad") throw new Error("not the same");
 * ```
 */
export class Tokenizer {
  /** The files that this tokenizer was made from. */
  readonly files: TokenizerFiles;
  /** One more than the highest id. */
  readonly vocabSize: number;
  /** Special tokens and their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly #tokenizer: HuggingFaceTokenizer;
  readonly #bytes: (Uint8Array | undefined)[] = [];
  readonly #specialIds: ReadonlySet<number>;
  #chatTemplate: ChatTemplate | undefined;

  /**
   * A tokenizer from the content of its files.
   * @throws {Error} when the files are not those of a byte-level tokenizer
   */
  constructor(files: TokenizerFiles) {
    this.files = files;
    try {
      // Cleaning spaces up on decoding would break "any text decodes back to itself".
      const config = { ...files.config, clean_up_tokenization_spaces: false };
      this.#tokenizer = new HuggingFaceTokenizer(files.tokenizer, config);
    } catch (cause) {
      throw new Error(`Cannot read the tokenizer: ${(cause as Error).message}`, { cause });
    }
    const added = this.#tokenizer.get_added_tokens_decoder();
    const special = [...added].filter(([, token]) => token.special);
    this.specialTokens = new Map(special.map(([id, token]) => [token.content, id]));
    this.#specialIds = new Set(this.specialTokens.values());
    const utf8 = new TextEncoder();
    for (const [token, id] of this.#tokenizer.get_vocab()) {
      if (token === undefined) continue;
      const bytes = added.has(id) ? utf8.encode(token) : fromByteCharacters(token);
      if (bytes === null) {
        throw new Error(
          `Cannot read the tokenizer: token ${id} (${JSON.stringify(token)}) is not byte-level`,
        );
      }
      this.#bytes[id] = bytes;
    }
    this.vocabSize = this.#bytes.length;
  }

  /**
   * The ids of `text`.
   * @throws {Error} when `specialTokens` is `refuse` and the text spells one
   */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    if (options.specialTokens === "refuse") this.#refuseSpecialTokens(text);
    if (text === "") return new Int32Array(0);
    return Int32Array.from(this.#tokenizer.encode(text, { add_special_tokens: false }).ids);
  }

  /** The text of `ids`; bytes that are not valid UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const decoder = new StreamDecoder(this);
    let text = "";
    for (const id of ids) {
      if (options.skipSpecialTokens && this.#specialIds.has(id)) continue;
      text += decoder.push(id);
    }
    return text + decoder.end();
  }

  /**
   * A decoder for tokens that arrive one at a time: it holds bytes back until they are whole
   * characters.
   */
  streamDecoder(): StreamDecoder {
    return new StreamDecoder(this);
  }

  /**
   * The bytes of one token.
   * @throws {RangeError} when there is no such id
   */
  bytesOf(id: number): Uint8Array {
    const bytes = this.#bytes[id];
    if (bytes === undefined) {
      throw new RangeError(
        `Cannot decode token ${id}: the vocabulary has ids 0 to ${this.vocabSize - 1}`,
      );
    }
    return bytes;
  }

  /** Bytes of one token; 0 for an id that the vocabulary has not. */
  lengthOf(id: number): number {
    return this.#bytes[id]?.length ?? 0;
  }

  /**
   * The chat template in `tokenizer_config.json`.
   * @throws {Error} when there is none
   */
  chatTemplate(): ChatTemplate {
    const source = this.files.config.chat_template;
    if (typeof source !== "string" || source === "") {
      throw new Error("Cannot find a chat template: tokenizer_config.json has no chat_template");
    }
    this.#chatTemplate ??= new ChatTemplate(source);
    return this.#chatTemplate;
  }

  /** Whether `id` is a special token. */
  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  /**
   * The id of the special token `content`.
   * @throws {Error} when the tokenizer has no such special token
   */
  specialId(content: string): number {
    const id = this.specialTokens.get(content);
    if (id === undefined) {
      throw new Error(
        `Cannot find the special token ${content}: the tokenizer has ${
          [...this.specialTokens.keys()].join(", ") || "none"
        }`,
      );
    }
    return id;
  }

  #refuseSpecialTokens(text: string): void {
    for (const token of this.specialTokens.keys()) {
      if (text.includes(token)) {
        throw new Error(`Cannot encode text that spells the special token ${token}`);
      }
    }
  }
}
