import type { EvaluationRow } from "../../evaluation/evaluation_row.ts";
import { type Finding, makeFinding } from "./finding.ts";
import { type FindingInput, systemRows, type Tier, tiers, tiersWith } from "./finding_input.ts";
import { seededBootstrap, type SeededInterval } from "./seeded_bootstrap.ts";
import { seededTasks } from "./seeded_tasks.ts";

type Count = (row: EvaluationRow) => number;
const parse: Count = ({ errorKinds }) => errorKinds.parse;
const failed: Count = ({ errorKinds }) => errorKinds.execution + errorKinds.timeout;
const both: Count = (row) => parse(row) + failed(row);

/**
 * F5: sag lowers code errors: the share of steps that could not be parsed, or whose code failed.
 *
 * @source paper, section 5 (analysis: sag reduces parsing and execution errors)
 */
export function codeErrors(input: FindingInput): Finding {
  const found = tiersWith(tiers(input), ["agent-student", "agent-student-sag"]);
  const change = (some: readonly Tier[], count: Count) => errorChange(some, count, input);
  const unit = "difference" as const;
  return makeFinding({
    id: "F5",
    claim: "Sag lowers the share of steps with a code error.",
    source: "paper, section 5, analysis of errors",
    note:
      "Errors a step with sag minus without, over all sizes and benchmarks: turns that are no " +
      "action (parse), and code that raised or ran too long. Negative is fewer.",
    parts: [
      {
        name: "errors a step, sag − greedy",
        interval: change(found, both),
        unit,
        threshold: { below: 0 },
      },
      { name: "parse errors, sag − greedy", interval: change(found, parse), unit },
      { name: "failed code, sag − greedy", interval: change(found, failed), unit },
      ...found.length < 2 ? [] : found.map((tier) => ({
        name: `errors a step, sag − greedy, ${tier.size}`,
        interval: change([tier], both),
        unit,
      })),
    ],
    missing: found.length === 0
      ? ["runs with the systems agent-student and agent-student-sag"]
      : [],
  });
}

/** Errors a step of all tiers together, with sag minus without. */
function errorChange(
  some: readonly Tier[],
  count: Count,
  input: FindingInput,
): SeededInterval | null {
  const systems = some.flatMap(({ cells }) => [
    systemRows(cells, "agent-student-sag"),
    systemRows(cells, "agent-student"),
  ]);
  const benchmarks = seededTasks(systems, (rows) => {
    const sums = [0, 0, 0, 0];
    rows.forEach((row, i) => {
      sums[2 * (i % 2)] += count(row);
      sums[2 * (i % 2) + 1] += row.steps;
    });
    return sums;
  });
  if (benchmarks.length === 0) return null;
  return seededBootstrap(benchmarks, (means) => {
    const total = (k: number) => means.reduce((sum, measures) => sum + measures[k], 0);
    const rate = (errors: number, steps: number) => steps === 0 ? 0 : errors / steps;
    return rate(total(0), total(1)) - rate(total(2), total(3));
  }, input);
}
