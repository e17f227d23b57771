import type { Tool } from "../interpreter/interpreter.ts";
import type { PromptSet } from "./prompts/prompt_set.ts";
import { describeTools } from "./describe_tools.ts";

/**
 * The long system prompt, for models that were not trained as agents.
 *
 * @param imports modules that the code may import
 */
export function longSystemPrompt(
  prompts: PromptSet,
  tools: readonly Tool[],
  imports: readonly string[],
  maxSteps: number,
): string {
  return prompts.render("agent_system", {
    tools: describeTools(tools),
    imports: imports.join(", "),
    max_steps: String(maxSteps),
  });
}

/**
 * The short system prompt, which replaces the long one in training data and for trained students.
 *
 * @source paper, section 3.2 (student training)
 */
export function shortSystemPrompt(prompts: PromptSet): string {
  return prompts.render("agent_system_short");
}
