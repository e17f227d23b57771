import { conversation } from "../agent/conversation.ts";
import type { PreferencePair } from "../trajectories/preference_pairs.ts";
import { isHalfTurn } from "../records/step.ts";
import type { Conversation } from "./tokenize_conversations.ts";
import { trainingConversation } from "./training_conversation.ts";
import type { CorrectedRollout } from "../trajectories/corrected_rollout.ts";

/**
 * A correctly ended rollout as a conversation to train on: all its turns, the student's own and the
 * teacher's.
 *
 * @param systemPrompt replaces the system prompt; null keeps it
 * @returns null when the rollout is unsolved
 */
export function rolloutConversation(
  rollout: CorrectedRollout,
  systemPrompt: string | null,
): Conversation | null {
  return rollout.outcome === "unsolved"
    ? null
    : trainingConversation(rollout.trajectory, systemPrompt);
}

/**
 * Each corrected step as a conversation of its own that ends with the teacher's turn. Tokenize them
 * with `train: "last-assistant"` to learn the corrections alone.
 *
 * @param systemPrompt replaces the system prompt; null keeps it
 */
export function correctionConversations(
  rollout: CorrectedRollout,
  systemPrompt: string | null,
): Conversation[] {
  return rollout.corrections.filter(isWhole).map(({ index, before, teacher }) => {
    // What comes back after the last turn is not part of it.
    const steps = [...before, { ...teacher, observation: "" }];
    const { messages } = trainingConversation({ ...rollout.trajectory, steps }, systemPrompt);
    return { id: `${rollout.trajectory.id}/${index}`, messages };
  });
}

/** True if neither side was cut off within its turn. */
function isWhole({ student, teacher }: CorrectedRollout["corrections"][number]): boolean {
  return !isHalfTurn(teacher) && !isHalfTurn(student);
}

/**
 * Each corrected step as a pair for preference learning: the teacher's turn is preferred to the
 * student's after the same conversation.
 */
export function correctionPairs(rollout: CorrectedRollout): PreferencePair[] {
  const { trajectory, corrections } = rollout;
  return corrections.filter(isWhole).map(({ index, before, student, teacher }) => ({
    id: `${trajectory.id}/${index}`,
    prompt: conversation(trajectory.prompt, before),
    chosen: { role: "assistant", content: teacher.modelOutput },
    rejected: { role: "assistant", content: student.modelOutput },
    reasons: [student.error === null ? "corrected" : `corrected: ${student.error.kind}`],
  }));
}
