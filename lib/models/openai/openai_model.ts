import type { ChatModel, ChatRequest, ChatResponse, Completion } from "../chat_model.ts";
import { ContextOverflowError, GenerationError } from "../chat_model.ts";
import { AdaptiveLimiter } from "./adaptive_limiter.ts";
import { adaptToRejection, type EndpointCapabilities } from "./capabilities.ts";
import {
  EndpointFailure,
  EndpointRefusedError,
  EndpointUnavailableError,
} from "./endpoint_error.ts";
import { type AnswerProblem, readAnswer } from "./read_answer.ts";
import { planRequest, type RequestPart } from "./request_body.ts";
import { backoffMs, sleep } from "./retry_after.ts";
import type { SpendGuard } from "./spend_guard.ts";
import { UsageMeter, type UsageTotals } from "./usage_meter.ts";
import type { EndpointClient, RequestBody, WireAnswer, WireUsage } from "./wire.ts";

/** How requests are sent. Flat and JSON-serialisable. */
export interface RequestPolicy {
  /** Most requests under way at once; fewer while the endpoint says "too many". @default 16 */
  readonly concurrency?: number;
  /** Time allowed to one request, its whole answer included. @default 300000 */
  readonly timeoutMs?: number;
  /** Times that a failed request is sent again. Waiting for a rate limit counts apart. @default 6 */
  readonly maxRetries?: number;
  /** Longest that one request waits for rate limits in all. @default 900000 */
  readonly maxRateLimitWaitMs?: number;
  /** Mean wait after a first failure; it doubles with each further one. @default 500 */
  readonly backoffBaseMs?: number;
  /** Fields added to every request as they are, such as `{"top_k": 20}`. @default none */
  readonly extraBody?: RequestBody;
}

/** What an {@link OpenAiModel} is made of. */
export interface OpenAiModelParts {
  /** The way to the endpoint. */
  readonly client: EndpointClient;
  /** As the endpoint calls it. */
  readonly model: string;
  /** What it can do. */
  readonly capabilities: EndpointCapabilities;
  /** How requests are sent. */
  readonly policy?: RequestPolicy;
  /** Asked before each request; see `SpendGuard`. */
  readonly guard?: SpendGuard;
  /** A number in [0, 1), for the jitter of waits. @default Math.random */
  readonly random?: () => number;
}

interface Asked {
  readonly completions: readonly Completion[];
  readonly problems: readonly AnswerProblem[];
  readonly promptTokens: number;
}

/** Requests whose answers cannot be used (no choice, wrong beginning) are asked again this often. */
const MAX_UNUSABLE = 4;

/**
 * A model behind an OpenAI-compatible endpoint. Failures are retried with jittered backoff, rate
 * limits are waited for as the endpoint asks, choices that are missing are asked for again, and what
 * was received is never asked for twice.
 */
export class OpenAiModel implements ChatModel {
  /** As the endpoint calls it. */
  readonly name: string;
  readonly #client: EndpointClient;
  readonly #policy: Required<RequestPolicy>;
  readonly #limiter: AdaptiveLimiter;
  readonly #meter: UsageMeter;
  readonly #guard: SpendGuard | undefined;
  readonly #random: () => number;
  #capabilities: EndpointCapabilities;

