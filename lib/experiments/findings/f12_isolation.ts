import type { Finding } from "./finding.ts";
import type { FindingInput } from "./finding_input.ts";
import { optionFinding } from "./option_pairs.ts";

/**
 * F12: candidates that are each run from the state before the turn do better than candidates that run
 * one after another in the agent's own state, where each sees what the others left.
 *
 * @source beyond the paper: its implementation runs candidates in one interpreter, and the winner twice
 */
export function isolation(input: FindingInput): Finding {
  return optionFinding(input, {
    id: "F12",
    claim: "Sag with isolated candidates beats sag whose candidates leak into each other.",
    source: "beyond the paper, whose implementation runs all candidates in one interpreter",
    note: `Sag with ${input.reference.samples} candidates of the same students.`,
    part: "isolated − leaking",
    option: "candidateState",
    a: "isolated",
    b: "leaking",
    system: "agent-student-sag",
  });
}
