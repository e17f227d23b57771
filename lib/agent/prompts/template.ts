const PLACEHOLDER = /\{\{\s*([a-z][a-z0-9_]*)\s*\}\}/g;

/**
 * Fills the `{{name}}` placeholders of a prompt. Strict in both directions: a placeholder without a
 * value and a value without a placeholder are errors, so a renamed variable cannot go unnoticed.
 *
 * @throws {TypeError} naming the prompt and the variable that is missing or unused
 * @example
 * ```ts
 * import { renderPrompt } from "@potstill/agent/prompts/template.ts";
 * renderPrompt("greeting", "Hello {{name}}", { name: "world" }); // "Hello world"
 * ```
 */
export function renderPrompt(
  promptName: string,
  template: string,
  variables: Readonly<Record<string, string>>,
): string {
  const wanted = new Set(promptVariables(template));
  for (const name of wanted) {
    if (!Object.hasOwn(variables, name)) {
      throw new TypeError(`Cannot render prompt "${promptName}": variable "${name}" is missing`);
    }
  }
  for (const name of Object.keys(variables)) {
    if (!wanted.has(name)) {
      throw new TypeError(`Cannot render prompt "${promptName}": it has no variable "${name}"`);
    }
  }
  return template.replace(PLACEHOLDER, (_, name: string) => variables[name]);
}

/** Names of the variables of a prompt, in order of first use. */
export function promptVariables(template: string): string[] {
  return [...new Set([...template.matchAll(PLACEHOLDER)].map((match) => match[1]))];
}