  /** Use `createOpenAiModel`, unless the capabilities are known. */
  constructor(parts: OpenAiModelParts) {
    const policy = parts.policy ?? {};
    this.name = parts.model;
    this.#client = parts.client;
    this.#capabilities = parts.capabilities;
    this.#policy = {
      concurrency: policy.concurrency ?? 16,
      timeoutMs: policy.timeoutMs ?? 300_000,
      maxRetries: policy.maxRetries ?? 6,
      maxRateLimitWaitMs: policy.maxRateLimitWaitMs ?? 900_000,
      backoffBaseMs: policy.backoffBaseMs ?? 500,
      extraBody: policy.extraBody ?? {},
    };
    this.#limiter = new AdaptiveLimiter({ max: this.#policy.concurrency });
    this.#meter = new UsageMeter(parts.capabilities.prices);
    this.#guard = parts.guard;
    this.#random = parts.random ?? Math.random;
  }

  /** Whether a started message is continued by the endpoint or by telling the model to. */
  get prefixContinuation(): "native" | "emulated" {
    return this.#capabilities.prefix === "emulated" ? "emulated" : "native";
  }

  /** What the endpoint can do, as known by now: a rejected request teaches something. */
  get capabilities(): EndpointCapabilities {
    return this.#capabilities;
  }

  /** What was used so far. */
  get usage(): UsageTotals {
    return this.#meter.totals;
  }

  /** Requests allowed at once at present. */
  get concurrency(): number {
    return Math.floor(this.#limiter.limit);
  }

  /**
   * Asks the model.
   *
   * @throws {EndpointUnavailableError} when the retries allowed bring no usable answer
   * @throws {GenerationError} when the endpoint rejects the request, as one that is too long
   * @throws {EndpointRefusedError} when the endpoint will serve nothing: wrong key, unknown model
   * @throws the signal's reason when it aborts
   */
  async complete(request: ChatRequest): Promise<ChatResponse> {
    const wanted = request.samples ?? 1;
    const completions: Completion[] = [];
    let promptTokens = 0;
    let problem: AnswerProblem | null = null;
    let fruitless = 0;
    for (let round = 0; completions.length < wanted; round++) {
      if (fruitless === MAX_UNUSABLE) {
        const message =
          `Cannot generate with ${this.name}: ${fruitless} answers could not be used: ${
            problem?.detail ?? "too few choices came"
          }`;
        throw problem?.isModels
          ? new GenerationError(message)
          : new EndpointUnavailableError(message);
      }
      const missing = wanted - completions.length;
      const isNative = this.#capabilities.samples === "native" || missing === 1;
      const sizes = isNative ? [missing] : Array<number>(missing).fill(1);
      const answers = await Promise.allSettled(
        sizes.map((samples, i) =>
          this.#ask(request, { samples, seedOffset: wanted * round + i, isRepeat: round > 0 })
        ),
      );
      request.signal?.throwIfAborted();
      const before = completions.length;
      for (const answer of answers) {
        if (answer.status === "rejected") throw answer.reason;
        promptTokens += answer.value.promptTokens;
        completions.push(...answer.value.completions);
        if (answer.value.problems.length > 0) {
          this.#meter.count("unusable");
          problem = answer.value.problems[0];
        } else if (isNative && missing > 1 && answer.value.completions.length === 1) {
          this.#capabilities = { ...this.#capabilities, samples: "emulated" };
        }
      }
      fruitless = completions.length > before ? 0 : fruitless + 1;
    }
    return { completions: completions.slice(0, wanted), promptTokens };
  }

  async #ask(request: ChatRequest, part: RequestPart): Promise<Asked> {
    for (;;) {
      const capabilities = this.#capabilities;
      const plan = planRequest(this.name, request, capabilities, part, this.#policy.extraBody);
      try {
        const answer = await this.#send(plan.body, request.signal);
        const read = readAnswer(answer, request, plan.started);
        return {
          completions: read.completions,
          problems: read.problems,
          promptTokens: read.promptTokens ?? estimateTokens(JSON.stringify(plan.body.messages)),
        };
      } catch (error) {
        if (!(error instanceof EndpointFailure)) throw error;
        if (error.kind === "refused") {
          throw new EndpointRefusedError(`Cannot use ${this.name}: ${error.message}`);
        }
        if (error.kind !== "rejected") {
          throw new EndpointUnavailableError(`Cannot generate with ${this.name}: ${error.message}`);
        }
        const adapted = adaptToRejection(capabilities, error, plan.body);
        if (adapted === null) {
          const message = `Cannot generate with ${this.name}: ${error.message}`;
          throw error.isOverflow ? new ContextOverflowError(message) : new GenerationError(message);
        }
        if (this.#capabilities === capabilities) this.#capabilities = adapted;
        if (adapted.samples !== capabilities.samples) part = { ...part, samples: 1 };
      }
    }
  }

  /** Sends until there is an answer. @throws {EndpointFailure} when the policy is exhausted */
  async #send(body: RequestBody, signal?: AbortSignal): Promise<WireAnswer> {
    const { maxRetries, maxRateLimitWaitMs, timeoutMs, backoffBaseMs } = this.#policy;
    let failures = 0;
    let limited = 0;
    let waitedMs = 0;
    for (;;) {
      const failure = await this.#once(body, timeoutMs, signal);
      if (!(failure instanceof EndpointFailure)) return failure;
      if (failure.kind === "rejected" || failure.kind === "refused") throw failure;
      let waitMs: number;
      if (failure.kind === "rate-limit") {
        this.#meter.count("rateLimited");
        waitMs = failure.retryAfterMs === null
          ? backoffMs(++limited, this.#random(), { baseMs: backoffBaseMs })
          // A little later than asked, and not all at once.
          : failure.retryAfterMs * (1 + 0.1 * this.#random());
        this.#limiter.throttled(failure.retryAfterMs === null ? 0 : waitMs);
        waitedMs += waitMs;
        if (waitedMs > maxRateLimitWaitMs) throw failure;
      } else {
        if (++failures > maxRetries) throw failure;
        waitMs = failure.retryAfterMs ??
          backoffMs(failures, this.#random(), { baseMs: backoffBaseMs });
      }
      this.#meter.count("retries");
      await sleep(waitMs, signal);
    }
  }

  async #once(
    body: RequestBody,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<WireAnswer | EndpointFailure> {
    const ticket = await this.#guard?.admit({
      promptTokens: estimateTokens(JSON.stringify(body.messages)),
      completionTokens: Number(body[this.#capabilities.maxTokensField] ?? 0) * Number(body.n ?? 1),
    }, signal);
    let cost: number | null = 0;
    try {
      await this.#limiter.acquire(signal);
      try {
        const answer = await this.#client.send(body, timeoutMs, signal);
        this.#limiter.succeeded();
        const usage = answer.usage ?? estimateUsage(body, answer);
        this.#meter.add(usage);
        cost = this.#meter.costOf(usage);
        return answer;
      } finally {
        this.#limiter.release();
      }
    } catch (error) {
      if (error instanceof EndpointFailure) return error;
      throw error;
    } finally {
      ticket?.settle(cost ?? 0);
    }
  }
}

/** For endpoints that count nothing. */
function estimateUsage(body: RequestBody, answer: WireAnswer): WireUsage {
  const texts = (answer.choices ?? []).map(({ message }) => String(message?.content ?? ""));
  return {
    prompt_tokens: estimateTokens(JSON.stringify(body.messages)),
    completion_tokens: texts.reduce((sum, text) => sum + estimateTokens(text), 0),
  };
}

function estimateTokens(json: string): number {
  return Math.ceil(json.length / 4);
}
