import { type Finding, makeFinding } from "./finding.ts";
import { bySize, cellsVarying, type FindingInput, systemRows } from "./finding_input.ts";
import { pairedDifference } from "./seeded_tasks.ts";

/**
 * F14: of a number of training tasks it is better to keep some for attempts of the student that the
 * teacher corrects than to let the teacher solve them all.
 *
 * @source arXiv 2509.14257 (SCoRe)
 */
export function rollouts(input: FindingInput): Finding {
  const { trainTasks } = input.reference;
  const cells = cellsVarying(input, ["rollouts", "trainTasks"]).filter(({ options }) =>
    options.rollouts + options.trainTasks === trainTasks
  );
  const pairs = bySize(cells).flatMap(({ size, cells: own }) => {
    const rows = (corrected: boolean) =>
      systemRows(
        own.filter(({ options }) => (options.rollouts > 0) === corrected),
        "agent-student",
      );
    const [a, b] = [rows(true), rows(false)];
    return a.length > 0 && b.length > 0 ? [{ size, a, b }] : [];
  });
  return makeFinding({
    id: "F14",
    claim: "Some of the tasks as corrected rollouts of the student beat the teacher's runs alone.",
    source: "beyond the paper: arXiv 2509.14257",
    note: `Accuracy of the agent student, greedy, from ${2 * trainTasks} tasks in all. With ` +
      "rollouts the teacher solves some of them alone, and corrects the first wrong step of the " +
      "student's attempts at the others; the student is then trained anew on both.",
    parts: [{
      name: "with corrected rollouts − without",
      interval: pairs.length === 0 ? null : pairedDifference(pairs, undefined, input),
      unit: "difference",
      threshold: { above: 0 },
    }],
    missing: pairs.length === 0 ? ["one size with rollouts and as many tasks without"] : [],
  });
}
