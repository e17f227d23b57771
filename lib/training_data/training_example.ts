import {
  importSource,
  learnedStepOf,
  supervisionOf,
} from "../trajectories/import/imported_trajectory.ts";
import type { Message } from "../records/message.ts";
import type { Trajectory } from "../records/trajectory.ts";
import { conversation } from "../agent/conversation.ts";
import { trainingConversation } from "./training_conversation.ts";

/** A conversation with the turns to train on. */
export interface TrainingExample {
  /** The trajectory's id. */
  readonly id: string;
  /** From the system prompt to the last assistant message. */
  readonly messages: readonly Message[];
  /** Indices of the assistant messages that are trained on, ascending. */
  readonly learned: readonly number[];
}

/**
 * A trajectory as a training example. Everything after its last trained message (the observation
 * of the final answer, in logs of some tools; the student's continuation of a repair) is left out,
 * as nothing of it is trained on. A half turn, in which the model was cut off, is context and
 * never trained on.
 *
 * @param systemPrompt replaces the trajectory's own; null keeps it
 * @returns null when there is no assistant message to learn
 */
export function trainingExample(
  trajectory: Trajectory,
  systemPrompt: string | null,
): TrainingExample | null {
  const { messages: all, learned: whole } = trainingConversation(trajectory, systemPrompt);
  const mayLearn = (at: number) => whole === undefined || whole.includes(at);
  const only = learnedStepOf(trajectory);
  if (only !== null) {
    const at = conversation(trajectory.prompt, trajectory.steps.slice(0, only)).length;
    const isThere = trajectory.steps[only]?.modelOutput !== "" && mayLearn(at);
    return isThere ? { id: trajectory.id, messages: all.slice(0, at + 1), learned: [at] } : null;
  }
  const isLastOnly = supervisionOf(trajectory) === "last-assistant";
  const final = all.findLastIndex(({ role }) => role === "assistant");
  const last = all.findLastIndex(({ role }, i) => role === "assistant" && mayLearn(i));
  if (last === -1 || (isLastOnly && last !== final)) return null;
  const messages = all.slice(0, last + 1);
  const turns = messages.flatMap(({ role }, i) => (role === "assistant" && mayLearn(i) ? [i] : []));
  return { id: trajectory.id, messages, learned: isLastOnly ? [last] : turns };
}

/** True if every assistant message is trained on. */
export function learnsAll({ messages, learned }: TrainingExample): boolean {
  return messages.filter(({ role }) => role === "assistant").length === learned.length;
}

/** True if only the last message is trained on, of several assistant messages or of one. */
export function learnsLast({ messages, learned }: TrainingExample): boolean {
  return learned.length === 1 && learned[0] === messages.length - 1;
}

/**
 * The system prompt that takes the place of a trajectory's own in training, or null to keep it: an agent's
 * long one becomes the short one; of CoT and, unless it is asked for, of imported agents it stays.
 *
 * @param choice `short` or `own`. @default "short" for our own agents, "own" for imported ones
 * @param short the short system prompt
 * @source paper, section 3.2 (student training)
 */
export function trainingSystemPrompt(
  trajectory: Trajectory,
  choice: "short" | "own" | undefined,
  short: string,
): string | null {
  if (trajectory.paradigm !== "agent") return null;
  const isOwnAgent = importSource(trajectory) === null;
  return (choice ?? (isOwnAgent ? "short" : "own")) === "short" ? short : null;
}
