import { Random } from "../../records/random.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { GeneratedSample, GenerateRequest } from "./generate_request.ts";
import type { PoolRow } from "./group_pool.ts";
import { SampleText } from "./sample_text.ts";
import type { Sampler } from "./sampler.ts";

/** Limits that end samples besides their stop texts. */
interface SampleLimits {
  /** Most tokens of a sample. */
  readonly maxNewTokens: number;
  /** Special tokens that end a sample. */
  readonly endTokens: ReadonlySet<number>;
}

/** A sample while it is being generated. */
export class RunningSample implements PoolRow {
  /** The token drawn last. */
  lastToken: number = -1;
  /** Own tokens whose keys and values are known. */
  suffixLength = 0;
  readonly #request: GenerateRequest;
  readonly #limits: SampleLimits;
  readonly #sampler: Sampler;
  readonly #uniform: () => number;
  readonly #text: SampleText;
  readonly #ids: number[] = [];
  readonly #logprobs: number[] | null;
  #finishReason: "stop" | "length" | null = null;

  /**
   * Sample number `index` of a request.
   */
  constructor(
    request: GenerateRequest,
    index: number,
    tokenizer: Tokenizer,
    sampler: Sampler,
    limits: SampleLimits,
  ) {
    this.#request = request;
    this.#limits = limits;
    this.#sampler = sampler;
    const random = new Random(request.seed ?? 0).fork("sample").fork(index);
    this.#uniform = () => random.next();
    this.#text = new SampleText(tokenizer.streamDecoder(), request.stop ?? []);
    this.#logprobs = request.logprobs ? [] : null;
  }

  /** True if nothing more is to be generated. */
  get ended(): boolean {
    return this.#finishReason !== null;
  }

  /** Draws the next token from the row of `logits` that begins at `offset`. */
  take(logits: Float32Array, offset: number): void {
    const id = this.#sampler.pick(logits, offset, this.#request, this.#uniform);
    this.#ids.push(id);
    this.#logprobs?.push(this.#sampler.logprob(logits, offset, id));
    this.lastToken = id;
    if (this.#limits.endTokens.has(id) || this.#text.push(id)) this.#finishReason = "stop";
    else if (this.#ids.length >= this.#limits.maxNewTokens) this.#finishReason = "length";
  }

  /** The finished sample. */
  result(): GeneratedSample {
    return {
      text: this.#text.end(),
      ids: Int32Array.from(this.#ids),
      finishReason: this.#finishReason ?? "length",
      ...(this.#logprobs && { logprobs: Float32Array.from(this.#logprobs) }),
    };
  }
}
