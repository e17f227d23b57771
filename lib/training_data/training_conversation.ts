import { conversation } from "../agent/conversation.ts";
import type { Message } from "../records/message.ts";
import { learnedStepsOf } from "../trajectories/import/imported_trajectory.ts";
import { isHalfTurn, type Step } from "../records/step.ts";
import type { Trajectory } from "../records/trajectory.ts";
import type { Conversation } from "./tokenize_conversations.ts";

/**
 * A kept trajectory as the conversation that a student is trained on: the turns as they were, with
 * the short system prompt in place of the teacher's long one. Half turns, in which the teacher was
 * cut off, and turns that an imported record excludes are context and not trained on.
 *
 * @param shortSystemPrompt null keeps the trajectory's own system prompt, as CoT does
 * @source paper, section 3.2 (student training)
 */
export function trainingConversation(
  trajectory: Trajectory,
  shortSystemPrompt: string | null,
): Conversation {
  const prompt: Message[] = trajectory.prompt.map((message) =>
    message.role === "system" && shortSystemPrompt !== null
      ? { role: "system", content: shortSystemPrompt }
      : message
  );
  const { id, steps } = trajectory;
  const messages = conversation(prompt, steps);
  const named = learnedStepsOf(trajectory);
  const isContext = (step: Step, i: number) =>
    isHalfTurn(step) || (named !== null && !named.includes(i));
  if (!steps.some(isContext)) return { id, messages };
  const context = new Set(
    steps.flatMap((step, i) =>
      isContext(step, i) ? [conversation(prompt, steps.slice(0, i)).length] : []
    ),
  );
  const learned = messages.flatMap(({ role }, i) =>
    role === "assistant" && !context.has(i) ? [i] : []
  );
  return { id, messages, learned };
}
