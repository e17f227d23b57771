import type { ChatModel, ChatRequest, ChatResponse, Completion } from "../chat_model.ts";
import { ContextOverflowError } from "../chat_model.ts";
import { AdaptiveLimiter } from "./adaptive_limiter.ts";
import { adaptToRejection, type EndpointCapabilities } from "./capabilities.ts";
import {
  EndpointFailure,
  EndpointRefusedError,
  EndpointUnavailableError,
  RequestFailedError,
} from "./endpoint_error.ts";
import { type AnswerProblem, readAnswer } from "./read_answer.ts";
import { planRequest, type RequestPart } from "./request_body.ts";
import { sleep } from "../../runs/sleep.ts";
import { estimateTokens, priced, requestUse } from "./request_use.ts";
import { backoffMs } from "./retry_after.ts";
import type { SpendEstimate } from "./request_use.ts";
import type { SpendGuard } from "./spend_guard.ts";
import { noUsage, type UsageTotals, withUnanswered, withUse } from "./usage_meter.ts";
import type { EndpointClient, RequestBody, WireAnswer } from "./wire.ts";
import { checkTimeout } from "../../runs/timer_limit.ts";

/** Policy of sending requests. Flat and JSON-serialisable. */
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
  /** Longest single wait, however long the endpoint asks to wait. @default 60000 */
  readonly maxRetryWaitMs?: number;
  /** Fields added to every request as they are, such as `{"top_k": 20}`. @default none */
  readonly extraBody?: RequestBody;
}

/** A wait before a request is sent again. */
export interface EndpointWait {
  /** Reason that the endpoint gave. */
  readonly reason: string;
  /** Length of the wait, in milliseconds. */
  readonly waitMs: number;
  /** Waiting time that the endpoint asked for, in milliseconds; null when it did not. */
  readonly askedMs: number | null;
}

/** Parts of an {@link OpenAiModel}. */
interface OpenAiModelParts {
  /** The way to the endpoint. */
  readonly client: EndpointClient;
  /** As the endpoint calls it. */
  readonly model: string;
  /** Capabilities of the endpoint. */
  readonly capabilities: EndpointCapabilities;
  /** Policy of sending requests. */
  readonly policy?: RequestPolicy;
  /** Asked before each request; see `SpendGuard`. */
  readonly guard?: SpendGuard;
  /** Told of each wait before a request is sent again. */
  readonly onWait?: (wait: EndpointWait) => void;
  /** A number in [0, 1), for the jitter of waits. @default Math.random */
  readonly random?: () => number;
}

interface Asked {
  readonly completions: readonly Completion[];
  readonly broken: readonly Completion[];
  readonly problems: readonly AnswerProblem[];
  readonly promptTokens: number;
}

/**
 * Number of attempts at a request whose answers cannot be used (no choice, cut off, wrong
 * beginning).
 */
const MAX_UNUSABLE = 4;
/** The first answers teach how many tokens a byte is; until then, this is more than it is. */
const FIRST_TOKENS_PER_BYTE = 0.5;
/** Above the most that was seen, for texts of another kind. */
const TOKENS_MARGIN = 1.25;

/**
 * A model behind an OpenAI-compatible endpoint. Failures are retried with jittered backoff, rate
 * limits are waited for as the endpoint asks, within bounds, choices that are missing or that the
 * endpoint broke off are asked for again, and what was received whole is never asked for twice.
 */
export class OpenAiModel implements ChatModel {
  /** As the endpoint calls it. */
  readonly name: string;
  readonly #client: EndpointClient;
  readonly #policy: Required<RequestPolicy>;
  readonly #limiter: AdaptiveLimiter;
  readonly #onWait: (wait: EndpointWait) => void;
  readonly #guard: SpendGuard | undefined;
  readonly #random: () => number;
  #capabilities: EndpointCapabilities;
  #usage: UsageTotals;
  /** The most tokens of a byte of a conversation that were seen. */
  #tokensPerByte: number | null = null;

