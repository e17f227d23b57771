import { type Finding, makeFinding } from "./finding.ts";
import type { FindingInput } from "./finding_input.ts";
import { optionPairs } from "./option_pairs.ts";
import { pairedDifference } from "./seeded_tasks.ts";

/**
 * F9: a vote on prints and returned value is better than one on prints alone, which takes candidates
 * that print nothing and answer differently for the same.
 *
 * @source beyond the paper: its implementation votes on prints
 */
export function voteOnValue(input: FindingInput): Finding {
  const pairs = optionPairs(input, {
    option: "voteOn",
    a: "logs-and-value",
    b: "logs",
    system: "agent-student-sag",
  });
  return makeFinding({
    id: "F9",
    claim: "Sag that votes on prints and returned value beats sag that votes on prints alone.",
    source: "beyond the paper, whose implementation votes on prints",
    note: `Sag with ${input.reference.samples} candidates of the same students.`,
    parts: [{
      name: "logs and value − logs" + (pairs.length === 1 ? `, ${pairs[0].size}` : ""),
      interval: pairs.length === 0 ? null : pairedDifference(pairs, undefined, input),
      unit: "difference",
      threshold: { above: 0 },
    }],
    missing: pairs.length === 0 ? ["one size with voteOn logs-and-value and with voteOn logs"] : [],
  });
}
