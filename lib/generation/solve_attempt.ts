import { type AgentOptions, resolveAgentOptions } from "../agent/agent_options.ts";
import type { CotOptions } from "../agent/run_cot.ts";
import { samplingOf } from "../agent/sampling.ts";
import { readFirstThought } from "../agent/read_first_thought.ts";
import type { ChatModel } from "../models/chat_model.ts";
import type { JsonValue } from "../records/json.ts";
import type { Task } from "../records/task.ts";
import type { Paradigm, Trajectory } from "../records/trajectory.ts";
import type { AttemptOptions, Workbench } from "../workbench/workbench.ts";
import { attemptSeed } from "../runs/attempt_seed.ts";
import { type AttemptIdentity, optionsIdentity, toolIdentity } from "./attempt_identity.ts";
import { agentOptions, type GenerationOptions } from "./generation_options.ts";
import { recordedInterpreter } from "./recorded_interpreter.ts";
import { recordedModel, type TurnTimes } from "./recorded_model.ts";
import type { Solved } from "./run_attempts.ts";
import type { StepStore } from "./step_store.ts";

/** Parts that the attempts of one model share. */
export interface AttemptSetup {
  /** The model that attempts the tasks. */
  readonly model: ChatModel;
  /** Endpoint settings that change answers, and a student's weights: part of the steps' address. */
  readonly modelIdentity: Pick<AttemptIdentity, "prefixMode" | "extraBody" | "checkpoint">;
  /** True if the endpoint takes one completion per request. */
  readonly isOneByOne: boolean;
  /** Search, Python, tools and prompts. */
  readonly bench: Workbench;
  /** Names the interpreter in the address of stored steps. */
  readonly interpreterIdentity: JsonValue;
  /** Store of the attempts' steps; null for a model that costs nothing to ask again. */
  readonly store: StepStore | null;
}

/** Parts that the attempts of a generation run share. */
export interface GenerationSetup extends AttemptSetup {
  /** Settings of the run. */
  readonly options: GenerationOptions;
}

/** One attempt at one task. */
export interface AttemptItem {
  /** The task. */
  readonly task: Task;
  /** Number of the attempt among the task's, from 0. */
  readonly sample: number;
}

/** One of the trajectories of an attempt. */
export type Attempted = Pick<Solved, "trajectory" | "refusal">;

/**
 * Makes one attempt of a generation run and grades it. Each answer of the model and each run of code is
 * stored as it comes and taken from the store when it is there.
 *
 * @throws {EndpointUnavailableError} when the endpoint gave no answer: the attempt is not over
 */
export async function solveAttempt(
  setup: GenerationSetup,
  { task, sample }: AttemptItem,
  signal?: AbortSignal,
): Promise<Solved> {
  const { options } = setup;
  const { paradigm, seed, systemPrompt, samples, topK } = options;
  const cot = (paradigm: "cot" | "cot-rag", samples: number) =>
    attemptCot(setup, task, {
      ...(samples > 1 ? { samples } : {}),
      ...samplingOf(options),
      maxNewTokens: options.cotMaxNewTokens,
      passages: paradigm === "cot-rag" ? topK : 0,
      sample,
      seed: attemptSeed(seed, paradigm, task, sample),
      signal,
    });
  const agent = (firstThought: string | null) =>
    attemptAgent(setup, task, {
      ...agentOptions(options),
      systemPrompt,
      sample,
      seed: attemptSeed(seed, "agent", task, sample),
      ...(firstThought === null ? {} : { firstThought }),
      signal,
    });
  if (paradigm !== "agent") return { ...await cot(paradigm, samples), cot: null };
  if (!options.firstThoughtPrefix) return { ...await agent(null), cot: null };
  const first = await cot("cot", 1);
  const { prefix } = readFirstThought(first.trajectory.steps[0]?.modelOutput ?? "");
  const solved = await agent(prefix);
  return { ...solved, cot: first.trajectory, refusal: solved.refusal ?? first.refusal };
}

/**
 * {@link Workbench.answer} with stored steps.
 *
 * @throws {EndpointUnavailableError} when the endpoint gave no answer: the attempt is not over
 */
