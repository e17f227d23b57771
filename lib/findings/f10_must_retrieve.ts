import type { EvaluationRow } from "../evaluation/evaluation_row.ts";
import { type Finding, makeFinding } from "./finding.ts";
import { bySize, cellsVarying, type FindingInput, systemRows } from "./finding_input.ts";
import { pairedDifference } from "./seeded_tasks.ts";

/**
 * F10: leaving factual trajectories without a search out of the training data makes the student better
 * on factual tasks.
 *
 * @source arXiv 2604.04651: small distilled agents search too little
 */
export function mustRetrieve(input: FindingInput): Finding {
  const cells = cellsVarying(input, ["mustRetrieve"]);
  const factual = (rows: readonly EvaluationRow[]) => rows.filter(({ kind }) => kind === "qa");
  const pairs = bySize(cells).flatMap(({ size, cells: own }) => {
    const rows = (wanted: boolean) =>
      factual(
        systemRows(own.filter(({ options }) => options.mustRetrieve === wanted), "agent-student"),
      );
    const [a, b] = [rows(true), rows(false)];
    return a.length > 0 && b.length > 0 ? [{ size, a, b }] : [];
  });
  const unsearched = cells.filter(({ options }) => !options.mustRetrieve)
    .flatMap(({ teacherRows }) => factual(teacherRows))
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
