/**
 * The words of a text, separated by white space: a long list of names that reads as a paragraph.
 *
 * @example
 * ```ts
 * import { wordList } from "@potstill/records/word_list.ts";
 *
 * if (wordList(` model  seed `).join() !== "model,seed") throw new Error("other words");
 * ```
 */
export function wordList(text: string): string[] {
  return text.trim().split(/\s+/);
}
