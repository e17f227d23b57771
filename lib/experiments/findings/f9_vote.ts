import type { Finding } from "./finding.ts";
import type { FindingInput } from "./finding_input.ts";
import { optionFinding } from "./option_pairs.ts";

/**
 * F9: a vote on prints and returned value is better than one on prints alone, which takes candidates
 * that print nothing and answer differently for the same.
 *
 * @source beyond the paper: its implementation votes on prints
 */
export function voteOnValue(input: FindingInput): Finding {
  return optionFinding(input, {
    id: "F9",
    claim: "Sag that votes on prints and returned value beats sag that votes on prints alone.",
    source: "beyond the paper, whose implementation votes on prints",
    note: `Sag with ${input.reference.samples} candidates of the same students.`,
    part: "logs and value − logs",
    option: "voteOn",
    a: "logs-and-value",
    b: "logs",
    system: "agent-student-sag",
  });
}
