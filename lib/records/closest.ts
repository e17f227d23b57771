import { closestMatch } from "leven";

/**
 * The candidate nearest to `text` by edit distance, when it is near enough to be a typing error: one
 * letter in three, and one in a short word.
 *
 * @example
 * ```ts
 * import { closest } from "@potstill/records/closest.ts";
 * if (closest("distil", ["distill", "exec"]) !== "distill") throw new Error("one letter is missing");
 * ```
 */
export function closest(text: string, candidates: readonly string[]): string | undefined {
  return closestMatch(text, candidates, { maxDistance: Math.max(1, Math.floor(text.length / 3)) });
}
