import { type Finding, makeFinding } from "./finding.ts";
import { type FindingInput, systemRows, type Tier, tiers, tiersWith } from "./finding_input.ts";
import { type SeededBenchmark, seededBootstrap, type SeededInterval } from "./seeded_bootstrap.ts";
import { seededTasks } from "./seeded_tasks.ts";

/** Ratios of tokens that count as "about equal". */
export const ABOUT_EQUAL = [2 / 3, 3 / 2] as const;

/**
 * F6: agent and CoT students write about as many tokens, the agent more on factual tasks and fewer in
 * mathematics.
 *
 * @source paper, section 5 (analysis: token counts)
 */
export function tokens(input: FindingInput): Finding {
  const found = tiersWith(tiers(input), ["agent-student", "cot-student"]);
  const isThere = (isIn: (benchmark: SeededBenchmark) => boolean) => tokenRatio(found, isIn, input);
  const unit = "share" as const;
  return makeFinding({
    id: "F6",
    claim: "Agent and CoT students write about as many tokens: the agent more on factual tasks, " +
      "fewer in mathematics.",
    source: "paper, section 5, analysis of token counts",
    note: "Tokens that the agent writes for a task, in percent of the CoT student's; greedy, all " +
      `sizes together. "About" is from ${Math.round(100 * ABOUT_EQUAL[0])} to ${
        Math.round(100 * ABOUT_EQUAL[1])
      } percent. Tokens read are not counted.`,
    parts: [
      {
        name: "all tasks",
        interval: isThere(() => true),
        unit,
        threshold: { within: ABOUT_EQUAL },
      },
      {
        name: "factual",
        interval: isThere(({ isFactual }) => isFactual),
        unit,
        threshold: { above: 1 },
      },
      {
        name: "mathematics",
        interval: isThere(({ isFactual }) => !isFactual),
        unit,
        threshold: { below: 1 },
      },
    ],
    missing: found.length === 0 ? ["runs with the systems agent-student and cot-student"] : [],
  });
}

/** Tokens written by the agent students over those written by the CoT students. */
function tokenRatio(
  some: readonly Tier[],
  isIn: (benchmark: SeededBenchmark) => boolean,
  input: FindingInput,
): SeededInterval | null {
  const systems = some.flatMap(({ cells }) => [
    systemRows(cells, "agent-student"),
    systemRows(cells, "cot-student"),
  ]);
  const benchmarks = seededTasks(systems, (rows) => {
    const sums = [0, 0];
    rows.forEach((row, i) => sums[i % 2] += row.completionTokens);
    return sums;
  }).filter(isIn);
  if (benchmarks.length === 0) return null;
  const result = seededBootstrap(benchmarks, (means) => {
    const total = (k: number) => means.reduce((sum, measures) => sum + measures[k], 0);
    return total(0) / total(1);
  }, input);
  return Number.isFinite(result.estimate) ? result : null;
}
