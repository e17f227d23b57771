import { type AgentOptions, resolveAgentOptions } from "../agent/agent_options.ts";
import type { Paradigm } from "../records/trajectory.ts";

/**
 * Settings that decide what a generation run gives. Flat and JSON-serialisable; a resumed run must have
 * the same. Where and how fast it runs (endpoint's address, concurrency, budget) is not among them.
 */
export interface GenerationOptions {
  /** A lab benchmark's name, or the path of a benchmark file. */
  readonly benchmark: string;
  /** Which benchmark the file is. @default recognised by its examples and name */
  readonly benchmarkName?: string;
  /** Tasks of a lab benchmark; a file is used as it is. */
  readonly split: "train" | "test";
  /** Only the first so many tasks; null for all of a file, and for 100 of the lab. */
  readonly limit: number | null;
  /** As the endpoint calls it. */
  readonly model: string;
  /** How the model answers. */
  readonly paradigm: Paradigm;
  /** Attempts at each task. */
  readonly samples: number;
  /** 0 is greedy. */
  readonly temperature: number;
  /** Nucleus sampling's probability mass. */
  readonly topP: number;
  /** Most new tokens of an agent's turn. */
  readonly maxNewTokens: number;
  /** Most turns of an agent. */
  readonly maxSteps: number;
  /**
   * Candidates of each turn: above 1 this is self-consistent action generation of an agent, and
   * self-consistency (the majority's answer) of CoT.
   */
  readonly candidates: number;
  /** Wall time allowed to the code of one turn. */
  readonly stepTimeoutMs: number;
  /** Begin the agent's first turn with the first paragraph of the model's CoT answer. */
  readonly firstThoughtPrefix: boolean;
  /** Most new tokens of a CoT answer. */
  readonly cotMaxNewTokens: number;
  /** Passages of a search, and before a question of CoT + RAG. */
  readonly topK: number;
  /** What is searched: `lab`, `none`, or the folder of an index. */
  readonly retriever: string;
  /** What an agent is told: `short` is for students, which were trained with it. */
  readonly systemPrompt: "long" | "short";
  /** Everything random in the run follows from it. */
  readonly seed: number;
}

/** The paper's settings for teacher trajectories: one greedy attempt, at most 5 turns of 1,024 tokens. */
export const defaultGenerationOptions: Omit<GenerationOptions, "benchmark" | "model"> = {
  split: "train",
  limit: null,
  paradigm: "agent",
  samples: 1,
  temperature: 0,
  topP: 1,
  maxNewTokens: 1024,
  maxSteps: 5,
  candidates: 1,
  stepTimeoutMs: 10_000,
  firstThoughtPrefix: false,
  cotMaxNewTokens: 1024,
  topK: 3,
  retriever: "lab",
  systemPrompt: "long",
  seed: 0,
};

/** What must be given, and what differs from the defaults. */
export type GivenGenerationOptions =
  & Pick<GenerationOptions, "benchmark" | "model">
  & Partial<GenerationOptions>;

/**
 * Fills in the defaults. Several attempts, or candidates, at one task are sampled: temperature 0.7 (0.4
 * for candidates, as in the paper) unless one is given.
 *
 * @throws {RangeError} naming the option and its value
 */
export function resolveGenerationOptions(given: GivenGenerationOptions): GenerationOptions {
  const samples = given.samples ?? 1;
  const candidates = given.candidates ?? 1;
  const isSampled = samples > 1 || candidates > 1;
  const options: GenerationOptions = {
    ...defaultGenerationOptions,
    temperature: candidates > 1 ? 0.4 : isSampled ? 0.7 : 0,
    topP: isSampled ? 0.8 : 1,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    benchmark: given.benchmark,
    model: given.model,
  };
  for (const name of ["samples", "topK", "cotMaxNewTokens"] as const) checkWhole(options, name);
  if (options.limit !== null) checkWhole(options, "limit");
  if (!Number.isSafeInteger(options.seed)) {
    throw new RangeError(`Cannot generate: seed must be a whole number, it is ${options.seed}`);
  }
  if (options.firstThoughtPrefix && options.paradigm !== "agent") {
    throw new RangeError(
      `Cannot generate: a first-thought prefix is for agents, not for ${options.paradigm}`,
    );
  }
  resolveAgentOptions(agentOptions(options));
  return options;
}

function checkWhole(options: GenerationOptions, name: keyof GenerationOptions): void {
  const value = options[name];
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw new RangeError(`Cannot generate: ${name} must be a whole number from 1, it is ${value}`);
  }
}

/** The options of the agent. */
export function agentOptions(options: GenerationOptions): AgentOptions {
  return {
    maxSteps: options.maxSteps,
    maxNewTokens: options.maxNewTokens,
    samples: options.candidates,
    temperature: options.temperature,
    topP: options.topP,
    stepTimeoutMs: options.stepTimeoutMs,
  };
}
