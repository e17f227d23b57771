import { normalizeQaAnswer } from "../grading/normalize_qa_answer.ts";
import type { Trajectory } from "../records/trajectory.ts";

const CLOSED_ANSWERS = new Set(["yes", "no", "true", "false"]);

/**
 * True if a factual answer is supported by an observation: its normal form, or every word of it,
 * is part of one observation before the answer. Yes and no are always grounded, and so is a number
 * that the code computed from what it saw.
 */
export function isGrounded(trajectory: Trajectory): boolean {
  const { answer, steps } = trajectory;
  if (answer === null) return false;
  const wanted = normalizeQaAnswer(answer);
  if (wanted === "" || CLOSED_ANSWERS.has(wanted)) return true;
  const words = wanted.split(" ");
  // What a tool returned within the answering step was seen by the code alone; it counts as well.
  const seen = steps.flatMap(({ observation, toolCalls, isFinal }) => [
    ...(isFinal ? [] : [observation]),
    ...toolCalls.map((
      { result },
    ) => (typeof result === "string" ? result : JSON.stringify(result))),
  ]);
  return seen.some((text) => {
    const normal = ` ${normalizeQaAnswer(text)} `;
    if (normal.includes(` ${wanted} `)) return true;
    return words.length > 1 && words.every((word) => normal.includes(` ${word} `));
  });
}
