import {
  filterTrajectories,
  type SelectionReason,
  stepBucket,
} from "../../trajectories/filter_trajectories.ts";
import type { JsonValue } from "../../records/json.ts";
import type { Candidate, Step } from "../../records/step.ts";
import type { Trajectory } from "../../records/trajectory.ts";
import { turnsOf } from "../../records/turns.ts";

/** The outcome of a trajectory in the viewer's list. */
export type ViewVerdict = "correct" | "wrong" | "no answer" | "not graded";

/** A trajectory as the viewer's page takes it: short keys, no text twice. */
export interface ViewRecord {
  /** The trajectory's id. */
  readonly id: string;
  /** The task's benchmark. */
  readonly benchmark: string;
  /** The task's question. */
  readonly question: string;
  /** The gold answer and its aliases, joined by ` | `. */
  readonly gold: string;
  /** The answer given, or null. */
  readonly answer: string | null;
  /** Its outcome. */
  readonly verdict: ViewVerdict;
  /** The reason for which the filter rejects it; empty when it is kept. */
  readonly reasons: readonly SelectionReason[];
  /** Kinds of errors in its steps, each once. */
  readonly errors: readonly string[];
  /** Turns of the model, where five and more are `5+`. */
  readonly bucket: string;
  /** Steps, without one that only says that the limit was reached. */
  readonly turns: number;
  /** Its paradigm. */
  readonly paradigm: string;
  /** The model's name. */
  readonly model: string;
  /** The first thought with the way it was continued, or null. */
  readonly firstThought: string | null;
  /** Indices into the page's prompts. */
  readonly prompt: readonly number[];
  /** Read and written. */
  readonly tokens: readonly [number, number];
  /** Time of all steps, in milliseconds, rounded. */
  readonly ms: number;
  /** The steps as the page shows them. */
  readonly steps: readonly JsonValue[];
}

/** Gives a prompt message its index in the page; system prompts are mostly the same. */
export type PromptIndex = (role: string, content: string) => number;

/** Makes a trajectory into what the page shows. */
export function viewRecord(trajectory: Trajectory, promptIndex: PromptIndex): ViewRecord {
  const { task, steps, answer, firstThought } = trajectory;
  const sum = (of: (step: Step) => number) => steps.reduce((total, step) => total + of(step), 0);
  const { rejected } = filterTrajectories([trajectory]);
  return {
    id: trajectory.id,
    benchmark: task.benchmark,
    question: task.question,
    gold: [task.answer, ...task.aliases ?? []].join(" | "),
    answer,
    verdict: verdictOf(trajectory),
    reasons: rejected[0]?.reasons ?? [],
    errors: [...new Set(steps.flatMap(({ error }) => (error === null ? [] : [error.kind])))],
    bucket: stepBucket(trajectory),
    turns: turnsOf(trajectory).length,
    paradigm: trajectory.paradigm,
    model: trajectory.model,
    firstThought: firstThought ? `${firstThought.continuation}: ${firstThought.text}` : null,
    prompt: trajectory.prompt.map(({ role, content }) => promptIndex(role, content)),
    tokens: [sum((step) => step.tokens.prompt), sum((step) => step.tokens.completion)],
    ms: Math.round(sum(({ durations }) => durations.generateMs + durations.executeMs)),
    steps: steps.map(viewStep),
  };
}

function verdictOf({ answer, correct }: Trajectory): ViewVerdict {
  if (correct === true) return "correct";
  if (answer === null) return "no answer";
  return correct === null ? "not graded" : "wrong";
}

function viewStep(step: Step): JsonValue {
  const { tokens, durations } = step;
  return {
    thought: step.thought,
    code: step.code,
    // The whole text is shown where thought and code do not say it all.
    raw: step.code === null && step.thought !== step.modelOutput.trim() ? step.modelOutput : "",
    seen: step.observation,
    error: step.error === null ? null : [step.error.kind, step.error.message],
    final: step.isFinal,
    prefix: step.prefix !== undefined && step.prefix !== "",
    tokens: [tokens.prompt, tokens.completion],
    ms: [Math.round(durations.generateMs), Math.round(durations.executeMs)],
    calls: step.toolCalls.map(({ name, arguments: args, result, error }) => [
      name,
      args.map((value) => JSON.stringify(value)).join(", "),
      typeof result === "string" ? result : JSON.stringify(result),
      error ?? null,
    ]),
    ...(step.candidates && step.vote
      ? {
        candidates: step.candidates.map(viewCandidate),
        vote: {
          chosen: step.vote.chosen,
          share: step.vote.share,
          groups: step.vote.groups.map((group) => [...group]),
        },
      }
      : {}),
  };
}

function viewCandidate({ code, modelOutput, error, result }: Candidate): JsonValue {
  return {
    code,
    raw: code === null ? modelOutput : "",
    error: error === null ? null : [error.kind, error.message],
    result: result === null ? "" : `${result.logs}${result.output ?? ""}`,
  };
}
