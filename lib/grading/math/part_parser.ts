import type { MathAnswer } from "./math_answer.ts";

/** Reads a part of an answer. */
export type PartParser = (text: string) => MathAnswer;
