import type { JudgeCacheFile } from "./judge_cache.ts";
import { openJudgeCache } from "./judge_cache.ts";
import { createJudge, type Judge, loadJudgePrompt } from "./llm_judge.ts";
import {
  createOpenAiModel,
  type OpenAiModelOptions,
} from "../models/openai/create_openai_model.ts";

/** A model that grades answers to questions. */
export interface JudgeEndpoint extends OpenAiModelOptions {
  /** File of the judgements; what is in it is not asked again. */
  readonly cachePath: string;
}

/** A judge that can be asked. */
export interface OpenedJudge {
  /** Asks the model, or the cache. */
  readonly judge: Judge;
  /** Name of the judge in rows and tables. */
  readonly grader: string;
  /** Judgements in the cache. */
  cached(): number;
  /** Closes the cache. */
  close(): Promise<void>;
}

/**
 * Opens a judge behind an OpenAI-compatible endpoint, with its cache.
 *
 * @throws {Error} when the endpoint cannot be asked or the cache cannot be read
 */
export async function openJudge(
  endpoint: JudgeEndpoint,
  signal?: AbortSignal,
): Promise<OpenedJudge> {
  const { cachePath, ...options } = endpoint;
  const prompt = await loadJudgePrompt();
  const model = await createOpenAiModel(options, signal === undefined ? {} : { signal });
  const cache: JudgeCacheFile = await openJudgeCache(cachePath);
  return {
    judge: createJudge({ model, prompt, cache }),
    grader: `judge ${endpoint.model}`,
    cached: () => cache.size,
    close: () => cache.close(),
  };
}
