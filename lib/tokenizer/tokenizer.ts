import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { fromByteCharacters } from "./byte_alphabet.ts";
import { ChatTemplate, type TemplateVariables } from "./chat_template.ts";
import { chatTemplateSource } from "./chat_template_source.ts";
import { checkCompiled } from "./check_compiled.ts";
import { checkTokenizerFiles } from "./check_tokenizer_files.ts";
import {
  isSentencePiece,
  prependsOnce,
  prependsSpace,
  sentencePieceBytes,
  withoutSpace,
} from "./sentence_piece.ts";
import { IM_END } from "./special_tokens.ts";
import { specialTokenVariables } from "./special_token_variables.ts";
import { StreamDecoder } from "./stream_decoder.ts";
import { asRustReads } from "./as_rust_reads.ts";
import type { TokenizerFiles } from "./tokenizer_json.ts";

/** Options of decoding. */
export interface DecodeOptions {
  /** Leave special tokens out of the text. @default false */
  readonly skipSpecialTokens?: boolean;
  /**
   * True if other tokens stand before these: then the space stays that SentencePiece's encodings
   * (Llama 2's) put before a text and take away again.
   * @default false
   */
  readonly continues?: boolean;
}

/** Options of encoding. */
export interface EncodeOptions {
  /**
   * Treatment of text that spells an added token, such as `<|im_end|>`: `parse` reads it as that
   * token, `text` encodes it as ordinary text, `refuse` throws on a special one.
   * @default "parse"
   */
  readonly specialTokens?: "parse" | "text" | "refuse";
  /**
   * True if the text goes on from other text: then nothing is put before it, as SentencePiece's
   * encodings do to the beginning of a text.
   * @default false
   */
  readonly continues?: boolean;
}

/** An added token as a text spells it. */
export interface SpelledToken {
  /** First place in the text, in UTF-16 code units. */
  readonly start: number;
  /** The place after its last. */
  readonly end: number;
  /** The token's text. */
  readonly content: string;
  /** True for a special token, which no message content may produce. */
  readonly isSpecial: boolean;
}

/**
 * A byte-level tokenizer in Hugging Face format. Text is encoded by `@huggingface/tokenizers`, with
 * nothing added before or after; any text decodes back to itself.
 *
 * @example
 * ```ts
 * import { Tokenizer, toTokenizerFiles, trainBpe } from "@potstill/student";
 * const model = trainBpe(["What is the capital of France?"], { vocabSize: 300 });
 * const tokenizer = new Tokenizer(toTokenizerFiles(model, ""));
 * const ids = tokenizer.encode("the capital of Chad");
 * if (tokenizer.decode(ids) !== "the capital of Chad") throw new Error("not the same");
 * ```
 */
export class Tokenizer {
  /** The files that this tokenizer was made from. */
  readonly files: TokenizerFiles;
  /** Highest id plus one. */
  readonly vocabSize: number;
  /** Special tokens and their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly #tokenizer: HuggingFaceTokenizer;
  readonly #bytes: (Uint8Array | undefined)[] = [];
  readonly #specialIds: ReadonlySet<number>;
  readonly #chatTemplates = new Map<string, ChatTemplate>();
  /** Added tokens by their first UTF-16 unit, long ones first. */
  readonly #added = new Map<string, { content: string; isSpecial: boolean }[]>();
  readonly #addedIds: ReadonlySet<number>;
  /** True if a normalizer may make an added token of a text that does not spell it. */
  readonly #hasNormalized: boolean;
  /** True if text gets a space before it, which decoding takes away. */
  readonly #prepends: boolean;
  #withoutAdded: HuggingFaceTokenizer | undefined;
  #withoutSpace: Tokenizer | undefined;
  #endOfTurn: string | undefined;