  /** Use `createOpenAiModel`, unless the capabilities are known. */
  constructor(parts: OpenAiModelParts) {
    const policy = parts.policy ?? {};
    this.name = parts.model;
    this.#client = parts.client;
    this.#capabilities = parts.capabilities;
    this.#policy = {
      concurrency: policy.concurrency ?? 16,
      timeoutMs: checkTimeout("use an endpoint", "timeoutMs", policy.timeoutMs ?? 300_000),
      maxRetries: policy.maxRetries ?? 6,
      maxRateLimitWaitMs: policy.maxRateLimitWaitMs ?? 900_000,
      backoffBaseMs: policy.backoffBaseMs ?? 500,
      maxRetryWaitMs: policy.maxRetryWaitMs ?? 60_000,
      extraBody: policy.extraBody ?? {},
    };
    this.#limiter = new AdaptiveLimiter({ max: this.#policy.concurrency });
    this.#usage = noUsage(parts.capabilities.prices === null ? null : 0);
    this.#onWait = parts.onWait ?? (() => {});
    this.#guard = parts.guard;
    this.#random = parts.random ?? Math.random;
  }

  /**
   * `native` if the endpoint continues a started message, `emulated` if the prompt tells the model
   * to.
   */
  get prefixContinuation(): "native" | "emulated" {
    return this.#capabilities.prefix === "emulated" ? "emulated" : "native";
  }

  /** Capabilities of the endpoint as known by now; rejected requests refine them. */
  get capabilities(): EndpointCapabilities {
    return this.#capabilities;
  }

  /** Usage so far. */
  get usage(): UsageTotals {
    return this.#usage;
  }

  /** Requests allowed at once at present. */
  get concurrency(): number {
    return Math.floor(this.#limiter.limit);
  }

  /**
   * Asks the model.
   *
   * @throws {EndpointUnavailableError} when the retries allowed bring no usable answer
   * @throws {RequestFailedError} when the endpoint rejects the request, as one that is too long
   * @throws {EndpointRefusedError} when the endpoint will serve nothing: wrong key, unknown model
   * @throws the signal's reason when it aborts
   */
  async complete(request: ChatRequest): Promise<ChatResponse> {
    const { grammar } = request;
    if (grammar !== undefined && !this.#capabilities.grammars?.includes(grammar)) {
      throw new RequestFailedError(
        `Cannot hold ${this.name} to the form ${grammar}: its endpoint does not say that it can`,
      );
    }
    const wanted = request.samples ?? 1;
    const completions: Completion[] = [];
    const broken: Completion[] = [];
    let promptTokens = 0;
    let problem: AnswerProblem | null = null;
    let fruitless = 0;
    for (let round = 0; completions.length < wanted; round++) {
      if (fruitless > 0 && problem?.isModels !== true) {
        await this.#wait(fruitless, problem?.detail ?? "too few choices", null, request.signal);
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
        broken.push(...answer.value.broken);
        if (answer.value.problems.length > 0) {
          this.#count("unusable");
          problem = answer.value.problems[0];
        } else if (isNative && missing > 1 && answer.value.completions.length === 1) {
          this.#capabilities = { ...this.#capabilities, samples: "emulated" };
        }
      }
      fruitless = completions.length > before ? 0 : fruitless + 1;
      if (fruitless === MAX_UNUSABLE) {
        completions.push(...this.#leftOver(fruitless, broken, wanted, problem));
        break;
      }
    }
    return { completions: completions.slice(0, wanted), promptTokens };
  }

  /** Answer from incomplete choices when no complete one came. */
  #leftOver(
    fruitless: number,
    broken: readonly Completion[],
    wanted: number,
    problem: AnswerProblem | null,
  ): readonly Completion[] {
    if (problem?.isModels && broken.length >= wanted) return broken;
    const message = `Cannot generate with ${this.name}: ${fruitless} answers could not be used: ${
      problem?.detail ?? "too few choices came"
    }`;
    throw problem?.isModels
      ? new RequestFailedError(message)
      : new EndpointUnavailableError(message);
  }

  async #ask(request: ChatRequest, part: RequestPart): Promise<Asked> {
    for (;;) {
      const capabilities = this.#capabilities;
      const plan = planRequest(this.name, request, capabilities, part, this.#policy.extraBody);
      try {
        const answer = await this.#send(plan.body, request.signal);
        const tellsReasons = capabilities.finishReasons !== false;
        const read = readAnswer(answer, request, plan.started, tellsReasons);
        return {
          ...read,
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
          throw error.isOverflow
            ? new ContextOverflowError(message)
            : new RequestFailedError(message);
        }
        if (this.#capabilities === capabilities) this.#capabilities = adapted;
        if (adapted.samples !== capabilities.samples) part = { ...part, samples: 1 };
      }
    }
  }

  /** Sends until there is an answer. @throws {EndpointFailure} when the policy is exhausted */
  async #send(body: RequestBody, signal?: AbortSignal): Promise<WireAnswer> {
    const { maxRetries, maxRateLimitWaitMs, timeoutMs, backoffBaseMs, maxRetryWaitMs } =
      this.#policy;
    let failures = 0;
    let limited = 0;
    let waitedMs = 0;
    for (;;) {
      const failure = await this.#once(body, timeoutMs, signal);
      if (!(failure instanceof EndpointFailure)) return failure;
      if (failure.kind === "rejected" || failure.kind === "refused") throw failure;
      const { retryAfterMs: askedMs, message } = failure;
      if (failure.kind === "rate-limit") {
        this.#count("rateLimited");
        const longest = Math.min(maxRetryWaitMs, maxRateLimitWaitMs - waitedMs);
        if (longest <= 0) throw failure;
        // A little later than asked, and not all at once; who asks for no pause gets growing ones.
        const waitMs = askedMs === null || askedMs < backoffBaseMs
          ? backoffMs(++limited, this.#random(), { baseMs: backoffBaseMs })
          : askedMs * (1 + 0.1 * this.#random());
        waitedMs += Math.min(waitMs, longest);
        this.#limiter.throttled(askedMs === null ? 0 : Math.min(waitMs, longest));
        await this.#pause(Math.min(waitMs, longest), message, askedMs, signal);
      } else {
        if (++failures > maxRetries) throw failure;
        await this.#wait(failures, message, askedMs, signal);
      }
      this.#count("retries");
    }
  }

  /** Waits after failure number `failures`, at least as long as asked, within bounds. */
  async #wait(
    failures: number,
    reason: string,
    askedMs: number | null,
    signal?: AbortSignal,
  ): Promise<void> {
    const { backoffBaseMs, maxRetryWaitMs } = this.#policy;
    const ownMs = backoffMs(failures, this.#random(), { baseMs: backoffBaseMs });
    const waitMs = Math.min(maxRetryWaitMs, askedMs === null ? ownMs : Math.max(askedMs, ownMs));
    await this.#pause(waitMs, reason, askedMs, signal);
  }

  async #pause(
    waitMs: number,
    reason: string,
    askedMs: number | null,
    signal?: AbortSignal,
  ): Promise<void> {
    this.#onWait({ reason, waitMs, askedMs });
    await sleep(waitMs, signal);
  }

  async #once(
    body: RequestBody,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<WireAnswer | EndpointFailure> {
    const { prices } = this.#capabilities;
    const most = this.#mostTokens(body);
    const ticket = await this.#guard?.admit(most, signal);
    // Until the request is sent it costs nothing; then, until an answer tells, nobody knows.
    let settled: Parameters<NonNullable<typeof ticket>["settle"]> = [0];
    try {
      const release = await this.#limiter.take(signal);
      try {
        settled = [null];
        const answer = await this.#client.send(body, timeoutMs, signal);
        this.#limiter.succeeded();
        const use = requestUse(body, answer, most, prices);
        this.#learnTokens(body, answer);
        this.#usage = withUse(this.#usage, use);
        settled = [use.costUsd ?? 0, use];
        return answer;
      } finally {
        release();
      }
    } catch (error) {
      if (!(error instanceof EndpointFailure)) throw error;
      if (!error.mayBeBilled) settled = [0];
      return error;
    } finally {
      const mostUsd = priced(prices, most);
      if (settled[0] === null && mostUsd !== null) {
        this.#usage = withUnanswered(this.#usage, mostUsd);
      }
      await ticket?.settle(...settled);
    }
  }

  #mostTokens(body: RequestBody): SpendEstimate {
    const bytes = bytesOf(body);
    const written = Number(body[this.#capabilities.maxTokensField] ?? 0);
    return {
      promptTokens: Math.ceil(bytes * (this.#tokensPerByte ?? FIRST_TOKENS_PER_BYTE)),
      completionTokens: written * Number(body.n ?? 1),
    };
  }

  #learnTokens(body: RequestBody, answer: WireAnswer): void {
    const tokens = answer.usage?.prompt_tokens ?? 0;
    if (tokens <= 0) return;
    const seen = TOKENS_MARGIN * tokens / bytesOf(body);
    this.#tokensPerByte = Math.min(1, Math.max(seen, this.#tokensPerByte ?? 0));
  }

  #count(event: "retries" | "rateLimited" | "unusable"): void {
    this.#usage = { ...this.#usage, [event]: this.#usage[event] + 1 };
  }
}

function bytesOf(body: RequestBody): number {
  return new TextEncoder().encode(JSON.stringify(body.messages)).length;
}
