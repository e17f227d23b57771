import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256Hex } from "../../runs/hash.ts";
import { renderPrompt } from "./template.ts";

/** The prompts that the stages use, by file name without its ending. */
export const promptNames = [
  "agent_system",
  "agent_system_short",
  "cot_system",
  "cot_rag_user",
  "parse_error",
  "retry",
] as const;

/** Name of a prompt file in `prompts/`. */
export type PromptName = typeof promptNames[number];

/** The prompts of one folder, with a hash of each for run manifests. */
export interface PromptSet {
  /** SHA-256 of each prompt's file, in hexadecimal. */
  readonly hashes: Readonly<Record<PromptName, string>>;
  /**
   * The prompt with its variables filled in, without white space at its end.
   *
   * @throws {TypeError} when a variable is missing or unknown
   */
  render(name: PromptName, variables?: Readonly<Record<string, string>>): string;
}

/** The folder of the project's own prompts. */
const defaultPromptFolder: string = fileURLToPath(
  new URL("../../../prompts/", import.meta.url),
);

/**
 * Reads every prompt of a folder.
 *
 * @throws {Error} naming the file that cannot be read
 * @example
 * ```ts
 * import { loadPrompts } from "@potstill/agent";
 * const prompts = await loadPrompts();
 * prompts.render("retry", { message: "NameError: name 'x' is not defined" });
 * ```
 */
export async function loadPrompts(folder: string = defaultPromptFolder): Promise<PromptSet> {
  const texts = {} as Record<PromptName, string>;
  const hashes = {} as Record<PromptName, string>;
  for (const name of promptNames) {
    const path = join(folder, `${name}.txt`);
    try {
      texts[name] = (await readFile(path, "utf8")).trimEnd();
    } catch (cause) {
      throw new Error(`Cannot read prompt "${name}": ${path}`, { cause });
    }
    hashes[name] = sha256Hex(texts[name]);
  }
  return {
    hashes,
    render: (name, variables = {}) => renderPrompt(name, texts[name], variables),
  };
}
