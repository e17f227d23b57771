import type { Execution } from "../interpreter/interpreter.ts";
import type { PromptSet } from "./prompts/prompt_set.ts";

/**
 * The text of an execution that the agent sees in its next turn.
 *
 * @source smolagents 1.13 `CodeAgent.step`: prints, then the last expression's value, `None` included
 */
function observationText(execution: Execution): string {
  return `Execution logs:\n${execution.logs}Last output from code snippet:\n` +
    (execution.output ?? "None");
}

/** The user message that carries an execution's result, or its error with the request to retry. */
export function observationMessage(execution: Execution, prompts: PromptSet): string {
  if (execution.error === null) return `Observation:\n${observationText(execution)}`;
  const logs = execution.logs === ""
    ? ""
    : `Observation:\nExecution logs:\n${withNewline(execution.logs)}`;
  return logs + prompts.render("retry", { message: execution.error.message });
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : text + "\n";
}
