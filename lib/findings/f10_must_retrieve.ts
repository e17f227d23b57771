import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { type Finding, makeFinding } from "./finding.ts";
import { cellsVarying, type FindingInput } from "./finding_input.ts";
import { optionPairs } from "./option_pairs.ts";
import { pairedDifference } from "./seeded_tasks.ts";

/**
 * F10: leaving factual trajectories without a search out of the training data makes the student better
 * on factual tasks.
 *
 * @source arXiv 2604.04651: small distilled agents search too little
 */
export function mustRetrieve(input: FindingInput): Finding {
  const isFactual = ({ kind }: EvaluationRow) => kind === "qa";
  const pairs = optionPairs(input, {
    option: "mustRetrieve",
    a: true,
    b: false,
    system: "agent-student",
    only: isFactual,
  });
  const unsearched = cellsVarying(input, ["mustRetrieve"])
    .filter(({ options }) => !options.mustRetrieve)
    .flatMap(({ teacherRows }) => teacherRows.filter(isFactual))
    .filter(({ verdict, searchCalls }) => verdict === "correct" && searchCalls === 0).length;
  return makeFinding({
    id: "F10",
    claim: "Training only on factual trajectories that searched helps on factual tasks.",
    source: "beyond the paper: arXiv 2604.04651",
    note: "Accuracy of the agent student on factual benchmarks, with the filter minus without, " +
      `greedy. Without it ${unsearched} correct factual trajectories of the runs had no search.`,
    parts: [{
      name: "with the filter − without, factual",
      interval: pairs.length === 0 ? null : pairedDifference(pairs, undefined, input),
      unit: "difference",
      threshold: { above: 0 },
    }],
    missing: pairs.length === 0 ? ["one size with mustRetrieve true and with false"] : [],
  });
}
