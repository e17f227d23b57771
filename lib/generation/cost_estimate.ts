import type { TokenPrices } from "../models/openai/token_prices.ts";
import type { Task } from "../records/task.ts";
import type { GenerationOptions } from "./generation_options.ts";

/** Expected usage of a run. */
export interface CostEstimate {
  /** Tokens read. */
  readonly promptTokens: number;
  /** Tokens written. */
  readonly completionTokens: number;
  /** US dollars, or null when no price is known. */
  readonly costUsd: number | null;
}

/** Assumptions, from recorded runs of instruct models: what is typical of the paper's tasks. */
const estimateAssumptions = {
  /** Turns of an agent. */
  steps: 3,
  /** Tokens written in a turn. */
  stepTokens: 220,
  /** Tokens of what comes back from a turn's code. */
  observationTokens: 250,
  /** Tokens of a CoT answer. */
  cotTokens: 300,
  /** Tokens of one passage. */
  passageTokens: 160,
  /** Characters of a token. */
  charactersPerToken: 4,
} as const;

/**
 * Estimates a run before it begins. An agent reads its whole conversation again at each turn, so input
 * grows with the square of the turns.
 *
 * @param systemPrompt the agent's or CoT's, rendered
 */
export function estimateCost(
  options: GenerationOptions,
  tasks: readonly Pick<Task, "question">[],
  systemPrompt: string,
  prices: TokenPrices | null,
): CostEstimate {
  const a = estimateAssumptions;
  const attempts = tasks.length * options.attempts;
  const questions = tasks.reduce((sum, { question }) => sum + question.length, 0) /
    Math.max(1, tasks.length) / a.charactersPerToken;
  let prompt = 0;
  let completion = 0;
  if (options.paradigm === "agent") {
    const steps = Math.min(a.steps, options.maxSteps);
    const stepTokens = Math.min(a.stepTokens, options.maxNewTokens);
    const first = systemPrompt.length / a.charactersPerToken + questions;
    prompt = steps * first + (steps * (steps - 1) / 2) * (stepTokens + a.observationTokens);
    completion = steps * stepTokens * options.candidates;
  }
  if (options.paradigm !== "agent" || options.firstThoughtPrefix) {
    const passages = options.paradigm === "cot-rag" ? options.topK * a.passageTokens : 0;
    prompt += 40 + questions + passages;
    completion += Math.min(a.cotTokens, options.cotMaxNewTokens) * options.samples;
  }
  const promptTokens = Math.round(attempts * prompt);
  const completionTokens = Math.round(attempts * completion);
  return {
    promptTokens,
    completionTokens,
    costUsd: prices === null
      ? null
      : (promptTokens * prices.input + completionTokens * prices.output) / 1e6,
  };
}
