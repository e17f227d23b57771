import type { Execution, InterpreterSession } from "../interpreter/interpreter.ts";
import type { Completion } from "../models/chat_model.ts";
import type { Message } from "../records/message.ts";
import type { FinishReason, Step, StepError } from "../records/step.ts";
import type { ResolvedAgentOptions } from "./agent_options.ts";
import { cutAtStop } from "../records/turn/cut_at_stop.ts";
import { observationMessage } from "./observation.ts";
import { agentStopSequences, parseAction, type ParsedAction } from "./parse_action.ts";
import type { AgentSetup } from "./agent_setup.ts";
import { samplingOf } from "./sampling.ts";
import { runCandidates } from "./run_candidates.ts";
import { voteOnCandidates, type VotingCandidate } from "./vote.ts";

/** A turn to be taken. */
export interface TurnRequest {
  /** Limits, sampling and vote. */
  readonly options: ResolvedAgentOptions;
  /** 0 for the first. */
  readonly index: number;
  /** The conversation so far. */
  readonly messages: readonly Message[];
  /** Beginning of the assistant's text, which the model continues; empty for none. */
  readonly prefix: string;
  /** Passed to the model for this turn. */
  readonly seed: number;
  /** Stops generation and execution. */
  readonly signal?: AbortSignal;
}

interface Action extends ParsedAction {
  readonly modelOutput: string;
  readonly completionTokens: number;
  readonly finishReason: FinishReason;
}

/** A step and the final answer, if the step gave one. */
export interface TakenStep {
  /** The chosen candidate's turn, with all candidates and the vote when there were several. */
  readonly step: Step;
  /** Argument of `final_answer`; null when the agent goes on. */
  readonly answer: string | null;
}

/**
 * Samples the candidates of a turn, runs their codes (each distinct one once, all from the session's
 * present state, unless they are to leak), votes, and makes the chosen candidate's state the session's.
 *
 * @throws {GenerationError} when the model gives no text
 */
export async function takeStep(
  setup: AgentSetup,
  session: InterpreterSession,
  turn: TurnRequest,
): Promise<TakenStep> {
  const { options } = turn;
  const startedAt = performance.now();
  const response = await setup.model.complete({
    messages: turn.prefix === ""
      ? turn.messages
      : [...turn.messages, { role: "assistant", content: turn.prefix }],
    samples: options.candidates,
    ...samplingOf(options),
    maxNewTokens: options.maxNewTokens,
    stop: agentStopSequences,
    ...(options.constrainTurns ? { grammar: "agent-turn" as const } : {}),
    seed: turn.seed,
    signal: turn.signal,
  });
  const generatedAt = performance.now();
  const actions = response.completions.map((completion) =>
    readAction(turn.prefix, completion, options)
  );
  const run = await runCandidates(session, {
    codes: actions.map(({ code }) => code),
    state: options.candidateState,
    timeoutMs: options.stepTimeoutMs,
    signal: turn.signal,
  });
  const candidates = actions.map((action, i) => toCandidate(action, run.executions[i]));
  const vote = voteOnCandidates(candidates, options.voteOn);
  const action = actions[vote.chosen];
  const execution = await run.commit(vote.chosen);
  const answer = execution?.isFinal && execution.error === null ? execution.finalAnswer : null;
  const step: Step = {
    index: turn.index,
    modelOutput: action.modelOutput,
    thought: action.thought,
    code: action.code,
    observation: answer === null ? observe(setup, action, execution) : "",
    ...(turn.prefix === "" ? {} : { prefix: turn.prefix }),
    toolCalls: execution?.toolCalls ?? [],
    isFinal: answer !== null,
    finishReason: action.finishReason,
    error: errorOf(action, execution),
    ...(options.candidates > 1
      ? { candidates: candidates.map(({ finalAnswer: _, ...rest }) => rest), vote }
      : {}),
    tokens: {
      prompt: response.promptTokens,
      completion: actions.reduce((sum, a) => sum + a.completionTokens, 0),
    },
    durations: {
      generateMs: generatedAt - startedAt,
      executeMs: performance.now() - generatedAt,
    },
  };
  return { step, answer };
}

function readAction(
  prefix: string,
  completion: Completion,
  { maxNewTokens }: ResolvedAgentOptions,
): Action {
  const text = cutAtStop(prefix + completion.text, agentStopSequences).trimEnd();
  const modelOutput = text.endsWith("```") && text.indexOf("```") < text.length - 3
    ? `${text}<end_code>`
    : text;
  const { completionTokens, finishReason } = completion;
  const parsed = parseAction(text);
  const action = finishReason !== "stop" && !hasWholeCode(text, parsed.code)
    ? { thought: parsed.thought, code: null, problem: brokenOff(finishReason, maxNewTokens) }
    : parsed;
  return { modelOutput, ...action, completionTokens, finishReason };
}

/** True if text follows the code, so that the code cannot be the part that was cut off. */
function hasWholeCode(text: string, code: string | null): boolean {
  return code !== null && !text.endsWith(code.trimEnd().split("\n").at(-1)!);
}

/** Completes "your turn could not be read: ". */
function brokenOff(reason: FinishReason, maxNewTokens: number): string {
  const what = reason === "length"
    ? `it was cut off at ${maxNewTokens} tokens`
    : `it was broken off (${reason})`;
  return `${what}, before the end of its code`;
}

function toCandidate(action: Action, execution: Execution | null): VotingCandidate {
  return {
    modelOutput: action.modelOutput,
    code: action.code,
    error: errorOf(action, execution),
    result: execution === null
      ? null
      : { logs: execution.logs, output: execution.output, isFinal: execution.isFinal },
    completionTokens: action.completionTokens,
    finishReason: action.finishReason,
    finalAnswer: execution?.finalAnswer ?? null,
  };
}

function errorOf(action: Action, execution: Execution | null): StepError | null {
  if (action.problem !== null) return { kind: "parse", message: action.problem };
  if (execution === null || execution.error === null) return null;
  const { kind, message } = execution.error;
  return { kind: kind === "timeout" ? "timeout" : "execution", message };
}

function observe(setup: AgentSetup, action: Action, execution: Execution | null): string {
  if (execution !== null) return observationMessage(execution, setup.prompts);
  return setup.prompts.render("parse_error", { problem: action.problem ?? "it has no code block" });
}
