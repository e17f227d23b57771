import type { SamplingOptions } from "../../models/chat_model.ts";
import type { TokenMasks } from "./token_masks.ts";

/** A request for generated text. */
export interface GenerateRequest extends SamplingOptions {
  /** Token ids, at least one. */
  readonly prompt: Int32Array;
  /** Number of samples. @default 1 */
  readonly samples?: number;
  /** Most tokens of a sample. @default 1024 */
  readonly maxNewTokens?: number;
  /** Texts that end a sample; they are not part of its text. @default none */
  readonly stop?: readonly string[];
  /** Sample i of a seed depends on weights, prompt and options alone. @default 0 */
  readonly seed?: number | string;
  /** Admits only texts of a grammar. @default any text */
  readonly constraint?: {
    /** The grammar's masks, of the engine's tokenizer. */
    readonly masks: TokenMasks;
    /** The end of the prompt that belongs to the text. @default "" */
    readonly begun?: string;
  };
  /** Give the logarithm of each token's probability. @default false */
  readonly logprobs?: boolean;
  /**
   * Called with a sample's text as it is written; every part is final, and the parts joined are the
   * beginning of its text. Must not throw.
   */
  readonly onText?: (sample: number, part: string) => void;
  /** Gives the request up. */
  readonly signal?: AbortSignal;
}

/** A generated sample. */
export interface GeneratedSample {
  /** The text, without stop text and special tokens. */
  readonly text: string;
  /** Every token drawn, with those of a stop text and the special token that ended it. */
  readonly ids: Int32Array;
  /** `length` when `maxNewTokens` or the engine's longest sequence was reached. */
  readonly finishReason: "stop" | "length";
  /** Natural logarithms at temperature 1, when asked for; one for each of `ids`. */
  readonly logprobs?: Float32Array;
}

/** The samples of a request. */
export interface Generated {
  /** Samples, as many as asked for. */
  readonly samples: readonly GeneratedSample[];
  /** Tokens of the prompt. */
  readonly promptTokens: number;
  /** Prompt tokens that were found in the cache. */
  readonly cachedTokens: number;
}
