import { Random } from "../../records/random.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { GeneratedSample, GenerateRequest } from "./generate_request.ts";
import type { PoolRow } from "./group_pool.ts";
import { SampleConstraint } from "./sample_constraint.ts";
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
  readonly #index: number;
  readonly #limits: SampleLimits;
  readonly #sampler: Sampler;
  readonly #uniform: () => number;
  readonly #text: SampleText;
  readonly #ids: number[] = [];
  readonly #logprobs: number[] | null;
  readonly #constraint: SampleConstraint | null;
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
    this.#index = index;
    this.#limits = limits;
    this.#sampler = sampler;
    const random = new Random(request.seed ?? 0).fork("sample").fork(index);
    this.#uniform = () => random.next();
    this.#text = new SampleText(tokenizer.streamDecoder(), request.stop ?? []);
    this.#logprobs = request.logprobs ? [] : null;
    const { constraint } = request;
    this.#constraint = constraint === undefined
      ? null
      : new SampleConstraint(constraint.masks, constraint.begun ?? "");
  }

  /** True if nothing more is to be generated. */
  get ended(): boolean {
    return this.#finishReason !== null;
  }

  /** Draws the next token from the row of `logits` that begins at `offset`. */
  take(logits: Float32Array, offset: number): void {
    const mask = this.#constraint?.next(this.#limits.maxNewTokens - this.#ids.length) ?? null;
    const id = mask === null
      ? this.#sampler.pick(logits, offset, this.#request, this.#uniform)
      : this.#sampler.pickMasked(mask, logits, offset, this.#request, this.#uniform);
    this.#constraint?.take(id);
    this.#ids.push(id);
    this.#logprobs?.push(this.#sampler.logprob(logits, offset, id));
    this.lastToken = id;
    if (this.#limits.endTokens.has(id) || this.#text.push(id)) this.#finishReason = "stop";
    else if (this.#ids.length >= this.#limits.maxNewTokens) this.#finishReason = "length";
    if (this.#request.onText && !this.ended) this.#tell(this.#request.onText);
  }

  #tell(onText: NonNullable<GenerateRequest["onText"]>): void {
    const part = this.#text.finalPart();
    if (part !== "") onText(this.#index, part);
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