export async function attemptCot(
  setup: AttemptSetup,
  task: Task,
  options: CotOptions & AttemptOptions,
): Promise<Attempted> {
  const { seed = 0, sample = 0, signal: _, ...cotOptions } = options;
  const { bench: { prompts: { hashes }, search } } = setup;
  const isPlain = (options.passages ?? 0) === 0;
  const identity = () =>
    identityOf(setup, {
      task,
      sample,
      seed,
      paradigm: isPlain ? "cot" : "cot-rag",
      firstThought: null,
      prompts: isPlain
        ? { cot_system: hashes.cot_system }
        : { cot_system: hashes.cot_system, cot_rag_user: hashes.cot_rag_user },
      options: { ...cotOptions } as JsonValue,
      tools: isPlain ? null : { retriever: search.identity },
      interpreter: null,
    });
  return await recorded(
    setup,
    identity,
    async ({ bench, model, times }) => withTimes(await bench.answer(model, task, options), times),
  );
}

/**
 * {@link Workbench.solve} with stored steps.
 *
 * @throws {EndpointUnavailableError} when the endpoint gave no answer: the attempt is not over
 */
export async function attemptAgent(
  setup: AttemptSetup,
  task: Task,
  options: AgentOptions & AttemptOptions,
): Promise<Attempted> {
  return await recordedAgent(
    setup,
    task,
    options,
    async ({ bench, model, times }) => withTimes(await bench.solve(model, task, options), times),
  );
}

/**
 * An attempt by an agent in which the answers of the model are stored and taken from the store.
 *
 * @param options the agent's; with the task they are the address of the stored steps
 * @throws {EndpointUnavailableError} when the endpoint gave no answer: the attempt is not over
 */
export async function recordedAgent(
  setup: AttemptSetup,
  task: Task,
  options: AgentOptions & AttemptOptions,
  attempt: (parts: RecordedParts) => Promise<Trajectory>,
): Promise<Attempted> {
  const { seed = 0, sample = 0, firstThought = null, signal: _, systemPrompt, ...rest } = options;
  const { bench: { prompts: { hashes }, tools, search }, interpreterIdentity } = setup;
  const identity = () =>
    identityOf(setup, {
      task,
      sample,
      seed,
      paradigm: "agent",
      firstThought,
      prompts: {
        ...(systemPrompt === "short"
          ? { agent_system_short: hashes.agent_system_short }
          : { agent_system: hashes.agent_system }),
        parse_error: hashes.parse_error,
        retry: hashes.retry,
      },
      options: optionsIdentity(resolveAgentOptions(rest)),
      tools: toolIdentity(tools, search.identity),
      interpreter: interpreterIdentity,
    });
  return await recorded(setup, identity, attempt);
}

function identityOf(
  setup: AttemptSetup,
  attempt: Omit<AttemptIdentity, "format" | "model" | keyof AttemptSetup["modelIdentity"]>,
): AttemptIdentity {
  return { format: 1, model: setup.model.name, ...setup.modelIdentity, ...attempt };
}

/** What an attempt is made with: the model and the interpreter are those that record. */
export interface RecordedParts {
  /** Search, Python, tools and prompts. */
  readonly bench: Workbench;
  /** Answers from the store what it answered before. */
  readonly model: ChatModel;
  /** Time of each turn, stored ones as they were; empty where nothing is stored. */
  readonly times: readonly TurnTimes[];
}

async function recorded(
  setup: AttemptSetup,
  identity: () => AttemptIdentity,
  attempt: (parts: RecordedParts) => Promise<Trajectory>,
): Promise<Attempted> {
  const { bench, store, isOneByOne, model: asked } = setup;
  if (store === null) {
    return { trajectory: await attempt({ bench, model: asked, times: [] }), refusal: null };
  }
  const records = await store.open(identity());
  try {
    const model = recordedModel(asked, records, { isOneByOne });
    const { times } = model;
    const interpreter = recordedInterpreter(bench.interpreter, records, times);
    const trajectory = await attempt({ bench: bench.withInterpreter(interpreter), model, times });
    // A failure of the endpoint is no step of the agent's: the attempt goes on when it is made again.
    if (model.unavailable !== null) throw model.unavailable;
    return { trajectory, refusal: model.refused?.message ?? null };
  } finally {
    await records.close();
  }
}

/** Stored turns keep the times that they took when they were made. */
function withTimes(trajectory: Trajectory, times: readonly TurnTimes[]): Trajectory {
  const paradigm: Paradigm = trajectory.paradigm;
  return {
    ...trajectory,
    steps: trajectory.steps.map((step, i) => {
      const turn = times[i];
      if (turn === undefined) return step;
      const executeMs = paradigm === "agent" ? round(turn.executeMs) : 0;
      return { ...step, durations: { generateMs: round(turn.generateMs), executeMs } };
    }),
  };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
