import { readFile } from "node:fs/promises";

/**
 * The chat template that every export carries, as Jinja: ChatML without a system prompt of its own, the
 * assistant's turns in generation tags. It writes the same text in training as before a server's answer.
 *
 * @example
 * ```ts
 * import { exportChatTemplate } from "@potstill/student";
 * if (!(await exportChatTemplate()).includes("generation")) throw new Error("nothing is marked");
 * ```
 */
export function exportChatTemplate(): Promise<string> {
  return readFile(new URL("./chatml_training.jinja", import.meta.url), "utf8");
}
