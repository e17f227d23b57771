import { codeWithoutText } from "../records/turn/code_without_text.ts";
import type { Step } from "../records/step.ts";

/** The tools behind an attempt: the search, computation in code, both, or neither. */
export type Capability = "search" | "code" | "search+code" | "neither";

/** The capabilities in the order of tables. */
export const CAPABILITIES: readonly Capability[] = ["search", "code", "search+code", "neither"];

/**
 * The capabilities that an agent's steps used. Every action of a code agent is code; here it counts as code when it
 * computes: when something is left of it besides calls of tools, prints, and plain values.
 */
export function capabilityOf(steps: readonly Step[]): Capability {
  const searched = steps.some((step) =>
    step.toolCalls.some((call) => call.name !== "final_answer")
  );
  const computed = steps.some((step) => step.code !== null && computes(step.code));
  if (searched) return computed ? "search+code" : "search";
  return computed ? "code" : "neither";
}

/**
 * True if Python code computes anything: an operator, a loop, a condition, a function or an import
 * outside strings and comments, or a call of anything but print and the agent's tools.
 */
export function computes(code: string): boolean {
  const plain = codeWithoutText(code);
  if (/\b(?:for|while|if|def|import|lambda|class|with|try)\b/.test(plain)) return true;
  if (/[\w)\]]\s*(?:\*\*|\/\/|[-+*/%])\s*[\w(\[]/.test(plain)) return true;
  const calls = [...plain.matchAll(/(?<![\w.])([A-Za-z_][\w.]*)\s*\(/g)].map((match) => match[1]);
  return calls.some((name) => !/^(?:print|final_answer|web_search|str)$/.test(name));
}