  /**
   * A tokenizer from the content of its files.
   * @throws {Error} when the files are not those of a byte-level tokenizer
   */
  constructor(files: TokenizerFiles) {
    this.files = files;
    try {
      checkTokenizerFiles(files);
      // Cleaning spaces up on decoding would break "any text decodes back to itself".
      const config = { ...files.config, clean_up_tokenization_spaces: false };
      const tokenizer = asRustReads(files.tokenizer);
      this.#tokenizer = new HuggingFaceTokenizer(tokenizer, config);
      checkCompiled(this.#tokenizer);
    } catch (cause) {
      throw new Error(`Cannot read the tokenizer: ${(cause as Error).message}`, { cause });
    }
    const added = this.#tokenizer.get_added_tokens_decoder();
    const special = [...added].filter(([, token]) => token.special);
    this.specialTokens = new Map(special.map(([id, token]) => [token.content, id]));
    this.#specialIds = new Set(this.specialTokens.values());
    this.#addedIds = new Set(added.keys());
    this.#hasNormalized = files.tokenizer.normalizer != null &&
      [...added.values()].some(({ normalized }) => normalized);
    this.#prepends = prependsSpace(files.tokenizer);
    for (const { content, special } of added.values()) {
      if (content === "") continue;
      const list = this.#added.get(content[0]) ?? [];
      this.#added.set(content[0], [...list, { content, isSpecial: special }]);
    }
    for (const list of this.#added.values()) {
      list.sort((a, b) => b.content.length - a.content.length);
    }
    const utf8 = new TextEncoder();
    const bytesOfToken = isSentencePiece(files.tokenizer) ? sentencePieceBytes : fromByteCharacters;
    for (const [token, id] of this.#tokenizer.get_vocab()) {
      if (token === undefined) continue;
      const bytes = added.has(id) && bytesOfToken === fromByteCharacters
        ? utf8.encode(token)
        : bytesOfToken(token);
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
    if (options.continues && this.#prepends) {
      const { tokenizer, config } = this.files;
      this.#withoutSpace ??= new Tokenizer({ tokenizer: withoutSpace(tokenizer), config });
      return this.#withoutSpace.encode(text, { specialTokens: options.specialTokens });
    }
    if (options.specialTokens === "text") return this.#encodeText(text);
    return idsOf(this.#tokenizer, text);
  }

  /** The text of `ids`; bytes that are not valid UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const decoder = new StreamDecoder(this);
    let text = "";
    for (const id of ids) {
      if (options.skipSpecialTokens && this.#specialIds.has(id)) continue;
      text += decoder.push(id);
    }
    text += decoder.end();
    return this.#prepends && !options.continues && text[0] === " " ? text.slice(1) : text;
  }

  /**
   * True if a text after this one is encoded as its continuation: that is, unless it is the beginning
   * of a text, or comes after an added token where every such part has a beginning of its own.
   */
  isContinued(before: string): boolean {
    if (before === "") return false;
    if (!this.#prepends || prependsOnce(this.files.tokenizer)) return true;
    return ![...this.#added.values()].some((list) =>
      list.some(({ content }) => before.endsWith(content))
    );
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

  /** The added tokens that a text spells, from front to back, the longest at each place. */
  *spelledTokens(text: string): Generator<SpelledToken> {
    for (let start = 0; start < text.length;) {
      const found = this.#added.get(text[start])?.find(({ content }) =>
        text.startsWith(content, start)
      );
      if (found === undefined) {
        start++;
        continue;
      }
      yield { start, end: start + found.content.length, ...found };
      start += found.content.length;
    }
  }

  /**
   * The token that ends a turn: the one that the chat template writes after what the assistant says, else
   * ChatML's where the tokenizer has it, else its `eos_token`.
   */
  get endOfTurn(): string {
    this.#endOfTurn ??= this.#endInTemplate() ?? this.#namedEnd();
    return this.#endOfTurn;
  }

  #endInTemplate(): string | null {
    try {
      const { text, places } = this.chatTemplate().locate([
        { role: "user", content: "?" },
        { role: "assistant", content: "!" },
      ]);
      const after = text.slice(places[1]?.end ?? text.length);
      const found = this.spelledTokens(after).next();
      return !found.done && found.value.start === 0 ? found.value.content : null;
    } catch {
      return null;
    }
  }

  #namedEnd(): string {
    const { eos_token: eos } = this.templateVariables;
    return this.specialTokens.has(IM_END) || typeof eos !== "string" ? IM_END : eos;
  }

  /** The special tokens that a chat template can name: `bos_token`, `eos_token` and their likes. */
  get templateVariables(): TemplateVariables {
    return specialTokenVariables(this.files.config);
  }

  /**
   * The chat template in `tokenizer_config.json`, with the tokenizer's special tokens.
   *
   * @param name of one of several templates. @default "default"
   * @throws {Error} when there is none
   */
  chatTemplate(name?: string): ChatTemplate {
    const known = this.#chatTemplates.get(name ?? "");
    if (known !== undefined) return known;
    const source = chatTemplateSource(this.files.config, name);
    const template = new ChatTemplate(source, this.templateVariables);
    this.#chatTemplates.set(name ?? "", template);
    return template;
  }

  /** True if `id` is a special token. */
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

  /** Ids of a text in which nothing is an added token. */
  #encodeText(text: string): Int32Array {
    if (this.spelledTokens(text).next().done && !this.#hasNormalized) {
      return this.encode(text);
    }
    const { config } = this.files;
    const tokenizer = asRustReads(this.files.tokenizer);
    this.#withoutAdded ??= new HuggingFaceTokenizer({ ...tokenizer, added_tokens: [] }, config);
    const ids = idsOf(this.#withoutAdded, text);
    // A vocabulary may hold an added token as a plain one too, and merge up to it.
    const wrong = ids.find((id) => this.#addedIds.has(id));
    if (wrong !== undefined) {
      throw new Error(
        `Cannot encode text that spells ${JSON.stringify(this.decode([wrong]))}: ` +
          "the tokenizer makes that token of plain text",
      );
    }
    return ids;
  }

  #refuseSpecialTokens(text: string): void {
    for (const token of this.specialTokens.keys()) {
      if (text.includes(token)) {
        throw new Error(`Cannot encode text that spells the special token ${token}`);
      }
    }
  }
}

function idsOf(tokenizer: HuggingFaceTokenizer, text: string): Int32Array {
  try {
    return Int32Array.from(tokenizer.encode(text, { add_special_tokens: false }).ids);
  } catch (cause) {
    throw new Error(`Cannot encode the text: ${(cause as Error).message}`, { cause });
  }
}
