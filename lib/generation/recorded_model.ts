import { teacherOf } from "../models/teacher_of.ts";
import type { ChatModel, ChatRequest, ChatResponse } from "../models/chat_model.ts";
import { EndpointUnavailableError, RequestFailedError } from "../models/openai/endpoint_error.ts";
import { sha256OfJson } from "../runs/hash.ts";
import type { StoredAttempt } from "./step_store.ts";

/** Time that the turns of an attempt took, stored ones as they were. */
export interface TurnTimes {
  /** Time that the model took, in milliseconds. */
  generateMs: number;
  /** Time that running code took, in milliseconds. */
  executeMs: number;
}

/** Options of {@link recordedModel}. */
export interface RecordedModelOptions {
  /**
   * Ask for several completions one by one and store each by itself, as the endpoint takes one at a
   * time: when some fail, the others are not paid for again.
   * @default false
   */
  readonly isOneByOne?: boolean;
}

/** A model whose answers are stored by what was asked, with what happened to the attempt. */
export interface RecordedModel extends ChatModel {
  /** One entry per turn. */
  readonly times: TurnTimes[];
  /** Answers that came from the store. */
  readonly reused: number;
  /** The endpoint failed for now: the attempt says nothing about the task. Null when it did not. */
  readonly unavailable: EndpointUnavailableError | null;
  /** The endpoint refuses a request, or brings nothing for it. Null when there is none such. */
  readonly refused: RequestFailedError | null;
}

/** Puts an attempt's store before a model: what was answered once is not asked again. */
export function recordedModel(
  model: ChatModel,
  attempt: StoredAttempt,
  options: RecordedModelOptions = {},
): RecordedModel {
  const times: TurnTimes[] = [];
  let reused = 0;
  let unavailable: EndpointUnavailableError | null = null;
  let refused: RequestFailedError | null = null;

  async function answer(request: ChatRequest): Promise<{ response: ChatResponse; ms: number }> {
    const hash = requestHash(request);
    const stored = attempt.find("completion", hash);
    if (stored !== null) {
      reused++;
      return { response: stored.response, ms: stored.durationMs };
    }
    const startedAt = performance.now();
    const response = await model.complete(request);
    const ms = performance.now() - startedAt;
    await attempt.add({ kind: "completion", request: hash, response, durationMs: ms });
    return { response, ms };
  }

  async function answerOneByOne(
    request: ChatRequest,
  ): Promise<{ response: ChatResponse; ms: number }> {
    const samples = request.samples ?? 1;
    const parts = await Promise.allSettled(
      Array.from(
        { length: samples },
        (_, i) => answer({ ...request, samples: 1, seed: (request.seed ?? 0) + i }),
      ),
    );
    const answers = parts.map((part) => {
      if (part.status === "rejected") throw part.reason;
      return part.value;
    });
    return {
      response: {
        completions: answers.flatMap(({ response }) => response.completions),
        promptTokens: answers.reduce((sum, { response }) => sum + response.promptTokens, 0),
      },
      ms: Math.max(...answers.map(({ ms }) => ms)),
    };
  }

  return {
    name: model.name,
    ...teacherOf(model),
    get prefixContinuation() {
      return model.prefixContinuation;
    },
    times,
    get reused() {
      return reused;
    },
    get unavailable() {
      return unavailable;
    },
    get refused() {
      return refused;
    },
    async complete(request) {
      const isSplit = options.isOneByOne === true && (request.samples ?? 1) > 1;
      try {
        const { response, ms } = await (isSplit ? answerOneByOne : answer)(request);
        times.push({ generateMs: ms, executeMs: 0 });
        return response;
      } catch (error) {
        if (error instanceof EndpointUnavailableError) unavailable = error;
        if (error instanceof RequestFailedError) refused = error;
        throw error;
      }
    },
  };
}

function requestHash(request: ChatRequest): string {
  const { signal: _signal, onText: _onText, ...asked } = request;
  return sha256OfJson(asked);
}
