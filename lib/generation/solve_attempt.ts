import { resolveAgentOptions } from "../agent/agent_options.ts";
import { runAgent } from "../agent/run_agent.ts";
import { type CotOptions, runCot } from "../agent/run_cot.ts";
import { gradeTrajectory } from "../grading/grade_trajectory.ts";
import { readFirstThought } from "../agent/read_first_thought.ts";
import type { Interpreter, Tool } from "../interpreter/interpreter.ts";
import type { ChatModel } from "../models/chat_model.ts";
import type { PromptSet } from "../agent/prompts/prompt_set.ts";
import type { JsonValue } from "../records/json.ts";
import type { Task } from "../records/task.ts";
import type { Paradigm, Trajectory } from "../records/trajectory.ts";
import type { Retriever } from "../retrieval/retriever.ts";
import {
  type AttemptIdentity,
  attemptSeed,
  optionsIdentity,
  toolIdentity,
} from "./attempt_identity.ts";
import { agentOptions, type GenerationOptions } from "./generation_options.ts";
import { recordedInterpreter } from "./recorded_interpreter.ts";
import { type RecordedModel, recordedModel, type TurnTimes } from "./recorded_model.ts";
import type { StepStore } from "./step_store.ts";

/** What attempts need. */
export interface AttemptSetup {
  /** Settings of the run. */
  readonly options: GenerationOptions;
  /** The model that attempts the tasks. */
  readonly model: ChatModel;
  /** What of the model's endpoint changes its answers. */
  readonly modelIdentity: Pick<AttemptIdentity, "prefixMode" | "extraBody" | "checkpoint">;
  /** Whether the endpoint takes one completion a request. */
  readonly isOneByOne: boolean;
  /** Runs the code that the model writes. */
  readonly interpreter: Interpreter;
  /** Names the interpreter in the address of stored steps. */
  readonly interpreterIdentity: JsonValue;
  /** The tools that code can call. */
  readonly tools: readonly Tool[];
  /** What is searched; null when there is nothing to search. */
  readonly retriever: Retriever | null;
  /** Names what is searched in the address of stored steps. */
  readonly retrieverIdentity: string;
  /** The prompts of the agent. */
  readonly prompts: PromptSet;
  /** Rendered. */
  readonly systemPrompt: string;
  /** Where the steps of attempts are stored. */
  readonly store: StepStore;
}

/** One attempt at one task. */
export interface AttemptItem {
  /** The task. */
  readonly task: Task;
  /** Which of the task's attempts it is, from 0. */
  readonly sample: number;
}

/** A trajectory's id: unique within a run. */
export function itemId({ task, sample }: AttemptItem): string {
  return `${task.benchmark}/${task.id}#${sample}`;
}

/** What an attempt gave. */
export interface Solved {
  /** The trajectory of the attempt. */
  readonly trajectory: Trajectory;
  /** The CoT answer from which the first thought was taken, when one was. */
  readonly cot: Trajectory | null;
  /** What the endpoint said to a request that it refused; null when it refused none. */
  readonly refusal: string | null;
}

/** One of the trajectories of an attempt. */
interface Part {
  readonly trajectory: Trajectory;
  readonly refusal: string | null;
}

/**
 * Makes one attempt and grades it. Each answer of the model and each run of code is stored as it comes
 * and taken from the store when it is there.
 *
 * @throws {EndpointUnavailableError} when the endpoint gave no answer: the attempt is not over
 */
export async function solveAttempt(
  setup: AttemptSetup,
  item: AttemptItem,
  signal?: AbortSignal,
): Promise<Solved> {
  const { paradigm, firstThoughtPrefix } = setup.options;
  if (paradigm !== "agent") {
    const { candidates } = setup.options;
    return { ...await solveCot(setup, paradigm, item, candidates, signal), cot: null };
  }
  if (!firstThoughtPrefix) {
    return { ...await solveAgent(setup, item, null, signal), cot: null };
  }
  const cot = await solveCot(setup, "cot", item, 1, signal);
  const { prefix } = readFirstThought(cot.trajectory.steps[0]?.modelOutput ?? "");
  const agent = await solveAgent(setup, item, prefix, signal);
  return { ...agent, cot: cot.trajectory, refusal: agent.refusal ?? cot.refusal };
}

