import type { Finding } from "./finding.ts";
import type { FindingInput } from "./finding_input.ts";
import { optionFinding } from "./option_pairs.ts";

/**
 * F13: a first pass over the training data from trajectories of few turns to those of many makes a
 * better agent student than one in random order.
 *
 * @source beyond the paper, which shuffles
 */
export function curriculum(input: FindingInput): Finding {
  return optionFinding(input, {
    id: "F13",
    claim: "A curriculum by number of turns makes a better agent student than random order.",
    source: "beyond the paper, which shuffles",
    note: "Accuracy of the agent student, greedy; the first pass goes from few turns to many, " +
      "those after it are in random order.",
    part: "by turns − random",
    option: "curriculum",
    a: "steps",
    b: "none",
    system: "agent-student",
  });
}
