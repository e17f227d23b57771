import { readFirstThought } from "./read_first_thought.ts";

/**
 * The first-thought prefix: the first paragraph of a CoT answer, after `Thought: `. Null when the
 * answer has no text to begin with.
 *
 * @source paper, section 3.2 (first-thought prefix)
 * @example
 * ```ts
 * import { firstThoughtOf } from "@potstill/agent/first_thought.ts";
 * const prefix = firstThoughtOf("First find the capital.\n\nIt is Oslo.");
 * if (prefix !== "Thought: First find the capital.") throw new Error("not the first paragraph");
 * ```
 */
export function firstThoughtOf(cotText: string): string | null {
  return readFirstThought(cotText).prefix;
}