async function solveCot(
  setup: AttemptSetup,
  paradigm: "cot" | "cot-rag",
  { task, sample }: AttemptItem,
  candidates: number,
  signal?: AbortSignal,
): Promise<Part> {
  const { options, prompts } = setup;
  const cotOptions: CotOptions = {
    ...(candidates > 1 ? { samples: candidates } : {}),
    temperature: options.temperature,
    topP: options.topP,
    maxNewTokens: options.cotMaxNewTokens,
    passages: paradigm === "cot-rag" ? options.topK : 0,
  };
  const seed = attemptSeed(options.seed, paradigm, task, sample);
  const identity = identityOf(setup, { task, sample, seed, paradigm, firstThought: null }, {
    prompts: paradigm === "cot"
      ? { cot_system: prompts.hashes.cot_system }
      : { cot_system: prompts.hashes.cot_system, cot_rag_user: prompts.hashes.cot_rag_user },
    options: { ...cotOptions },
    tools: paradigm === "cot" ? null : { retriever: setup.retrieverIdentity },
    interpreter: null,
  });
  return await withRecords(setup, identity, (model) =>
    runCot({
      model,
      prompts,
      options: cotOptions,
      ...(setup.retriever === null ? {} : { retriever: setup.retriever }),
    }, { task, seed, sample, signal }));
}

async function solveAgent(
  setup: AttemptSetup,
  { task, sample }: AttemptItem,
  firstThought: string | null,
  signal?: AbortSignal,
): Promise<Part> {
  const { options, prompts, tools, systemPrompt } = setup;
  const seed = attemptSeed(options.seed, "agent", task, sample);
  const { hashes } = prompts;
  const identity = identityOf(setup, { task, sample, seed, paradigm: "agent", firstThought }, {
    prompts: {
      ...(options.systemPrompt === "short"
        ? { agent_system_short: hashes.agent_system_short }
        : { agent_system: hashes.agent_system }),
      parse_error: hashes.parse_error,
      retry: hashes.retry,
    },
    options: optionsIdentity(resolveAgentOptions(agentOptions(options))),
    tools: toolIdentity(tools, setup.retrieverIdentity),
    interpreter: setup.interpreterIdentity,
  });
  return await withRecords(
    setup,
    identity,
    (model, interpreter) =>
      runAgent(
        { model, interpreter, tools, prompts, systemPrompt, options: agentOptions(options) },
        {
          task,
          seed,
          sample,
          signal,
          ...(firstThought === null ? {} : { firstThought }),
        },
      ),
  );
}

type AttemptPart = Pick<
  AttemptIdentity,
  "task" | "sample" | "seed" | "paradigm" | "firstThought"
>;
type SettingPart = Pick<AttemptIdentity, "prompts" | "options" | "tools" | "interpreter">;

function identityOf(
  setup: AttemptSetup,
  attempt: AttemptPart,
  settings: SettingPart,
): AttemptIdentity {
  return { format: 1, model: setup.model.name, ...setup.modelIdentity, ...attempt, ...settings };
}

async function withRecords(
  setup: AttemptSetup,
  identity: AttemptIdentity,
  attempt: (model: RecordedModel, interpreter: Interpreter) => Promise<Trajectory>,
): Promise<Part> {
  const records = await setup.store.open(identity);
  try {
    const model = recordedModel(setup.model, records, { isOneByOne: setup.isOneByOne });
    const interpreter = recordedInterpreter(setup.interpreter, records, model.times);
    const trajectory = await attempt(model, interpreter);
    // A failure of the endpoint is no step of the agent's: the attempt goes on when it is made again.
    if (model.unavailable !== null) throw model.unavailable;
    return {
      trajectory: gradeTrajectory(withTimes(trajectory, model.times)),
      refusal: model.refused?.message ?? null,
    };
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
