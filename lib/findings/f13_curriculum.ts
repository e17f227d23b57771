import { type Finding, makeFinding } from "./finding.ts";
import type { FindingInput } from "./finding_input.ts";
import { optionPairs } from "./option_pairs.ts";
import { pairedDifference } from "./seeded_tasks.ts";

/**
 * F13: a first pass over the training data from trajectories of few turns to those of many makes a
 * better agent student than one in random order.
 *
 * @source beyond the paper, which shuffles
 */
export function curriculum(input: FindingInput): Finding {
  const pairs = optionPairs(input, {
    option: "curriculum",
    a: "steps",
    b: "none",
    system: "agent-student",
  });
  return makeFinding({
    id: "F13",
    claim: "A curriculum by number of turns makes a better agent student than random order.",
    source: "beyond the paper, which shuffles",
    note: "Accuracy of the agent student, greedy; the first pass goes from few turns to many, " +
      "those after it are in random order.",
    parts: [{
      name: "by turns − random",
      interval: pairs.length === 0 ? null : pairedDifference(pairs, undefined, input),
      unit: "difference",
      threshold: { above: 0 },
    }],
    missing: pairs.length === 0 ? ["one size with curriculum steps and with none"] : [],
  });
}
