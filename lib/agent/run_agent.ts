import type { AgentSetup } from "./agent_setup.ts";
import type { InterpreterSession } from "../interpreter/interpreter.ts";
import { type ChatModel, GenerationError } from "../models/chat_model.ts";
import { failedGeneration } from "../models/failed_generation.ts";
import { teacherOf } from "../models/teacher_of.ts";
import type { Message } from "../records/message.ts";
import { emptyStep, type Step } from "../records/step.ts";
import { attemptId, type Task } from "../records/task.ts";
import type { FirstThoughtProvenance, Trajectory } from "../records/trajectory.ts";
import { isTurn } from "../records/turns.ts";
import { deriveSeed } from "../runs/attempt_seed.ts";
import { resolveAgentOptions } from "./agent_options.ts";
import { conversation } from "./conversation.ts";
import { takeStep } from "./take_step.ts";

/** An attempt at one task. */
export interface AgentAttempt {
  /** Its question is the user's message. */
  readonly task: Task;
  /** Every turn's seed follows from it. */
  readonly seed: number;
  /** Distinguishes several attempts at one task. @default 0 */
  readonly sample?: number;
  /** Given to the agent as the beginning of its first turn. */
  readonly firstThought?: string;
  /**
   * Steps taken already, none of them final: their code is run again in the attempt's session, and the
   * agent goes on from there.
   * @default none
   */
  readonly steps?: readonly Step[];
  /** Ends the attempt, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called after each step. */
  readonly onStep?: (step: Step) => void;
}

/**
 * Runs an agent on a task: Thought and Code turns, each code run in one interpreter session, until
 * `final_answer` or the step limit. The agent's failures are data in its steps; only an abort or a
 * fault of the kit itself rejects. The answer is not graded here: `correct` is null.
 *
 * @source paper, section 3.1 (agent trajectories) and 3.3 (self-consistent action generation)
 * @throws the signal's reason when it aborts
 */
export async function runAgent(setup: AgentSetup, attempt: AgentAttempt): Promise<Trajectory> {
  const options = resolveAgentOptions(setup.options ?? {});
  const { task, signal } = attempt;
  const prompt: Message[] = [
    { role: "system", content: setup.systemPrompt },
    { role: "user", content: task.question },
  ];
  const steps: Step[] = [...attempt.steps ?? []];
  let answer: string | null = null;
  const session = await setup.interpreter.open(setup.tools, signal);
  try {
    for (const { code } of steps) {
      if (code !== null) await session.run(code, { timeoutMs: options.stepTimeoutMs, signal });
    }
    while (steps.length < options.maxSteps && answer === null) {
      signal?.throwIfAborted();
      const index = steps.length;
      const taken = await tryStep(setup, session, {
        options,
        index,
        messages: conversation(prompt, steps),
        prefix: index === 0 ? attempt.firstThought ?? "" : "",
        seed: deriveSeed(attempt.seed, index),
        signal,
      });
      steps.push(taken.step);
      attempt.onStep?.(taken.step);
      answer = taken.answer;
      if (taken.step.error !== null && !isTurn(taken.step)) break;
    }
  } finally {
    await session.close();
  }
  const isEnded = steps.length > 0 && !isTurn(steps[steps.length - 1]);
  if (steps.length === options.maxSteps && answer === null && !isEnded) {
    steps.push(maxStepsStep(steps.length, options.maxSteps));
  }
  return {
    id: attemptId(task, attempt.sample),
    task,
    paradigm: "agent",
    model: setup.model.name,
    ...teacherOf(setup.model),
    prompt,
    steps,
    answer,
    correct: null,
    seed: attempt.seed,
    ...firstThoughtOf(setup.model, attempt.firstThought),
  };
}

async function tryStep(
  setup: AgentSetup,
  session: InterpreterSession,
  turn: Parameters<typeof takeStep>[2],
): Promise<{ step: Step; answer: string | null }> {
  try {
    return await takeStep(setup, session, turn);
  } catch (error) {
    if (!(error instanceof GenerationError) || turn.signal?.aborted) throw error;
    return { step: emptyStep(turn.index, failedGeneration(error)), answer: null };
  }
}

function maxStepsStep(index: number, limit: number): Step {
  const message = `No final answer within ${limit} steps.`;
  return emptyStep(index, { error: { kind: "max-steps", message } });
}

function firstThoughtOf(
  model: ChatModel,
  text: string | undefined,
): { firstThought?: FirstThoughtProvenance } {
  return text === undefined
    ? {}
    : { firstThought: { text, continuation: model.prefixContinuation } };
}
