import { findAnswer } from "@potstill/annotations/find_answer.ts";
import { findName } from "@potstill/annotations/text_words.ts";
import type { Trajectory } from "@potstill/records/trajectory.ts";

/**
 * Answers of hops that a thought, a query or other code names although neither the question nor an
 * earlier observation does, one sentence each.
 */
export function answersAhead({ id, task, steps }: Trajectory): string[] {
  const wrong: string[] = [];
  let known = task.question;
  for (const { thought, code, observation, index } of steps) {
    for (const { answer } of task.annotation?.hops ?? []) {
      const said = findName(answer, thought) ?? findName(answer, code ?? "");
      if (said !== null && findAnswer(answer, known) === null) {
        wrong.push(`${id} names "${said}" in step ${index}, before it was found`);
      }
    }
    known += `\n${observation}`;
  }
  return wrong;
}
