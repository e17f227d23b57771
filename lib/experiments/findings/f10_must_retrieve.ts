import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import type { Finding } from "./finding.ts";
import { cellsVarying, type FindingInput } from "./finding_input.ts";
import { optionFinding } from "./option_pairs.ts";

/**
 * F10: leaving factual trajectories without a search out of the training data makes the student better
 * on factual tasks.
 *
 * @source arXiv 2604.04651: small distilled agents search too little
 */
export function mustRetrieve(input: FindingInput): Finding {
  const isFactual = ({ kind }: EvaluationRow) => kind === "qa";
  const unsearched = cellsVarying(input, ["mustRetrieve"])
    .filter(({ options }) => !options.mustRetrieve)
    .flatMap(({ teacherRows }) => teacherRows.filter(isFactual))
    .filter(({ verdict, searchCalls }) => verdict === "correct" && searchCalls === 0).length;
  return optionFinding(input, {
    id: "F10",
    claim: "Training only on factual trajectories that searched helps on factual tasks.",
    source: "beyond the paper: arXiv 2604.04651",
    note: "Accuracy of the agent student on factual benchmarks, with the filter minus without, " +
      `greedy. Without it ${unsearched} correct factual trajectories of the runs had no search.`,
    part: "with the filter − without, factual",
    option: "mustRetrieve",
    a: true,
    b: false,
    system: "agent-student",
    only: isFactual,
  });
}
