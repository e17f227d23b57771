import type { ResolvedAgentOptions } from "../agent/agent_options.ts";
import type { Tool } from "../interpreter/interpreter.ts";
import type { JsonValue } from "../records/json.ts";
import type { Task } from "../records/task.ts";
import type { Paradigm } from "../records/trajectory.ts";
import { sha256OfJson } from "../runs/hash.ts";

/**
 * Everything that decides what an attempt gives. Its hash is the address of the attempt's stored
 * steps: what has the same identity is never paid for twice, and a changed prompt, model, tool or
 * setting has another address.
 */
export interface AttemptIdentity {
  /** Raised when the store's records change their meaning. */
  readonly format: 1;
  /** The paradigm that the attempt follows. */
  readonly paradigm: Paradigm;
  /** As the endpoint calls it; where it is served does not matter. */
  readonly model: string;
  /** Way in which a started message is continued, as it changes the prompt. */
  readonly prefixMode: string;
  /** SHA-256 of the model's weights, where they are on this machine. */
  readonly checkpoint?: string;
  /** Fields added to every request. */
  readonly extraBody: JsonValue;
  /** SHA-256 of each prompt in use, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Sampling and limits. */
  readonly options: JsonValue;
  /** The tools as they are described to the model, and what they search. */
  readonly tools: JsonValue;
  /** The interpreter and its version. */
  readonly interpreter: JsonValue;
  /** The task that is attempted. */
  readonly task: Task;
  /** Number of the attempt among the task's, from 0. */
  readonly sample: number;
  /** Seed of the attempt's sampling. */
  readonly seed: number;
  /** The beginning given to the agent's first turn. */
  readonly firstThought: string | null;
}

/** The address of an attempt: 64 hexadecimal digits. */
export function attemptKey(identity: AttemptIdentity): string {
  // Neither how an answer is graded nor what no model is shown changes the attempt.
  const { grading: _, annotation: _1, source: _2, isYesNo: _3, goldTitles: _4, ...task } =
    identity.task;
  return sha256OfJson({ ...identity, task });
}

/** The part of an identity that describes tools: what the model reads of them. */
export function toolIdentity(tools: readonly Tool[], retriever: string): JsonValue {
  return {
    retriever,
    tools: tools.map(({ name, description, parameters, returns }) => ({
      name,
      description,
      returns,
      parameters: parameters.map((parameter) => ({ ...parameter })),
    })),
  };
}

/** An agent's options as part of an identity. */
export function optionsIdentity(options: ResolvedAgentOptions): JsonValue {
  const { candidateState, candidates, constrainTurns, ...rest } = options;
  // The names that stored attempts have; those made before an option existed have its default.
  return {
    ...rest,
    samples: candidates,
    ...(candidateState === "isolated" ? {} : { candidateState }),
    ...(constrainTurns ? { constrainTurns } : {}),
  };
}
