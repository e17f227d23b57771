import { type Finding, type FindingPart, makeFinding } from "./finding.ts";
import { type FindingInput, systemRows, type Tier, tiers, tiersWith } from "./finding_input.ts";
import { groupContrast, type SeededBenchmark, type Statistic } from "./seeded_bootstrap.ts";
import { pairedDifference } from "./seeded_tasks.ts";

const BASELINES = [
  { slug: "cot-student", name: "CoT" },
  { slug: "cot-rag-student", name: "CoT + RAG" },
] as const;

const GROUPS: readonly (readonly [string, (benchmark: SeededBenchmark) => boolean])[] = [
  ["out-of-domain", ({ inDomain }) => !inDomain],
  ["in-domain", ({ inDomain }) => inDomain],
  ["factual", ({ isFactual }) => isFactual],
  ["mathematics", ({ isFactual }) => !isFactual],
];

/**
 * F4: the agent's margin over CoT and over CoT + RAG is larger out of domain than in domain, and
 * larger on factual tasks than on mathematics.
 *
 * @source paper, section 5 (main results: out-of-domain generalisation, factual benchmarks)
 */
export function margin(input: FindingInput): Finding {
  const missing: string[] = [];
  const all = tiers(input);
  const parts = BASELINES.flatMap(({ slug, name }): FindingPart[] => {
    const found = tiersWith(all, ["agent-student", slug]);
    if (found.length === 0) missing.push(`runs with the systems agent-student and ${slug}`);
    const pairs = found.map(({ cells }: Tier) => ({
      a: systemRows(cells, "agent-student"),
      b: systemRows(cells, slug),
    }));
    const interval = (statistic: Statistic) =>
      found.length === 0 ? null : pairedDifference(pairs, statistic, input);
    const contrast = (isIn: (benchmark: SeededBenchmark) => boolean) =>
      hasBoth(input, isIn) ? interval(groupContrast(isIn)) : null;
    const unit = "difference" as const;
    const threshold = { above: 0 };
    return [
      {
        name: `margin over ${name}: out-of-domain − in-domain`,
        interval: contrast(GROUPS[0][1]),
        unit,
        threshold,
      },
      {
        name: `margin over ${name}: factual − mathematics`,
        interval: contrast(GROUPS[2][1]),
        unit,
        threshold,
      },
      ...GROUPS.map(([group, isIn]) => ({
        name: `margin over ${name}, ${group}`,
        interval: hasBoth(input, isIn) ? interval(groupMean(isIn)) : null,
        unit,
      })),
    ];
  });
  return makeFinding({
    id: "F4",
    claim:
      "The agent's margin over CoT and CoT + RAG is larger out of domain and on factual tasks.",
    source: "paper, section 5, main results",
    note:
      "Margin: accuracy of the agent minus that of the other, greedy, averaged over the sizes. " +
      "A margin can be larger in domain only because both fail out of domain.",
    parts,
    missing,
  });
}

function groupMean(isIn: (benchmark: SeededBenchmark) => boolean): Statistic {
  return (means, benchmarks) => {
    const chosen = means.filter((_, i) => isIn(benchmarks[i]));
    return chosen.reduce((sum, [first]) => sum + first, 0) / chosen.length;
  };
}

/** Whether there are benchmarks on both sides. */
function hasBoth({ cells }: FindingInput, isIn: (benchmark: SeededBenchmark) => boolean): boolean {
  const sides = cells.flatMap(({ rows }) =>
    rows.map(({ benchmark: name, inDomain, kind }) =>
      isIn({ name, inDomain, isFactual: kind === "qa", tasks: [] })
    )
  );
  return sides.includes(true) && sides.includes(false);
}
